import { outcomeOfDetails } from "../domain/outcome.ts";
import { hasEnded } from "../domain/phase.ts";
import type { Asked } from "./ask-service-stage.ts";
import { ServiceStageError } from "./ports.ts";

/** ServiceStage's clock may be behind ours. */
const clockSkewMillis = 5_000;
/** A build that began later was started by somebody else. */
const beginsWithinMillis = 10 * 60_000;
/** Of each end of the list. Each build costs a call. */
const newestAtMost = 5;

/**
 * The build that a request to build again may have started, although its answer was lost: one that began at this time or
 * soon after it. A build without a time counts if it still runs.
 * @param again the build that was to be built again
 * @throws {ServiceStageError} if that can't be found out
 */
export async function findBegun(
  job: { jobId: string; jobName: string },
  again: string,
  requestedAt: number,
  asked: Asked,
): Promise<string | undefined> {
  const newest = (await listNewest(job, asked)).filter(({ buildId }) => buildId !== again);
  const began = await Promise.all(
    newest.map(async ({ buildId, state }) => {
      const details = (await fetchDetails(buildId, asked)) ?? {};
      const { startedAt } = details;
      if (startedAt === undefined)
        return outcomeOfDetails(details) === undefined && (state === undefined || !hasEnded(state));
      return startedAt >= requestedAt - clockSkewMillis && startedAt <= requestedAt + beginsWithinMillis;
    }),
  );
  return newest.find((_, index) => began[index])?.buildId;
}

/** Undefined if ServiceStage does not know the build, as right after its start. */
async function fetchDetails(buildId: string, asked: Asked) {
  try {
    return await asked.fetchDetails(buildId);
  } catch (error) {
    if (error instanceof ServiceStageError && error.reason === "unknownBuild") return undefined;
    throw error;
  }
}

/** The job's newest build, and the builds at both ends of its list, because the order is not documented. */
async function listNewest(
  job: { jobId: string; jobName: string },
  asked: Asked,
): Promise<{ buildId: string; state?: string }[]> {
  const { lastBuildId } = await asked.fetchJob(job.jobId);
  const first = await asked.fetchJobBuilds(job, 1);
  const last = first.page === 1 && first.pages > 1 ? await asked.fetchJobBuilds(job, first.pages) : first;
  const ends = [...first.builds.slice(0, newestAtMost), ...last.builds.slice(-newestAtMost)];
  const states = new Map(ends.map(({ buildId, state }) => [buildId, state]));
  const ids = new Set([...(lastBuildId === undefined ? [] : [lastBuildId]), ...states.keys()]);
  return [...ids].map((buildId) => ({
    buildId,
    ...(states.has(buildId) && { state: states.get(buildId)! }),
  }));
}
