import type { ListedPhase } from "../domain/phase.ts";
import {
  ServiceStageError,
  type Circuit,
  type CircuitStore,
  type Clock,
  type ServiceStage,
} from "./ports.ts";

/** More than five refused signatures in a row lock a key for five minutes. One minute more, because clocks differ. */
const openMillis = 6 * 60_000;
/**
 * After so many builds without an answer the pass polls no more builds, because each may take its whole time-out. Jobs have a
 * time limit of their own, and what fails for jobs says nothing about builds.
 */
const unansweredBuildsAtMost = 64;
/** So many refusals in a row mean that the credentials are refused now, although this process had answers before. */
const refusalsAtMost = 3;

/** What a process remembers of ServiceStage's answers. */
export interface Answers {
  /** When ServiceStage answered the last time. */
  answeredAt?: number;
  /** How many calls were refused since, one after the other. */
  refusals: number;
}

/**
 * ServiceStage for one pass. Calls go one at a time until one is not refused; then all others follow. If the credentials are
 * refused, no call follows, and the stored circuit opens, which all processes share: no one calls until its time is over. Then
 * one process tries. So a wrong key fails once, not once for each build. A single refusal between answers is about this call
 * alone: it counts as a missing permission.
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
  answers: Answers = { refusals: 0 },
): CircuitBreaker {
  let entered: Promise<void> | undefined;
  /** A call that goes alone. */
  let trial: Promise<void> | undefined;
  let accepted = false;
  let storedCircuit: Circuit | undefined;
  let noMoreCalls: ServiceStageError | undefined;
  let refused = false;
  let answered = false;
  let unansweredBuilds = 0;

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
    const refusalsBefore = answers.refusals;
    try {
      const result = await call();
      noteAnswer();
      return result;
    } catch (error) {
      throw error instanceof ServiceStageError ? learn(error, refusalsBefore) : error;
    }
  }

  function noteAnswer(): void {
    accepted = answered = true;
    Object.assign(answers, { answeredAt: clock.now(), refusals: 0 });
  }

  function learn(error: ServiceStageError, refusalsBefore: number): ServiceStageError {
    if (error.reason === "unknownBuild" || error.reason === "unknownJob") noteAnswer();
    accepted ||= error.reason !== "refused";
    if (error.reason !== "refused") return error;
    // Calls that were under way together say the same once. The next call goes alone.
    if (answers.refusals === refusalsBefore) answers.refusals += 1;
    accepted = false;
    const worked = answers.answeredAt !== undefined && !(storedCircuit && !answered);
    if (worked && answers.refusals < refusalsAtMost) return asForbidden(error);
    refused = true;
    return (noMoreCalls ??= error);
  }

  async function fetchPhases(buildId: string): Promise<ListedPhase[]> {
    if (!answered && unansweredBuilds >= unansweredBuildsAtMost)
      throw new ServiceStageError("unavailable", `build ${buildId}: ServiceStage answers for no build`);
    try {
      return await serviceStage.fetchPhases(buildId);
    } catch (error) {
      if (error instanceof ServiceStageError && isUnanswered(error)) unansweredBuilds += 1;
      throw error;
    }
  }

  /** @throws {ServiceStageError} the call's own error, or the error that ended all calls */
  async function run<T>(call: () => Promise<T>): Promise<T> {
    // If the circuit can't be read, no call is made.
    await (entered ??= readCircuit());
    // oxlint-disable-next-line eslint/no-unmodified-loop-condition -- Another call may go alone meanwhile.
    while (trial) await trial;
    const attempted = attempt(call);
    if (accepted || noMoreCalls) return attempted;
    const end = () => (trial = undefined);
    trial = attempted.then(end, end);
    return attempted;
  }

  return {
    run,
    fetchPhases: (buildId) => run(() => fetchPhases(buildId)),
    fetchDetails: (buildId) => run(() => serviceStage.fetchDetails(buildId)),
    fetchLogTail: (buildId) => run(() => serviceStage.fetchLogTail(buildId)),
    fetchJob: (jobId) => run(() => serviceStage.fetchJob(jobId)),
    fetchJobBuilds: (job, page) => run(() => serviceStage.fetchJobBuilds(job, page)),
    fetchJobs: (page, jobName) => run(() => serviceStage.fetchJobs(page, jobName)),
    async conclude() {
      if (refused && !storedCircuit)
        await store.openCircuit({ openUntil: clock.now() + openMillis, reason: "refused" }, undefined);
      if (answered && !refused && storedCircuit) await store.closeCircuit();
    },
    get answered() {
      return answered;
    },
  };
}

const isUnanswered = ({ reason }: ServiceStageError): boolean =>
  reason === "unavailable" || reason === "throttled";

function asForbidden(error: ServiceStageError): ServiceStageError {
  const text = `${error.message} Other calls with the same credentials are answered`;
  return Object.assign(new ServiceStageError("forbidden", text), error, { reason: "forbidden" as const });
}
