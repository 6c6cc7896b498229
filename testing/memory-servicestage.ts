import type { JobBuild } from "../lambda/domain/closing.ts";
import type { BuildDetails } from "../lambda/domain/outcome.ts";
import type { ListedPhase } from "../lambda/domain/phase.ts";
import { ServiceStageError, type ServiceStage, type ServiceStageFailure } from "../lambda/tracking/ports.ts";

/** ServiceStage in memory: what is set is what it answers. */
export class MemoryServiceStage implements ServiceStage {
  readonly requests: string[] = [];
  /** Every call fails for this reason while it is set. */
  fault: ServiceStageFailure | undefined;
  /** The calls that fail as unavailable, by their path. */
  failsFor: (path: string) => boolean = () => false;
  /** The most calls that were under way at the same time. */
  mostAtOnce = 0;
  /** How many calls had ended when each began. */
  readonly endedBefore: number[] = [];
  #ended = 0;
  readonly #phases = new Map<string, ListedPhase[] | ServiceStageFailure>();
  readonly #details = new Map<string, BuildDetails>();
  #atOnce = 0;

  /** "Init:Successful Build:Building", or how reading the build fails. */
  set(
    buildId: string,
    phases: string,
    details: BuildDetails = { jobName: "shop", commitId: "c0ffee" },
  ): void {
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
    return this.#call(`${buildId}/phases`, () => {
      const phases = this.#phases.get(buildId) ?? "unknownBuild";
      if (typeof phases === "string") throw new ServiceStageError(phases, `Build ${buildId}: ${phases}`);
      return phases;
    });
  }

  async fetchDetails(buildId: string): Promise<BuildDetails> {
    return this.#call(buildId, () => this.#details.get(buildId) ?? {});
  }

  /** Of every build. */
  log = "";
  jobBuilds: JobBuild[] = [];

  async fetchLogTail(buildId: string): Promise<string> {
    return this.#call(`${buildId}/logs`, () => this.log);
  }

  async fetchJobBuilds({ jobId }: { jobId: string }): Promise<JobBuild[]> {
    return this.#call(`jobs/${jobId}`, () => this.jobBuilds);
  }

  async #call<T>(path: string, answer: () => T): Promise<T> {
    this.requests.push(path);
    this.endedBefore.push(this.#ended);
    this.#atOnce += 1;
    this.mostAtOnce = Math.max(this.mostAtOnce, this.#atOnce);
    await new Promise((resolve) => setImmediate(resolve));
    this.#atOnce -= 1;
    this.#ended += 1;
    if (this.failsFor(path)) throw new ServiceStageError("unavailable", `${path}: no answer`);
    if (this.fault) throw new ServiceStageError(this.fault, `ServiceStage: ${this.fault}`);
    return answer();
  }
}
