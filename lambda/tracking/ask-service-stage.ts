import { createCircuitBreaker, type Answers } from "./circuit-breaker.ts";
import {
  ServiceStageError,
  type CircuitStore,
  type Clock,
  type Log,
  type ServiceStage,
  type ServiceStageActions,
} from "./ports.ts";

export interface AskParts {
  store: CircuitStore;
  clock: Pick<Clock, "now">;
  /** Called when ServiceStage is needed, which most requests don't. */
  serviceStage: () => ServiceStage & ServiceStageActions;
  /** What this process remembers. Without it each request counts as the first one of its process. */
  answers?: Answers;
  log: Log;
}

export type Asked = Pick<ServiceStage, "fetchDetails" | "fetchJob" | "fetchJobs" | "fetchJobBuilds"> &
  ServiceStageActions;

/** API Gateway waits 30 seconds, and a call may last as long as its time-out. After this time no call starts. */
const noCallAfterMillis = 12_000;

/**
 * Asks ServiceStage for a caller, through the circuit that all processes share: refused credentials are not tried again
 * before its time is over. @throws {ServiceStageError} from the calls
 */
export async function askServiceStage<T>(
  { store, clock, serviceStage, answers, log }: AskParts,
  ask: (asked: Asked) => Promise<T>,
): Promise<T> {
  const called = serviceStage();
  const breaker = createCircuitBreaker(called, store, clock, answers);
  const noCallAfter = clock.now() + noCallAfterMillis;
  const inTime = async <R>(call: () => Promise<R>): Promise<R> => {
    if (clock.now() <= noCallAfter) return breaker.run(call);
    throw new ServiceStageError("unavailable", "ServiceStage needs too long for its answers");
  };
  try {
    return await ask({
      fetchDetails: (buildId) => inTime(() => called.fetchDetails(buildId)),
      fetchJob: (jobId) => inTime(() => called.fetchJob(jobId)),
      fetchJobs: (page, name) => inTime(() => called.fetchJobs(page, name)),
      fetchJobBuilds: (job, page) => inTime(() => called.fetchJobBuilds(job, page)),
      cancelBuild: (buildId) => inTime(() => called.cancelBuild(buildId)),
      startBuild: (jobId) => inTime(() => called.startBuild(jobId)),
    });
  } finally {
    // What ServiceStage answered is valid, although the other processes do not learn of it.
    await breaker
      .conclude()
      .catch((error: unknown) => log.error("The circuit could not be stored", { error }));
  }
}
