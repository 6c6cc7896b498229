import type { JobsPage, ListedJob } from "../domain/job.ts";
import { namedExactly, nearestJobs } from "../domain/job-names.ts";
import { ServiceStageError, type ServiceStage } from "./ports.ts";

/**
 * The jobs with this name; several, if ServiceStage has several. When there is none, `nearest` holds those that were
 * probably meant. `complete: false` when the list could not be read to its end, so that a job may be missing.
 */
export interface FoundJobs {
  jobs: ListedJob[];
  nearest: ListedJob[];
  complete: boolean;
}

/** 2,000 jobs, when pages have the size that is asked for. Each page takes a call, and somebody waits. */
const pagesAtMost = 20;

/** Whether ServiceStage's filter finds whole names or parts of them is not documented, so names are compared here. */
export async function findJobs(
  name: string,
  serviceStage: Pick<ServiceStage, "fetchJobs">,
): Promise<FoundJobs> {
  const filtered = await readJobs((page) => serviceStage.fetchJobs(page, name));
  const jobs = namedExactly(filtered.jobs, name);
  if (jobs.length > 0) return { jobs, nearest: [], complete: filtered.complete };
  const all = await readJobs((page) => serviceStage.fetchJobs(page));
  // A filter that ignores the name, or finds it in another spelling, must not hide a job.
  const missed = namedExactly(all.jobs, name);
  return {
    jobs: missed,
    nearest: missed.length > 0 ? [] : nearestJobs(all.jobs, name),
    complete: all.complete,
  };
}

/** All jobs by their names, as far as they are read. */
export async function listJobs(
  serviceStage: Pick<ServiceStage, "fetchJobs">,
): Promise<{ jobs: ListedJob[]; complete: boolean }> {
  const { jobs, complete } = await readJobs((page) => serviceStage.fetchJobs(page));
  return { jobs: jobs.toSorted((a, b) => (a.jobName < b.jobName ? -1 : 1)), complete };
}

/**
 * Reads page by page. A page that was not asked for, that has nothing new, or that can't be read, is the end.
 * @throws {ServiceStageError} if not even the first page can be read
 */
async function readJobs(
  fetchPage: (page: number) => Promise<JobsPage>,
): Promise<{ jobs: ListedJob[]; complete: boolean }> {
  const found = new Map<string, ListedJob>();
  for (let asked = 1; asked <= pagesAtMost; asked++) {
    const answer = await fetchPage(asked).catch((error: unknown) => {
      if (asked === 1 || !(error instanceof ServiceStageError)) throw error;
    });
    if (!answer) break;
    const { jobs, page, pages } = answer;
    const before = found.size;
    for (const job of jobs) found.set(job.jobId, job);
    const isStuck = page !== asked || found.size === before;
    if (isStuck || page >= pages) return { jobs: [...found.values()], complete: !isStuck || page >= pages };
  }
  return { jobs: [...found.values()], complete: false };
}
