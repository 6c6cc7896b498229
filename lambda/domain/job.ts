/** A job as ServiceStage knows it (API page 0276). */
export interface Job {
  jobId: string;
  jobName?: string;
  /** Absent before the first build. */
  lastBuildId?: string;
}

/** A build of a job, as its list of builds shows it (API page 0219). */
export interface JobBuild {
  buildId: string;
  /** Open, like the phases' states. */
  state: string;
  durationMillis: number;
}

/** A page of a job's builds, in no documented order. */
export interface JobBuildsPage {
  builds: JobBuild[];
  /** As the answer says. It is another one than asked for when ServiceStage does not support paging. */
  page: number;
  pages: number;
}
