import type { JobBuild } from "../lambda/domain/closing.ts";
import type { BuildDetails } from "../lambda/domain/outcome.ts";
import type { ListedPhase } from "../lambda/domain/phase.ts";
import { ServiceStageError, type ServiceStage, type ServiceStageFailure } from "../lambda/tracking/ports.ts";

export interface MemoryServiceStageOptions {
  /** The phases of every build. By default a build has those that were set, and is unknown before. */
  phasesOf?: (buildId: string) => readonly ListedPhase[];
  /** The details of every build whose phases come from `phasesOf`. */
  detailsOf?: (buildId: string) => BuildDetails;
  /** Makes a call. By default the call is recorded, and answered in a later turn of the event loop. */
  run?: Run;
}

export type Run = <T>(path: string, answer: () => T) => Promise<T>;

/** The fastest way: nothing is recorded, and nothing waits. */
export const atOnce: Run = async (_path, answer) => answer();

const someDetails: BuildDetails = { jobName: "shop", commitId: "c0ffee" };

/** A ServiceStage in memory. It answers what a test has set. It knows a job as soon as a build of this job is set. */
export class MemoryServiceStage implements ServiceStage {
  /** What was asked for, as long as calls are made in the usual way; so are the next two counts. */
  readonly requests: string[] = [];
  /** While this reason is set, every call fails with it. */
  fault: ServiceStageFailure | undefined;
  /** Whether calls with this path fail as unavailable. */
  failsFor: (path: string) => boolean = () => false;
  /** The highest number of calls that ran at the same time. */
  mostAtOnce = 0;
  /** For each call, how many calls had ended when it began. */
  readonly endedBefore: number[] = [];
  #ended = 0;
  readonly #phases = new Map<string, ListedPhase[] | ServiceStageFailure>();
  readonly #details = new Map<string, BuildDetails>();
  #atOnce = 0;
  readonly #phasesOf: (buildId: string) => readonly ListedPhase[];
  readonly #detailsOf: (buildId: string) => BuildDetails;
  readonly #run: Run;

  constructor({ phasesOf, detailsOf, run }: MemoryServiceStageOptions = {}) {
    this.#phasesOf = phasesOf ?? ((buildId) => this.#phasesSet(buildId));
    this.#detailsOf = detailsOf ?? (phasesOf ? () => someDetails : (buildId) => this.#detailsSet(buildId));
    this.#run = run ?? ((path, answer) => this.#recordAndTurn(path, answer));
  }

  /** @param phases such as "Init:Successful Build:Building" */
  set(buildId: string, phases: string, details = someDetails): void {
    const listed = phases
      .split(" ")
      .filter(Boolean)
      .map((entry, id) => ({ id: String(id), name: entry.split(":")[0]!, state: entry.split(":")[1]! }));
    this.#phases.set(buildId, listed);
    this.#details.set(buildId, details);
  }

  fail(buildId: string, reason: ServiceStageFailure): void {
    this.#phases.set(buildId, reason);
  }

  async fetchPhases(buildId: string): Promise<ListedPhase[]> {
    return this.#call(`${buildId}/phases`, `build ${buildId}`, () =>
      this.#phasesOf(buildId).map((phase) => ({ ...phase })),
    );
  }

  async fetchDetails(buildId: string): Promise<BuildDetails> {
    return this.#call(buildId, `build ${buildId}`, () => ({ ...this.#detailsOf(buildId) }));
  }

  /** The log of every build. */
  log = "";
  jobBuilds: JobBuild[] = [];

  async fetchLogTail(buildId: string): Promise<string> {
    return this.#call(`${buildId}/logs`, `the log of build ${buildId}`, () => {
      this.#detailsOf(buildId);
      return this.log;
    });
  }

  async fetchJobBuilds({ jobId, jobName }: { jobId: string; jobName: string }): Promise<JobBuild[]> {
    const about = `the builds of job ${jobName}`;
    return this.#call(`jobs/${jobId}`, about, () => {
      if (![...this.#details.values()].some((details) => details.jobId === jobId))
        throw new ServiceStageError("unknownBuild", `${about}: unknownBuild`);
      return structuredClone(this.jobBuilds);
    });
  }

  #phasesSet(buildId: string): readonly ListedPhase[] {
    const phases = this.#phases.get(buildId) ?? "unknownBuild";
    if (typeof phases === "string") throw new ServiceStageError(phases, `build ${buildId}: ${phases}`);
    return phases;
  }

  #detailsSet(buildId: string): BuildDetails {
    const details = this.#details.get(buildId);
    if (!details) throw new ServiceStageError("unknownBuild", `build ${buildId}: unknownBuild`);
    return details;
  }

  /** @param about what the call is for. Error messages begin with it. */
  #call<T>(path: string, about: string, answer: () => T): Promise<T> {
    return this.#run(path, () => {
      if (this.failsFor(path)) throw new ServiceStageError("unavailable", `${about}: no answer`);
      if (this.fault) throw new ServiceStageError(this.fault, `${about}: ${this.fault}`);
      return answer();
    });
  }

  async #recordAndTurn<T>(path: string, answer: () => T): Promise<T> {
    this.requests.push(path);
    this.endedBefore.push(this.#ended);
    this.#atOnce += 1;
    this.mostAtOnce = Math.max(this.mostAtOnce, this.#atOnce);
    await new Promise((resolve) => setImmediate(resolve));
    this.#atOnce -= 1;
    this.#ended += 1;
    return answer();
  }
}
