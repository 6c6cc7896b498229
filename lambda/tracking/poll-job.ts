import pMap from "p-map";
import type { Job, JobBuild } from "../domain/job.ts";
import type { BuildDetails } from "../domain/outcome.ts";
import { hasSeen, seenHash } from "../domain/seen.ts";
import {
  inOrderOfStart,
  isFoundLate,
  isListDue,
  isOldByList,
  isWholeListDue,
  judge,
  observeJob,
  unseenOf,
  type Decisions,
  type Listing,
  type NewBuild,
  type Subscription,
  type Unseen,
} from "../domain/subscription.ts";
import { ServiceStageError, type Clock, type FeedStore, type Log } from "./ports.ts";
import { anyTime, type SharedCalls } from "./shared-calls.ts";
import { isTooLateToPoll, type Times } from "./times.ts";

export interface PollJobParts {
  serviceStage: SharedCalls;
  store: Pick<FeedStore, "load">;
  clock: Pick<Clock, "now">;
  log: Log;
  times: Times;
}

/**
 * What a poll of a job found. `read`: `next` is recorded in place of `before` after all of `found` are registered. It is
 * the very same object when there is nothing to record · `left`: the subscription is no longer
 * there, or has ended.
 */
export type PolledJob =
  | { kind: "read"; before: Subscription; next: Subscription; found: NewBuild[] }
  | { kind: "left" }
  | { kind: "unreadable"; error: ServiceStageError };

/** At most this many pages of a list are read in one pass. */
const pagesAtMost = 20;
/** At most this many builds are decided in one pass, because each may cost a call. */
const decidedAtMost = 100;
const concurrency = 8;

/** One call while nothing is new. A new build costs a page of the list or two, and its details. */
export async function pollJob(subscription: Subscription, parts: PollJobParts): Promise<PolledJob> {
  const { serviceStage, store, clock } = parts;
  try {
    const job = await serviceStage.fetchJob(subscription.jobId);
    if (!isListDue(subscription, job, clock.now())) {
      const next = observeJob(subscription, job, undefined, nothing, clock.now());
      return { kind: "read", before: subscription, next, found: [] };
    }
    // The index does not hold what was seen, and may be out of date.
    const before = await store.load(subscription);
    if (before?.status !== "active") return { kind: "left" };
    const listing = await readListing(before, job, parts);
    const { found, decisions } = await decide(before, job, listing?.builds ?? [], parts);
    return { kind: "read", before, next: observeJob(before, job, listing, decisions, clock.now()), found };
  } catch (error) {
    if (error instanceof ServiceStageError) return { kind: "unreadable", error };
    throw error;
  }
}

const nothing: Decisions = { decided: [], later: [], isCutShort: false, isLate: false };

/**
 * Undefined when `last_build_id` was seen, so that only undecided builds are left. The whole list may be read in several
 * passes. If `last_build_id` changes meanwhile, other new builds may be on pages that were already read. So the end of the
 * list with the new builds is read as well.
 */
async function readListing(
  subscription: Subscription,
  job: Job,
  parts: PollJobParts,
): Promise<Listing | undefined> {
  const list = listOf(subscription, job, parts);
  const { seen, nextPage, listLeads } = subscription;
  const hasNew = job.lastBuildId !== undefined && !hasSeen(seen, job.lastBuildId);
  if (!isWholeListDue(subscription, parts.clock.now()))
    return hasNew || listLeads ? list.readNewest() : undefined;
  const whole = await list.readFrom(nextPage ?? 1);
  if (nextPage === undefined || !hasNew) return whole;
  const newest = await list.readNewest();
  return { ...whole, builds: [...whole.builds, ...newest.builds] };
}

