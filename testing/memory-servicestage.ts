import type { Job, JobBuild, JobBuildsPage, JobsPage } from "../lambda/domain/job.ts";
import type { BuildDetails } from "../lambda/domain/outcome.ts";
import { isRunning, type ListedPhase } from "../lambda/domain/phase.ts";
import {
  ServiceStageError,
  type ServiceStage,
  type ServiceStageActions,
  type ServiceStageFailure,
} from "../lambda/tracking/ports.ts";

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

export interface MemoryJob extends Job {
  jobName: string;
  /** In the order in which they are listed. */
  builds: JobBuild[];
}

/** A ServiceStage in memory. It answers what a test has set. */
export class MemoryServiceStage implements ServiceStage, ServiceStageActions {
  /** The paths of the calls. With your own `run`, nothing is recorded here or in the two counts below. */
  readonly requests: string[] = [];
  /** While this reason is set, every call fails with it. */
  fault: ServiceStageFailure | undefined;
  /** Whether calls with this path fail, and why. By default ServiceStage is unavailable. */
  failsFor: (path: string) => boolean | ServiceStageFailure = () => false;
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

  async fetchLogTail(buildId: string): Promise<string> {
    return this.#call(`${buildId}/logs`, `the log of build ${buildId}`, () => {
      this.#detailsOf(buildId);
      return this.log;
    });
  }

  readonly jobs = new Map<string, MemoryJob>();
  /** How many builds or jobs a page has. */
  perPage = 100;
  /** Whether another page than the first one can be asked for. */
  hasPages = true;
  /** The number of the first page. A lower number is refused. */
  firstPage: 0 | 1 = 1;
  /** Whether a name is a filter for exactly this name. By default it is also found in longer names. */
  findsWholeNames = false;

  setJob({ builds = [], ...job }: Omit<MemoryJob, "builds"> & { builds?: JobBuild[] }): void {
    this.jobs.set(job.jobId, { ...job, builds });
  }

  async fetchJob(jobId: string): Promise<Job> {
    const about = `job ${jobId}`;
    return this.#call(`jobs/${jobId}`, about, () => {
      const { builds: _listed, ...job } = this.#jobOf(jobId, about);
      return job;
    });
  }

  async fetchJobBuilds(
    { jobId, jobName }: { jobId: string; jobName: string },
    page: number,
  ): Promise<JobBuildsPage> {
    const about = `the builds of job ${jobName}`;
    return this.#call(`jobs/${jobId}/builds?page=${page}`, about, () => {
      const { entries: builds, ...pages } = this.#pageOf(this.#jobOf(jobId, about).builds, page);
      return { builds, ...pages };
    });
  }

  async fetchJobs(page: number, jobName = ""): Promise<JobsPage> {
    return this.#call(`jobs?page=${page}&job_name=${jobName}`, "the list of jobs", () => {
      const found = [...this.jobs.values()].filter((job) =>
        this.findsWholeNames && jobName !== "" ? job.jobName === jobName : job.jobName.includes(jobName),
      );
      const { entries, ...pages } = this.#pageOf(found, page);
      return { jobs: entries.map(({ jobId, jobName }) => ({ jobId, jobName })), ...pages };
    });
  }

  /** What becomes of the next call that changes something: its answer is lost, before or after it had its effect. */
  losesNext: "call" | "answer" | undefined;
  /** The changes that had their effect, such as "cancel b1". */
  readonly changes: string[] = [];

  async cancelBuild(buildId: string): Promise<void> {
    return this.#act(`cancel ${buildId}`, `build ${buildId}`, () => {
      const phases = this.#phasesOf(buildId).map((phase) =>
        isRunning(phase.state) ? { ...phase, state: "Cancel" } : phase,
      );
      this.#phases.set(buildId, phases);
    });
  }

  async startBuild(jobId: string): Promise<string> {
    const about = `job ${jobId}`;
    return this.#act(`start ${jobId}`, about, () => {
      const job = this.#jobOf(jobId, about);
      const buildId = `${jobId}-${this.changes.length}`;
      this.jobs.set(jobId, {
        ...job,
        lastBuildId: buildId,
        builds: [{ buildId, state: "Building" }, ...job.builds],
      });
      this.set(buildId, "Init:Building", { ...someDetails, jobId, jobName: job.jobName });
      return buildId;
    });
  }

  #act<T>(path: string, about: string, act: () => T): Promise<T> {
    const isDoubtful = this.fault === "unavailable" || this.fault === "notUnderstood";
    const failure = new ServiceStageError(isDoubtful ? this.fault! : "unavailable", `${about}: no answer`);
    failure.mayHaveActed = true;
    if (isDoubtful) return Promise.reject(failure);
    return this.#call(path, about, () => {
      const lost = this.losesNext;
      this.losesNext = undefined;
      if (lost === "call") throw failure;
      const done = act();
      this.changes.push(path);
      if (lost === "answer") throw failure;
      return done;
    });
  }

  #jobOf(jobId: string, about: string): MemoryJob {
    const job = this.jobs.get(jobId);
    if (!job) throw new ServiceStageError("unknownJob", `${about}: unknownJob`);
    return job;
  }

  #pageOf<T extends object>(all: readonly T[], asked: number): { entries: T[]; page: number; pages: number } {
    const page = this.hasPages ? asked : 1;
    if (page < this.firstPage) throw new ServiceStageError("notUnderstood", `there is no page ${page}`);
    const start = (page - this.firstPage) * this.perPage;
    const entries = all.slice(start, start + this.perPage).map((each) => ({ ...each }));
    return { entries, page, pages: Math.max(page, Math.ceil(all.length / this.perPage)) };
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
      const failure = this.failsFor(path);
      if (failure)
        throw new ServiceStageError(failure === true ? "unavailable" : failure, `${about}: no answer`);
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
