import { isBranchWanted } from "./branches.ts";
import { registerBuild, type Build, type Settings, type Trouble } from "./build.ts";
import { addPending, hasPending, isFull, nothingPending, type Delivery } from "./delivery.ts";
import type { Job, JobBuild } from "./job.ts";
import { outcomeOfDetails, type BuildDetails } from "./outcome.ts";
import { hasEnded } from "./phase.ts";
import { seenAtMost, seenHash, type Seen } from "./seen.ts";

/**
 * A job in a channel: each new build of the job becomes a registration by itself. A build is new when its id was not seen
 * before. The order of a list decides nothing, because it is not documented. All times are epoch milliseconds.
 *
 *  1. A build that is decided (registered or left out) counts as seen. A build that can't be decided yet is decided at a
 *     later poll ({@link judge}).
 *  2. New builds are registered first. Only then does one conditional write add them to `seen` (`tracking/poll-job.ts`).
 *     A process that dies in between repeats the registrations, which change nothing the second time.
 *  3. Nothing is dropped from `seen` because one answer does not list it: the answer may be out of date.
 *  4. `last_build_id` tells that there is something new. It may be late or early, so the whole list is read from time to
 *     time as well ({@link isListDue}).
 *  5. Builds that had ended when the subscription began are not registered ({@link isOld}).
 */
export interface Subscription {
  kind: "subscription";
  jobId: string;
  /** 0 for an item that was never saved. */
  version: number;
  /** What a user asked for. It may change, for builds that come. */
  settings: SubscriptionSettings;
  /** Random. A subscription that begins again keeps it; a new item gets a new one. */
  id: string;
  at: number;
  status: SubscriptionStatus;
  /** As ServiceStage named the job the last time. */
  jobName?: string;
  /** `last_build_id`, as of the last poll that left no build without a place in `seen` or `undecided`. */
  lastBuildId?: string | undefined;
  /** When the whole list was read for the first time. From then on no build is missed. */
  since?: number;
  /** When it was read the last time. */
  listedAt?: number;
  /** How many pages the list had then. */
  pages?: number;
  /** The next page, while the whole list is read in several passes. */
  nextPage?: number | undefined;
  /** Builds that could not be decided, and since when. */
  undecided?: Record<string, number>;
  /** `last_build_id` names builds only at their ends, or never. So the newest end of the list is read in every poll. */
  listLeads?: true;
  /** Some were dropped from `seen`, because there was no room. */
  dropped?: true;
  /** The job can't be read, although ServiceStage answers. `shown` means: the channel was told. */
  trouble?: Trouble;
  /** Absent if it was read from the index. */
  seen?: Seen;
  delivery: Delivery;
  /** From then on the item counts as gone; only set when nothing is pending. */
  expiresAt?: number;
}

export type SubscriptionStatus = "active" | "ended";

export interface SubscriptionSettings extends Settings {
  /** Globs; all branches where it is absent. */
  branches?: string[];
}

export const unknownJob = "unknownJob";

const minuteMillis = 60_000;
const hourMillis = 60 * minuteMillis;
const dayMillis = 24 * hourMillis;

/** ServiceStage's clock may differ by so much. */
const clockSkewMillis = 15 * minuteMillis;
/**
 * If ServiceStage does not know a job for so long, the channel gets a message about the job. From then on the job is polled
 * once an hour.
 */
const tellUnknownAfterMillis = hourMillis;
/** A job that can't be read for so long, for whatever reason, is told to the operator. */
const unreadableForLongMillis = hourMillis;
/** A build whose details can't be read for so long is registered without them. */
const decideAfterMillis = 15 * minuteMillis;
/** A job is polled every five minutes at least. */
const lateAfterMillis = 10 * minuteMillis;
/** More undecided builds are not remembered. They are decided once their details can be read. */
const undecidedAtMost = 100;
/** A list up to this long is read as a whole every hour, a longer one every day. */
const shortPages = 5;

export const subscribe = (
  jobId: string,
  jobName: string | undefined,
  id: string,
  settings: SubscriptionSettings,
  now: number,
): Subscription => ({
  kind: "subscription",
  jobId,
  version: 0,
  settings,
  id,
  at: now,
  status: "active",
  ...(jobName !== undefined && { jobName }),
  seen: [],
  delivery: nothingPending,
});

/** The wanted subscription in the place of one that has ended. What is still pending of the ended one is sent. */
export const subscribeAgain = (
  { id, version, delivery }: Subscription,
  wanted: Subscription,
): Subscription => ({ ...wanted, id, version, delivery });

/** Still polled, or a message is still pending. */
export const isActiveSubscription = ({ status, delivery }: Subscription): boolean =>
  status === "active" || hasPending(delivery);

/** Ends the subscription. Builds that are registered go on. */
export const endSubscription = (subscription: Subscription): Subscription => ({
  ...subscription,
  status: "ended",
});

