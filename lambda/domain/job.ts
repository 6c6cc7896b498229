import { hasEnded } from "./phase.ts";

/** The limit of a job's name. ServiceStage's own limit is 64. */
export const jobNameLength = 128;

/** A job as ServiceStage knows it now (API page 0276). */
export interface Job {
  jobId: string;
  jobName?: string;
  /** The newest build. Absent when ServiceStage names none, as before the first build. */
  lastBuildId?: string;
}

/** A job in the list of jobs (API page 0218). */
export interface ListedJob {
  jobId: string;
  jobName: string;
}

/** A page of the jobs, like {@link JobBuildsPage}. */
export interface JobsPage {
  jobs: ListedJob[];
  page: number;
  pages: number;
}

/** A build of a job, as the job's list of builds shows it (API page 0219). */
export interface JobBuild {
  buildId: string;
  /** Open, like the phases' states. Empty when ServiceStage does not give it. */
  state: string;
  /** Absent when ServiceStage does not give it, as for a build that still runs. */
  durationMillis?: number;
}

/**
 * A page of a job's builds, in no documented order.
 * `page` is the page that was answered. If it is not the requested page, ServiceStage ignores page numbers.
 * `pages` is how many there are. If this answer does not give the number of pages for certain, `pages` may be one too high.
 * A page without a build is the last one.
 */
export interface JobBuildsPage {
  builds: JobBuild[];
  /** The first IDs that are not valid, for the log. Their builds are left out. */
  invalidIds?: string[];
  page: number;
  pages: number;
}

/** A build with an unknown state, or with none, may still run. */
export const hasBuildEnded = ({ state }: JobBuild): boolean => hasEnded(state);
