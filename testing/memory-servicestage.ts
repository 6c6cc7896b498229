import type { JobBuild } from "../lambda/domain/closing.ts";
import type { BuildDetails } from "../lambda/domain/outcome.ts";
import type { ListedPhase } from "../lambda/domain/phase.ts";
import { ServiceStageError, type ServiceStage, type ServiceStageFailure } from "../lambda/tracking/ports.ts";

/** A ServiceStage in memory. It answers what a test has set. It knows a job as soon as a build of this job is set. */
export class MemoryServiceStage implements ServiceStage {
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

  /** @param phases such as "Init:Successful Build:Building" */
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
    return this.#call(`${buildId}/phases`, `build ${buildId}`, () => {
      const phases = this.#phases.get(buildId) ?? "unknownBuild";
      if (typeof phases === "string") throw new ServiceStageError(phases, `build ${buildId}: ${phases}`);
      return structuredClone(phases);
    });
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

  #detailsOf(buildId: string): BuildDetails {
    const details = this.#details.get(buildId);
    if (!details) throw new ServiceStageError("unknownBuild", `build ${buildId}: unknownBuild`);
    return details;
  }

  /** @param about what the call is for. Error messages begin with it. */
  async #call<T>(path: string, about: string, answer: () => T): Promise<T> {
    this.requests.push(path);
    this.endedBefore.push(this.#ended);
    this.#atOnce += 1;
    this.mostAtOnce = Math.max(this.mostAtOnce, this.#atOnce);
    await new Promise((resolve) => setImmediate(resolve));
    this.#atOnce -= 1;
    this.#ended += 1;
    if (this.failsFor(path)) throw new ServiceStageError("unavailable", `${about}: no answer`);
    if (this.fault) throw new ServiceStageError(this.fault, `${about}: ${this.fault}`);
    return answer();
  }
}
