import {
  ServiceStageError,
  type Circuit,
  type CircuitStore,
  type Clock,
  type ServiceStage,
} from "./ports.ts";

/** More than five refused signatures in a row lock a key for five minutes. One minute more, because clocks differ. */
const openMillis = 6 * 60_000;
/** After so many failed calls and no answer, the pass makes no more calls, because each may take its whole time-out. */
const failuresAtMost = 64;

/**
 * ServiceStage for one pass. The first call goes alone. If it is not refused, the other calls follow; after a refusal no
 * call follows. A refusal opens the stored circuit, which all processes share: no one calls until its time is over. Then
 * one process tries. So a wrong key fails once, not once for each build.
 */
export interface CircuitBreaker extends ServiceStage {
  /** Makes another call to ServiceStage, under the same conditions. @throws {ServiceStageError} */
  run<T>(call: () => Promise<T>): Promise<T>;
  /** To be called after the last call. Opens the circuit after a refusal, closes it after an answer. */
  conclude(): Promise<void>;
  /** ServiceStage answered at least one call. An answer that the build or the job is unknown counts. */
  readonly answered: boolean;
}

export function createCircuitBreaker(
  serviceStage: ServiceStage,
  store: CircuitStore,
  clock: Pick<Clock, "now">,
): CircuitBreaker {
  let entered: Promise<void> | undefined;
  let first: Promise<void> | undefined;
  let storedCircuit: Circuit | undefined;
  let noMoreCalls: ServiceStageError | undefined;
  let refused = false;
  let answered = false;
  let failures = 0;

  /** When the circuit's time is over, one process opens it again and tries. The others see an open circuit. */
  async function readCircuit(): Promise<void> {
    storedCircuit = await store.loadCircuit();
    if (!storedCircuit) return;
    const probing = { ...storedCircuit, openUntil: clock.now() + openMillis };
    if (storedCircuit.openUntil <= clock.now() && (await store.openCircuit(probing, storedCircuit))) return;
    noMoreCalls = new ServiceStageError(
      "refused",
      "ServiceStage refused the credentials. The notifier tries again in some minutes",
    );
  }

  async function attempt<T>(call: () => Promise<T>): Promise<T> {
    if (noMoreCalls) throw noMoreCalls;
    try {
      const result = await call();
      answered = true;
      return result;
    } catch (error) {
      if (error instanceof ServiceStageError) learn(error);
      throw error;
    }
  }

  function learn(error: ServiceStageError): void {
    failures += 1;
    answered ||= error.reason === "unknownBuild" || error.reason === "unknownJob";
    refused ||= error.reason === "refused";
    if (error.reason === "refused" || (!answered && failures >= failuresAtMost)) noMoreCalls ??= error;
  }

  /** @throws {ServiceStageError} the call's own error, or the error that ended all calls */
  async function run<T>(call: () => Promise<T>): Promise<T> {
    if (!entered) {
      entered = readCircuit();
      const attempted = entered.then(() => attempt(call));
      first = attempted.then(
        () => undefined,
        () => undefined,
      );
      return attempted;
    }
    // If the circuit can't be read, no call is made.
    await entered;
    await first;
    return attempt(call);
  }

  return {
    run,
    fetchPhases: (buildId) => run(() => serviceStage.fetchPhases(buildId)),
    fetchDetails: (buildId) => run(() => serviceStage.fetchDetails(buildId)),
    fetchLogTail: (buildId) => run(() => serviceStage.fetchLogTail(buildId)),
    fetchJob: (jobId) => run(() => serviceStage.fetchJob(jobId)),
    fetchJobBuilds: (job, page) => run(() => serviceStage.fetchJobBuilds(job, page)),
    fetchJobs: (page, jobName) => run(() => serviceStage.fetchJobs(page, jobName)),
    async conclude() {
      if (refused && !storedCircuit)
        await store.openCircuit({ openUntil: clock.now() + openMillis, reason: "refused" }, undefined);
      if (answered && storedCircuit) await store.closeCircuit();
    },
    get answered() {
      return answered;
    },
  };
}
