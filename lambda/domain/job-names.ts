import { jobNameLength, type ListedJob } from "./job.ts";

/** Which jobs were meant by a name. */

/** Names are compared as they are: ServiceStage tells upper from lower case. */
export const namedExactly = (jobs: readonly ListedJob[], name: string): ListedJob[] =>
  jobs.filter(({ jobName }) => jobName === name);

const nearestAtMost = 5;

/**
 * The jobs that were probably meant, the likeliest first: those whose name contains the typed one, or is contained in
 * it, then those in which at most a third of the letters differ. Upper and lower case count as equal.
 */
export function nearestJobs(jobs: readonly ListedJob[], name: string): ListedJob[] {
  const typed = comparable(name);
  if (typed === "") return [];
  return jobs
    .map((job) => ({ job, distance: distanceBetween(typed, comparable(job.jobName)) }))
    .filter(({ distance }) => distance < 1)
    .toSorted((a, b) => a.distance - b.distance || compareText(a.job.jobName, b.job.jobName))
    .slice(0, nearestAtMost)
    .map(({ job }) => job);
}

const comparable = (name: string): string => name.trim().toLowerCase().slice(0, jobNameLength);

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** From 0, for the same name, to 1, for a name that was not meant. */
function distanceBetween(typed: string, name: string): number {
  const longest = Math.max(typed.length, name.length);
  const edits = editsBetween(typed, name) / longest;
  if (edits <= 1 / 3) return edits;
  const shortest = Math.min(typed.length, name.length);
  const isPart = shortest > 1 && (name.includes(typed) || typed.includes(name));
  return isPart ? 1 / 3 + (1 - shortest / longest) / 2 : 1;
}

/** How many letters must be added, removed or replaced, or swapped with their neighbour. */
function editsBetween(from: string, to: string): number {
  const rows = [Array.from({ length: to.length + 1 }, (_, column) => column)];
  for (let row = 1; row <= from.length; row++) {
    const above = rows[row - 1] ?? [];
    const edits = [row];
    for (let column = 1; column <= to.length; column++) {
      const differs = from[row - 1] === to[column - 1] ? 0 : 1;
      const isSwap = row > 1 && from[row - 2] === to[column - 1] && from[row - 1] === to[column - 2];
      edits.push(
        Math.min(
          at(above, column) + 1,
          at(edits, column - 1) + 1,
          at(above, column - 1) + differs,
          isSwap ? at(rows[row - 2] ?? [], column - 2) + 1 : Infinity,
        ),
      );
    }
    rows.push(edits);
  }
  return at(rows.at(-1) ?? [], to.length);
}

const at = (row: readonly number[], column: number): number => row[column] ?? Infinity;
