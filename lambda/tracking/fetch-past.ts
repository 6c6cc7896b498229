import { withoutAbsent } from "../domain/absent.ts";
import type { Build } from "../domain/build.ts";
import type { JobBuildsPage } from "../domain/job.ts";
import type { BuildDetails } from "../domain/outcome.ts";
import { rowInList } from "../domain/row.ts";
import { usualOf } from "../domain/usual.ts";
import { fetchOrnament } from "./ornament.ts";
import type { Clock, Log } from "./ports.ts";
import type { SharedCalls } from "./shared-calls.ts";
import { isTooLateForClosing, type Times } from "./times.ts";

export interface FetchPastParts {
  serviceStage: Pick<SharedCalls, "fetchJobBuilds">;
  clock: Pick<Clock, "now">;
  log: Log;
  times: Pick<Times, "deadline">;
}

/**
 * Reads at a build's first poll how the builds of its job went before. Nothing is known of a build without a job, if there
 * is no time, or if the list can't be read.
 */
export async function fetchPast(
  { buildId, registration, details: known }: Build,
  details: BuildDetails | undefined,
  { serviceStage, clock, log, times }: FetchPastParts,
): Promise<Pick<Build, "usual" | "row">> {
  const { jobId, jobName } = { ...known, ...details };
  if (!jobId || !jobName || isTooLateForClosing(clock.now(), times)) return {};
  const fetchPage = (page: number) => serviceStage.fetchJobBuilds({ jobId, jobName }, page);
  const page = await fetchOrnament(buildId, () => fetchNewest(buildId, fetchPage), log);
  if (!page) return {};
  return withoutAbsent({
    usual: usualOf(page.builds, buildId),
    row: registration.someBranches ? undefined : rowInList(page, buildId),
  });
}

/** The page with the build: the first one, or the last one if a long list has its oldest builds first. */
async function fetchNewest(
  buildId: string,
  fetchPage: (page: number) => Promise<JobBuildsPage>,
): Promise<JobBuildsPage> {
  const first = await fetchPage(1);
  const isListed = first.builds.some((build) => build.buildId === buildId);
  return isListed || first.page !== 1 || first.pages <= 1 ? first : fetchPage(first.pages);
}
