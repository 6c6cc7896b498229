import { idPattern } from "../domain/id.ts";
import type { ListedJob } from "../domain/job.ts";
import type { Asked } from "./ask-service-stage.ts";
import { findJobs } from "./find-jobs.ts";
import { ServiceStageError } from "./ports.ts";

export type ChosenJob =
  | { kind: "one"; job: ListedJob }
  | { kind: "several"; jobs: ListedJob[] }
  /** `complete: false`: the list could not be read to its end, so the job may be missing. */
  | { kind: "none"; nearest: ListedJob[]; complete: boolean };

/** The job that somebody means by its name or its id. @throws {ServiceStageError} */
export async function chooseJob(typed: string, serviceStage: Asked): Promise<ChosenJob> {
  const { jobs, nearest, complete } = await findJobs(typed, serviceStage);
  const [first] = jobs;
  if (first && jobs.length === 1) return { kind: "one", job: first };
  if (first) return { kind: "several", jobs };
  const job = await findById(typed, serviceStage);
  return job ? { kind: "one", job } : { kind: "none", nearest, complete };
}

async function findById(typed: string, { fetchJob }: Asked): Promise<ListedJob | undefined> {
  if (!idPattern.test(typed)) return undefined;
  try {
    const { jobId, jobName = jobId } = await fetchJob(typed);
    return { jobId, jobName };
  } catch (error) {
    if (error instanceof ServiceStageError && error.reason === "unknownJob") return undefined;
    throw error;
  }
}
