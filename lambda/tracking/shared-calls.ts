import type { BuildDetails } from "../domain/outcome.ts";
import type { Job, JobBuildsPage } from "../domain/job.ts";
import type { ListedPhase } from "../domain/phase.ts";
import type { Clock, ServiceStage } from "./ports.ts";

/** An answer of ServiceStage, and when it was asked for and given; epoch milliseconds. */
export interface Answer<T> {
  value: T;
  askedAt: number;
  answeredAt: number;
}

/**
 * ServiceStage in one pass. A build or a job is asked for once, however many channels want it, and its failure is shared
 * as well. An earlier answer holds only if it was asked for after `notBefore`, because the item may hold a later answer.
 * @throws {ServiceStageError} each call, like {@link ServiceStage}
 */
export interface SharedCalls {
  fetchPhases(buildId: string, notBefore: number): Promise<Answer<ListedPhase[]>>;
  fetchDetails(buildId: string, notBefore: number): Promise<BuildDetails>;
  fetchLogTail(buildId: string): Promise<string>;
  fetchJob(jobId: string): Promise<Job>;
  fetchJobBuilds(job: { jobId: string; jobName: string }, page: number): Promise<JobBuildsPage>;
}

/** Accepts an answer of any age. */
export const anyTime = -Infinity;

/** More answers are not kept, so that memory does not grow with the builds. A build that is forgotten here is asked for again. */
const answersAtMost = 10_000;

export function shareCalls(serviceStage: ServiceStage, clock: Pick<Clock, "now">): SharedCalls {
  const asked = new Map<string, { askedAt: number; answer: Promise<Answer<unknown>> }>();

  function once<T>(key: string, notBefore: number, call: () => Promise<T>): Promise<Answer<T>> {
    const known = asked.get(key);
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- A key belongs to one call, so to one type.
    if (known && known.askedAt > notBefore) return known.answer as Promise<Answer<T>>;
    const askedAt = clock.now();
    const answer = call().then((value) => ({ value, askedAt, answeredAt: clock.now() }));
    asked.set(key, { askedAt, answer });
    if (asked.size > answersAtMost) for (const oldest of asked.keys()) return (asked.delete(oldest), answer);
    return answer;
  }

  return {
    fetchPhases: (buildId, notBefore) =>
      once(`phases/${buildId}`, notBefore, () => serviceStage.fetchPhases(buildId)),
    fetchDetails: async (buildId, notBefore) =>
      (await once(`details/${buildId}`, notBefore, () => serviceStage.fetchDetails(buildId))).value,
    fetchLogTail: async (buildId) =>
      (await once(`log/${buildId}`, anyTime, () => serviceStage.fetchLogTail(buildId))).value,
    fetchJob: async (jobId) =>
      (await once(`job/${jobId}`, anyTime, () => serviceStage.fetchJob(jobId))).value,
    fetchJobBuilds: async (job, page) =>
      (await once(`builds/${page}/${job.jobId}`, anyTime, () => serviceStage.fetchJobBuilds(job, page)))
        .value,
  };
}