/** The list of a job's builds, page by page. */
function listOf(subscription: Subscription, job: Job, { serviceStage, clock, times }: PollJobParts) {
  const { jobId } = subscription;
  const jobName = job.jobName ?? subscription.jobName ?? jobId;
  const seen = new Set(subscription.seen);
  const fetchPage = (page: number) => serviceStage.fetchJobBuilds({ jobId, jobName }, page);
  const hasNews = (builds: readonly JobBuild[]) => builds.some(({ buildId }) => !seen.has(seenHash(buildId)));

  /**
   * The whole list, from this page on, as far as there is time. A page without a build that was not on the pages before is
   * the last one: ServiceStage may not support pages, and give the same one again.
   */
  async function readFrom(start: number): Promise<Listing> {
    const builds: JobBuild[] = [];
    const read = new Set<string>();
    for (let page = start; ; page++) {
      const answer = await fetchPage(page);
      const others = answer.builds.filter(({ buildId }) => !read.has(buildId));
      builds.push(...others);
      for (const { buildId } of others) read.add(buildId);
      const isLast = answer.page !== page || page >= answer.pages || others.length === 0;
      if (isLast) return { builds, pages: answer.pages, whole: {} };
      if (page - start + 1 >= pagesAtMost || isTooLateToPoll(clock.now(), times))
        return { builds, pages: answer.pages, whole: { nextPage: page + 1 } };
    }
  }

  /**
   * Reads from the end of the list that has new builds, until a page has none. If neither end has new builds, the whole list
   * is read.
   */
  async function readNewest(): Promise<Listing> {
    const first = await fetchPage(1);
    if (first.page !== 1 || first.pages <= 1 || hasNews(first.builds))
      return readOn(first.builds, first.pages, 1);
    const last = await fetchPage(first.pages);
    if (hasNews(last.builds)) return readOn(last.builds, first.pages, -1);
    // If `listLeads` is set, every poll comes here, so no whole list is read.
    return subscription.listLeads ? { builds: [], pages: first.pages } : readFrom(1);
  }

  async function readOn(newest: readonly JobBuild[], pages: number, step: 1 | -1): Promise<Listing> {
    const builds = [...newest];
    let page = step === 1 ? 2 : pages - 1;
    for (let read = 1; page >= 1 && page <= pages && read < pagesAtMost; read++, page += step) {
      const answer = await fetchPage(page);
      builds.push(...answer.builds);
      if (answer.page !== page || !hasNews(answer.builds)) break;
    }
    return { builds, pages };
  }

  return { readFrom, readNewest };
}

async function decide(
  subscription: Subscription,
  job: Job,
  builds: readonly JobBuild[],
  parts: PollJobParts,
): Promise<{ found: NewBuild[]; decisions: Decisions }> {
  const now = parts.clock.now();
  const unseen = unseenOf(subscription, job, builds);
  const old = unseen.filter((build) => isOldByList(subscription, job, build));
  const open = unseen.filter((build) => !old.includes(build));
  const judged = await pMap(
    open.slice(0, decidedAtMost),
    async (build) => {
      const details = await fetchDetails(build, parts);
      return { build, details, judgement: judge(subscription, build, details, now) };
    },
    { concurrency },
  );
  const idsOf = (...judgements: string[]) =>
    judged.filter(({ judgement }) => judgements.includes(judgement)).map(({ build }) => build.buildId);
  const found = judged
    .filter(({ judgement }) => judgement === "register")
    .map(({ build: { buildId }, details }) => ({ buildId, ...(details && { details }) }));
  return {
    found: inOrderOfStart(found),
    decisions: {
      decided: [...old.map(({ buildId }) => buildId), ...idsOf("register", "leave")],
      later: idsOf("later"),
      isCutShort: open.length > judged.length,
      isLate: judged.some(
        ({ details, judgement }) =>
          judgement === "register" && details !== undefined && isFoundLate(subscription, details),
      ),
    },
  };
}

/** Undefined when they can't be read at the moment. @throws {ServiceStageError} when the credentials are refused */
async function fetchDetails(
  { buildId }: Unseen,
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