/** Its job can't be read for so long that an alarm tells it. */
export const isUnreadableForLong = ({ status, trouble }: Subscription, now: number): boolean =>
  status === "active" && trouble !== undefined && now - trouble.since >= unreadableForLongMillis;

/** The channel was told that ServiceStage does not know the job. */
export const isGone = ({ trouble }: Subscription): boolean =>
  trouble?.unknownSince !== undefined && trouble.shown;

/** Whether the list has to be read, or builds are left to be decided. */
export const isListDue = (subscription: Subscription, job: Job, now: number): boolean =>
  isWholeListDue(subscription, now) ||
  subscription.listLeads === true ||
  job.lastBuildId !== subscription.lastBuildId ||
  subscription.undecided !== undefined;

/**
 * The whole list is read at first, after a trouble, and from time to time. If builds were dropped from `seen`, it is not read
 * from time to time, because those builds would look new.
 */
export function isWholeListDue(subscription: Subscription, now: number): boolean {
  const { listedAt, nextPage, trouble, dropped } = subscription;
  if (listedAt === undefined || nextPage !== undefined || trouble) return true;
  return !dropped && now - listedAt >= (hasLongList(subscription) ? dayMillis : hourMillis);
}

/** Such a list is read as a whole once a day, others once an hour. */
export const hasLongList = ({ pages = 1 }: Subscription): boolean => pages > shortPages;

/** What a poll of the job read of its builds. */
export interface Listing {
  /** In any order. A build may be in it twice. */
  builds: readonly JobBuild[];
  /** How many pages the list has. */
  pages: number;
  /** Present if the whole list is read. `nextPage` is the first page that was not read yet; absent at the end. */
  whole?: { nextPage?: number };
}

/** A build that was not seen before. `state` is absent when the list does not hold it. */
export interface Unseen {
  buildId: string;
  state?: string;
}

/** The builds that were not seen, each once: those of the listing, the build of `last_build_id`, and the undecided ones. */
export function unseenOf(subscription: Subscription, job: Job, builds: readonly JobBuild[]): Unseen[] {
  const seen = new Set(subscription.seen);
  const found = new Map<string, Unseen>();
  const ids = [job.lastBuildId, ...Object.keys(subscription.undecided ?? {})];
  for (const buildId of ids) if (buildId !== undefined) found.set(buildId, { buildId });
  for (const { buildId, state } of builds) found.set(buildId, { buildId, state });
  return [...found.values()].filter(({ buildId }) => !seen.has(seenHash(buildId)));
}

/**
 * If the first listing shows a build as ended, the build is old, unless it is the newest. Its details are not fetched, because
 * that costs one call for each build.
 */
export const isOldByList = ({ listedAt }: Subscription, job: Job, { buildId, state }: Unseen): boolean =>
  listedAt === undefined && state !== undefined && hasEnded(state) && buildId !== job.lastBuildId;

/** `register`: the build is new and wanted · `leave`: it is old, or its branch is not wanted · `later`: decide again. */
export type Judgement = "register" | "leave" | "later";

/** @param details undefined when they can't be read at the moment: they may be later than the list */
export function judge(
  subscription: Subscription,
  { buildId, state }: Unseen,
  details: BuildDetails | undefined,
  now: number,
): Judgement {
  if (details) {
    const isWanted =
      !isOld(subscription, details, now) && isBranchWanted(details.branch, subscription.settings.branches);
    return isWanted ? "register" : "leave";
  }
  const isRunning = state !== undefined && state !== "" && !hasEnded(state);
  if (isRunning && subscription.settings.branches === undefined) return "register";
  const since = subscription.undecided?.[buildId] ?? now;
  return now - since >= decideAfterMillis ? "register" : "later";
}

/**
 * The build had ended before the subscription began. After the first listing, only an out-of-date list can show such a
 * build, so the rule then allows for different clocks.
 */
function isOld({ at, listedAt, dropped }: Subscription, details: BuildDetails, now: number): boolean {
  const { startedAt, endedAt } = details;
  if (dropped && (startedAt === undefined || startedAt < now - dayMillis)) return true;
  if (outcomeOfDetails(details) === undefined || endedAt === undefined) return false;
  return endedAt < (listedAt === undefined ? at : at - clockSkewMillis);
}

/** A build to register, as its details tell it. */
export interface NewBuild {
  buildId: string;
  details?: BuildDetails;
}

/** By their start, as far as it is known. */
export const inOrderOfStart = (builds: readonly NewBuild[]): NewBuild[] =>
  builds.toSorted((a, b) => startOf(a) - startOf(b));

const startOf = ({ details }: NewBuild): number => details?.startedAt ?? Number.MAX_SAFE_INTEGER;

