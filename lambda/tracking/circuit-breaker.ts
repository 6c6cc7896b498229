import {
  ServiceStageError,
  type Circuit,
  type CircuitStore,
  type Clock,
  type ServiceStage,
} from "./ports.ts";

/** More than five refused signatures in a row lock a key for five minutes; one more for clocks that differ. */
const openMillis = 6 * 60_000;
/** After so many failed calls, and none that was answered, the rest of the pass is not worth its time-outs. */
const failuresAtMost = 64;

/**
 * ServiceStage in one pass, as far as it may be called: the first call goes alone, the others follow when it was not refused, and once
 * one is refused none follows. A refusal opens the stored circuit, which shards and cold starts share: nobody calls
 * until its time is over, and then the one who wins the right to try. So a bad key fails once, not once for each build.
 */
export interface CircuitBreaker extends ServiceStage {
  /** After the last call: opens or closes the circuit by what was learnt. */
  conclude(): Promise<void>;
  /** Some build was answered, if only that it does not exist. */
  readonly answered: boolean;
}

export function createCircuitBreaker(
  serviceStage: ServiceStage,
  store: CircuitStore,
  clock: Pick<Clock, "now">,
): CircuitBreaker {
  let entered: Promise<void> | undefined;
  let first: Promise<void> | undefined;
  let seen: Circuit | undefined;
  let closed: ServiceStageError | undefined;
  let refused = false;
  let answered = false;
  let failures = 0;

  /** With the circuit's time over, of all who want to try one wins: the others see it open again. */
  async function enter(): Promise<void> {
    seen = await store.loadCircuit();
    if (!seen) return;
    const probing = { ...seen, openUntil: clock.now() + openMillis };
    if (seen.openUntil <= clock.now() && (await store.openCircuit(probing, seen))) return;
    closed = new ServiceStageError(
      "refused",
      "ServiceStage refused the credentials. The notifier tries again in some minutes",
    );
  }

  async function attempt<T>(call: () => Promise<T>): Promise<T> {
    if (closed) throw closed;
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
    if (error.reason === "refused" || (!answered && failures >= failuresAtMost)) closed ??= error;
  }

  /** @throws {ServiceStageError} what the call throws, or what closed the breaker */
  async function run<T>(call: () => Promise<T>): Promise<T> {
    if (!entered) {
      entered = enter();
      const attempted = entered.then(() => attempt(call));
      first = attempted.then(
        () => undefined,
        () => undefined,
      );
      return attempted;
    }
    // Without a look at the circuit nobody calls.
    await entered;
    await first;
    return attempt(call);
  }

  return {
    fetchPhases: (buildId) => run(() => serviceStage.fetchPhases(buildId)),
    fetchDetails: (buildId) => run(() => serviceStage.fetchDetails(buildId)),
    fetchLogTail: (buildId) => run(() => serviceStage.fetchLogTail(buildId)),
    fetchJob: (jobId) => run(() => serviceStage.fetchJob(jobId)),
    fetchJobBuilds: (job, page) => run(() => serviceStage.fetchJobBuilds(job, page)),
    fetchJobs: (page, jobName) => run(() => serviceStage.fetchJobs(page, jobName)),
    async conclude() {
      if (refused && !seen)
        await store.openCircuit({ openUntil: clock.now() + openMillis, reason: "refused" }, undefined);
      if (answered && seen) await store.closeCircuit();
    },
    get answered() {
      return answered;
    },
  };
}
