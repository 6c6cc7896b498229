import pMap, { pMapSkip } from "p-map";
import type { Job, JobBuild } from "../domain/job.ts";
import { outcomeOfDetails, type BuildDetails } from "../domain/outcome.ts";
import {
  inOrderOfStart,
  isFoundLate,
  isListDue,
  isOldByList,
  judge,
  observeJob,
  unseenOf,
  type Decisions,
  type Judgement,
  type NewBuild,
  type Subscription,
} from "../domain/subscription.ts";
import type { LastPolls } from "./last-polls.ts";
import { ServiceStageError, type Clock, type FeedStore, type Log } from "./ports.ts";
import { readJobBuilds } from "./read-job-builds.ts";
import { anyTime, type SharedCalls } from "./shared-calls.ts";
import { isTooLateToPoll, type Times } from "./times.ts";

export interface PollJobParts {
  serviceStage: SharedCalls;
  store: Pick<FeedStore, "load">;
  lastPolls: LastPolls;
  clock: Pick<Clock, "now">;
  log: Log;
  /** Logs each line once in a tick. */
  logOnce: Log;
  times: Times;
}

/**
 * What a poll of a job found. `read`: `next` is recorded in place of `before` after all of `found` are registered. It is
 * the very same object when there is nothing to record. `failure`: the job was read, but not the whole of its list ·
 * `left`: the subscription is no longer there, or has ended.
 */
export type PolledJob =
  | {
      kind: "read";
      before: Subscription;
      next: Subscription;
      found: NewBuild[];
      failure?: ServiceStageError;
    }
  | { kind: "left" }
  | { kind: "unreadable"; error: ServiceStageError };

/** At most this many builds are decided in one pass, because each may cost a call. */
const decidedAtMost = 100;
const concurrency = 8;

/** One call while nothing is new. A new build costs a page of the list or two, and its details. */
export async function pollJob(subscription: Subscription, parts: PollJobParts): Promise<PolledJob> {
  const { serviceStage, store, lastPolls, clock } = parts;
  try {
    const askedAt = clock.now();
    const job = await serviceStage.fetchJob(subscription.jobId);
    const polledAt = lastPolls.beforeOfJob(subscription);
    lastPolls.rememberJob(subscription, askedAt);
    if (!isListDue(subscription, job, clock.now())) {
      const next = observeJob(subscription, job, undefined, nothing, clock.now());
      return { kind: "read", before: subscription, next, found: [] };
    }
    // The index does not hold what was seen, and may be out of date.
    const before = await store.load(subscription);
    if (before?.status !== "active") return { kind: "left" };
    const listing = await readJobBuilds(before, job, parts);
    const { found, decisions } = await decide(before, job, listing?.builds ?? [], polledAt, parts);
    const next = observeJob(before, job, listing, decisions, clock.now());
    return { kind: "read", before, next, found, ...(listing?.failure && { failure: listing.failure }) };
  } catch (error) {
    if (error instanceof ServiceStageError) return { kind: "unreadable", error };
    throw error;
  }
}

const nothing: Decisions = { decided: [], later: [], isCutShort: false, isLate: false, isInTime: false };

async function decide(
  subscription: Subscription,
  job: Job,
  builds: readonly JobBuild[],
  polledAt: number | undefined,
  parts: PollJobParts,
): Promise<{ found: NewBuild[]; decisions: Decisions }> {
  const now = parts.clock.now();
  const unseen = unseenOf(subscription, job, builds);
  const old = unseen.filter((build) => isOldByList(subscription, job, build));
  const open = unseen.filter((build) => !old.includes(build));
  const judged = await pMap(
    open.slice(0, decidedAtMost),
    async (build) => {
      // What was decided before is kept. The next poll decides the rest.
      if (isTooLateToPoll(parts.clock.now(), parts.times)) return pMapSkip;
      const details = await fetchDetails(build.buildId, parts);
      return { build, details, judgement: judge(subscription, build, details, now) };
    },
    { concurrency },
  );
  const judgedAs = (...judgements: Judgement[]) =>
    judged.filter(({ judgement }) => judgements.includes(judgement));
  const found = judgedAs("register").map(({ build: { buildId }, details }) => ({
    buildId,
    ...(details && { details }),
  }));
  return {
    found: inOrderOfStart(found),
    decisions: {
      decided: [...old, ...judgedAs("register", "leave").map(({ build }) => build)].map(
        ({ buildId }) => buildId,
      ),
      later: judgedAs("later").map(({ build }) => build),
      isCutShort: open.length > judged.length,
      isLate: found.some(({ details }) => details && isFoundLate(subscription, details, polledAt, now)),
      isInTime: await namesRunning(subscription, job, parts),
    },
  };
}

/** Whether `last_build_id` names a new build while it runs. It is only asked where the list was read because of that. */
async function namesRunning(
  { listLeads, lastBuildId }: Subscription,
  job: Job,
  parts: PollJobParts,
): Promise<boolean> {
  if (!listLeads || job.lastBuildId === undefined || job.lastBuildId === lastBuildId) return false;
  const details = await fetchDetails(job.lastBuildId, parts);
  return details !== undefined && outcomeOfDetails(details) === undefined;
}

/** Undefined when they can't be read at the moment. @throws {ServiceStageError} when the credentials are refused */
async function fetchDetails(
  buildId: string,
  { serviceStage, log }: PollJobParts,
): Promise<BuildDetails | undefined> {
  try {
    return await serviceStage.fetchDetails(buildId, anyTime);
  } catch (error) {
    if (!(error instanceof ServiceStageError) || error.reason === "refused") throw error;
    const { message, reason, requestId } = error;
    log.info("A new build's details can't be read yet", { buildId, error: message, reason, requestId });
    return undefined;
  }
}