/** A build in the channel of the subscription, with its settings as they are now. */
export function registerFound(
  { jobId, jobName, settings: { branches, ...settings } }: Subscription,
  { buildId, details }: NewBuild,
  registrationId: string,
  now: number,
): Build {
  const build = registerBuild(buildId, registrationId, { ...settings }, now);
  const known = { jobId, ...(jobName !== undefined && { jobName }), ...details };
  const origin = { jobId, ...(branches && { someBranches: true as const }) };
  return { ...build, registration: { ...build.registration, ...origin }, details: known };
}

/** What became of the builds that were not seen. */
export interface Decisions {
  /** The ids of the builds that were registered or left. */
  decided: readonly string[];
  later: readonly string[];
  /** There were more builds than one poll decides: the next poll reads the same again. */
  isCutShort: boolean;
  /** `last_build_id` can't be relied on: see {@link isFoundLate}. */
  isLate: boolean;
}

/** Whether the build was found only after its end, although it ran longer than the longest interval between two polls. */
export function isFoundLate({ since, trouble }: Subscription, { startedAt, endedAt }: BuildDetails): boolean {
  if (since === undefined || trouble || startedAt === undefined || endedAt === undefined) return false;
  return startedAt > since && endedAt - startedAt > lateAfterMillis;
}

/**
 * The subscription after a poll of its job; the very same object when there is nothing to record.
 * @param listing undefined when the list was not read
 */
export function observeJob(
  subscription: Subscription,
  job: Job,
  listing: Listing | undefined,
  { decided, later, isCutShort, isLate }: Decisions,
  now: number,
): Subscription {
  const { jobName = subscription.jobName, lastBuildId } = job;
  const isKnown = subscription.jobName === jobName && subscription.lastBuildId === lastBuildId;
  const isUndecided = Object.keys(subscription.undecided ?? {}).join() === later.join();
  const isListRead = listing?.whole !== undefined;
  if (isKnown && isUndecided && !isListRead && !subscription.trouble && decided.length === 0)
    return subscription;
  const { trouble: _over, undecided, ...rest } = subscription;
  const isNameless = lastBuildId === undefined && listing !== undefined && listing.builds.length > 0;
  const next: Subscription = {
    ...rest,
    ...(jobName !== undefined && { jobName }),
    ...((isLate || isNameless) && { listLeads: true }),
  };
  if (later.length > 0) next.undecided = sinceWhen(later, undecided, now);
  // If builds are left for which `undecided` has no room, the next poll reads the same pages.
  const isDecided = !isCutShort && later.length <= undecidedAtMost;
  const read = isDecided ? { ...next, ...progressOf(listing, lastBuildId, next.since ?? now, now) } : next;
  return decided.length > 0 ? addSeen(read, decided) : read;
}

/** How far the job's builds are read. */
function progressOf(
  listing: Listing | undefined,
  lastBuildId: string | undefined,
  since: number,
  now: number,
): Pick<Subscription, "lastBuildId" | "nextPage" | "since" | "listedAt" | "pages"> {
  if (!listing?.whole) return { lastBuildId };
  const { nextPage } = listing.whole;
  if (nextPage !== undefined) return { lastBuildId, nextPage };
  return { lastBuildId, nextPage, since, listedAt: now, pages: listing.pages };
}

const sinceWhen = (ids: readonly string[], known: Record<string, number> = {}, now: number) =>
  Object.fromEntries(ids.slice(0, undecidedAtMost).map((id) => [id, known[id] ?? now]));

function addSeen(subscription: Subscription, buildIds: readonly string[]): Subscription {
  const seen = [...(subscription.seen ?? []), ...buildIds.map(seenHash)];
  return seen.length > seenAtMost
    ? { ...subscription, seen: seen.slice(-seenAtMost), dropped: true }
    : { ...subscription, seen };
}

/**
 * The subscription after a poll that failed for this job; the very same object when there is nothing to record. If
 * ServiceStage does not know the job for an hour, the channel gets one message about the job.
 */
export function observeJobTrouble(subscription: Subscription, reason: string, now: number): Subscription {
  const { trouble, jobName, jobId } = subscription;
  const unknownSince = reason === unknownJob ? (trouble?.unknownSince ?? now) : undefined;
  const isOverdue = unknownSince !== undefined && now - unknownSince >= tellUnknownAfterMillis;
  const isTold = unknownSince !== undefined && trouble?.shown === true;
  const tells = isOverdue && !isTold && !isFull(subscription.delivery);
  if (trouble?.reason === reason && !tells) return subscription;
  const next = {
    ...subscription,
    trouble: {
      reason,
      since: trouble?.since ?? now,
      shown: isTold || tells,
      ...(unknownSince !== undefined && { unknownSince }),
    },
  };
  if (!tells) return next;
  const content = { kind: "jobUnknown" as const, job: jobName ?? jobId, since: unknownSince };
  return { ...next, delivery: addPending(next.delivery, [content], now) };
}
