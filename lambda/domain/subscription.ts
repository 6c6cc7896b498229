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
 *     time as well ({@link isListDue}). If the list can't be read, `last_build_id` is followed all the same.
 *  5. Builds that had ended when the subscription began are not registered ({@link isOld}, {@link mayBeOld}).
 *  6. A job that can't be read for an hour is told in the channel, once for each trouble ({@link observeJobTrouble}).
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
  /** When it was read the last time, or its newest end in its place. */
  listedAt?: number;
  /** How many pages the list had then. */
  pages?: number;
  /**
   * Where the reading goes on, while the whole list is read in several passes. It is the last page that was read: the list
   * may have moved since then.
   */
  nextPage?: number | undefined;
  /** Builds that could not be decided, in the order in which polls found them. */
  undecided?: readonly Undecided[];
  /** `last_build_id` names builds only at their ends, or never. So the newest end of the list is read in every poll. */
  listLeads?: true;
  /** Some were dropped from `seen`, because there was no room. */
  dropped?: true;
  /** The job or the list of its builds can't be read. Absent once both were read again. */
  trouble?: JobTrouble;
  /** Absent if it was read from the index. */
  seen?: Seen;
  delivery: Delivery;
  /** From then on the item counts as gone; only set when nothing is pending. */
  expiresAt?: number;
}

export interface Undecided {
  buildId: string;
  /** When a poll found it. */
  since: number;
  /** The list showed it as running. */
  isRunning?: true;
}

/** `shown`: the channel was told. */
export interface JobTrouble extends Trouble {
  /** When the job could not be read for the first time although ServiceStage answered other calls. */
  ownSince?: number;
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
/** A job that can't be read for so long, for whatever reason, is told to the channel and to the operator. */
const unreadableForLongMillis = hourMillis;
const goneAfterMillis = hourMillis;
/** A build whose details can't be read for so long is decided without them. */
const decideAfterMillis = 15 * minuteMillis;
/** A shorter delay of `last_build_id` is not worth a read of the list in each poll. */
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

/** The channel was told about the job, and ServiceStage has not known it for an hour. Then it is polled once an hour. */
export const isGone = ({ trouble }: Subscription, now: number): boolean =>
  trouble?.unknownSince !== undefined && trouble.shown && now - trouble.unknownSince >= goneAfterMillis;

/** A user asks for the subscription again. Its job is polled at once, and a trouble that lasts is told once more. */
export function wake(subscription: Subscription): Subscription {
  const { trouble } = subscription;
  if (!trouble?.shown) return subscription;
  const { ownSince: _own, unknownSince: _unknown, ...rest } = trouble;
  return { ...subscription, trouble: { ...rest, shown: false } };
}

/** Whether the list has to be read, or builds are left to be decided. */
export const isListDue = (subscription: Subscription, job: Job, now: number): boolean =>
  isWholeListDue(subscription, now) ||
  isNewestEndDue(subscription, now) ||
  subscription.trouble !== undefined ||
  subscription.listLeads === true ||
  job.lastBuildId !== subscription.lastBuildId ||
  subscription.undecided !== undefined;

/**
 * The whole list is read at first, after a trouble, and from time to time. If builds were dropped from `seen`, it is read only
 * at first, because those builds would look new.
 */
export function isWholeListDue(subscription: Subscription, now: number): boolean {
  const { listedAt, nextPage, trouble, dropped } = subscription;
  if (listedAt === undefined || nextPage !== undefined) return true;
  if (dropped) return false;
  return trouble !== undefined || now - listedAt >= (hasLongList(subscription) ? dayMillis : hourMillis);
}

/** In place of the whole list, the newest end of it is read from time to time. */
export const isNewestEndDue = ({ dropped, listedAt }: Subscription, now: number): boolean =>
  dropped === true && listedAt !== undefined && now - listedAt >= hourMillis;

/** Such a list is read as a whole once a day, others once an hour. */
export const hasLongList = ({ pages = 1 }: Subscription): boolean => pages > shortPages;

/** What a poll of the job read of its builds. */
export interface Listing {
  /** In any order. A build may be in it twice. */
  builds: readonly JobBuild[];
  /** How many pages the list has. */
  pages: number;
  /** Present if the whole list is read. `nextPage` is where the next poll goes on; absent at the end. */
  whole?: { nextPage?: number };
  /** Why the reading broke off. What was read before counts. */
  failure?: { reason: string };
}

/** A build that was not seen before. */
export interface Unseen {
  buildId: string;
  /** Absent when the list does not hold the build. */
  state?: string;
  /** The list shows it as running, or did so in an earlier poll. */
  isRunning: boolean;
  /** As the list shows it. */
  durationMillis?: number;
  /** When an earlier poll found it. */
  since?: number;
}

/**
 * The builds that were not seen, each once: the undecided ones, those of the listing from its end, and the build of
 * `last_build_id`. If one poll can't decide all of them, the rest is then next to the newest ones, and `last_build_id` is
 * not seen yet. So the next poll reads the list, and finds the rest before it comes to builds that were seen.
 */
export function unseenOf(subscription: Subscription, job: Job, builds: readonly JobBuild[]): Unseen[] {
  const seen = new Set(subscription.seen);
  const listed = new Map<string, Partial<JobBuild>>();
  if (job.lastBuildId !== undefined) listed.set(job.lastBuildId, {});
  for (const build of builds) listed.set(build.buildId, build);
  const undecided = new Map(subscription.undecided?.map((each) => [each.buildId, each]));
  for (const buildId of undecided.keys()) listed.set(buildId, listed.get(buildId) ?? {});
  return [...listed]
    .toReversed()
    .filter(([buildId]) => !seen.has(seenHash(buildId)))
    .map(([buildId, { state, durationMillis }]) => {
      const known = undecided.get(buildId);
      return {
        buildId,
        ...(state !== undefined && { state }),
        ...(durationMillis !== undefined && { durationMillis }),
        isRunning: known?.isRunning === true || (state !== undefined && state !== "" && !hasEnded(state)),
        ...(known && { since: known.since }),
      };
    });
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
  unseen: Omit<Unseen, "buildId">,
  details: BuildDetails | undefined,
  now: number,
): Judgement {
  const { isRunning, since } = unseen;
  if (details) {
    const isWanted =
      !isOld(subscription, unseen, details, now) &&
      isBranchWanted(details.branch, subscription.settings.branches);
    return isWanted ? "register" : "leave";
  }
  if (isRunning && subscription.settings.branches === undefined) return "register";
  if (since === undefined || now - since < decideAfterMillis) return "later";
  return isRunning || !mayBeOld(subscription, since) ? "register" : "leave";
}

/** Nothing says that the build is new: the first listing found it, or it may be one that was dropped from `seen`. */
const mayBeOld = ({ since, dropped }: Subscription, foundAt: number): boolean =>
  dropped === true || since === undefined || foundAt <= since;

/**
 * The build had ended before the subscription began. After the first listing, only an out-of-date list can show such a
 * build, so the rule then allows for different clocks. If nobody knows when the build ended, it is old only if the first
 * listing finds it, does not show it as running, and it did not start since the subscription began.
 */
function isOld(
  { at, listedAt, dropped }: Subscription,
  { isRunning, durationMillis = NaN }: Omit<Unseen, "buildId">,
  details: BuildDetails,
  now: number,
): boolean {
  const { startedAt = -Infinity, endedAt = startedAt + durationMillis } = details;
  if (dropped && !isRunning && startedAt < now - dayMillis) return true;
  if (outcomeOfDetails(details) === undefined) return false;
  if (Number.isFinite(endedAt)) return endedAt < (listedAt === undefined ? at : at - clockSkewMillis);
  return listedAt === undefined && !isRunning && startedAt < at;
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
  later: readonly Unseen[];
  /** There were more builds than one poll decides: the next poll reads the same again. */
  isCutShort: boolean;
  /** `last_build_id` can't be relied on: see {@link isFoundLate}. */
  isLate: boolean;
  /** `last_build_id` names a build that still runs, so it can be relied on (again). */
  isInTime: boolean;
}

/**
 * Whether the build was found only after its end, although it ran when the job was polled before. The two times of the build
 * are by ServiceStage's clock, and the two times of the polls are by ours, so the clocks may differ.
 * @param polledAt when the job was polled before; undefined if that is not known
 */
export function isFoundLate(
  { since }: Subscription,
  { startedAt, endedAt }: BuildDetails,
  polledAt: number | undefined,
  now: number,
): boolean {
  if (since === undefined || polledAt === undefined) return false;
  if (startedAt === undefined || endedAt === undefined || startedAt <= since) return false;
  return endedAt - startedAt > Math.max(lateAfterMillis, now - polledAt);
}

/**
 * The subscription after a poll of its job; the very same object when there is nothing to record.
 * @param listing undefined when the list was not read
 */
export function observeJob(
  subscription: Subscription,
  job: Job,
  listing: Listing | undefined,
  { decided, later, isCutShort, isLate, isInTime }: Decisions,
  now: number,
): Subscription {
  const { trouble, undecided: known, listLeads, ...rest } = subscription;
  const { jobName = subscription.jobName, lastBuildId } = job;
  const isNameless = lastBuildId === undefined && listing !== undefined && listing.builds.length > 0;
  const leads = isLate || isNameless || (listLeads && !isInTime);
  const undecided = undecidedOf(later, known, now);
  // If builds are left for which `undecided` has no room, the next poll reads the same pages.
  const isDecided = !isCutShort && later.length <= undecidedAtMost;
  const read: Subscription = {
    ...rest,
    ...(jobName !== undefined && { jobName }),
    ...(leads && { listLeads: true }),
    ...(undecided && { undecided }),
    ...(listing?.failure && trouble && { trouble }),
    ...(isDecided && progressOf(listing, lastBuildId, subscription, now)),
  };
  const seen = decided.length > 0 ? addSeen(read, decided) : read;
  const next = listing?.failure ? observeJobTrouble(seen, reasonOfList(listing.failure), true, now) : seen;
  return isSame(subscription, next) ? subscription : next;
}

/** The job was read, so it is not gone, even if the call for its list says so. */
const reasonOfList = ({ reason }: { reason: string }): string =>
  reason === unknownJob ? "notUnderstood" : reason;

/** How far the job's builds are read. */
function progressOf(
  listing: Listing | undefined,
  lastBuildId: string | undefined,
  subscription: Subscription,
  now: number,
): Partial<Pick<Subscription, "lastBuildId" | "nextPage" | "since" | "listedAt" | "pages">> {
  const { since = now } = subscription;
  const newest = listing?.failure ? {} : { lastBuildId };
  if (listing && !listing.whole && !listing.failure && isNewestEndDue(subscription, now))
    return { ...newest, listedAt: now };
  if (!listing?.whole) return newest;
  const { nextPage } = listing.whole;
  if (nextPage !== undefined) return { ...newest, nextPage };
  return { ...newest, nextPage, since, listedAt: now, pages: listing.pages };
}

/** Undefined when all builds are decided; the very same list when it holds the same builds as before. */
function undecidedOf(
  later: readonly Unseen[],
  known: readonly Undecided[] | undefined,
  now: number,
): readonly Undecided[] | undefined {
  if (later.length === 0) return undefined;
  const next = later
    .map(({ buildId, since = now, isRunning }): Undecided => ({
      buildId,
      since,
      ...(isRunning && { isRunning }),
    }))
    .toSorted((a, b) => a.since - b.since || (a.buildId < b.buildId ? -1 : 1))
    .slice(0, undecidedAtMost);
  return known && isSameList(known, next) ? known : next;
}

const isSameList = (known: readonly object[], next: readonly object[]): boolean =>
  known.length === next.length && known.every((each, index) => isSame(each, next[index]!));

/** A field may be absent, or undefined. */
function isSame(known: object, next: object): boolean {
  const [a, b] = [known, next].map((each) => new Map<string, unknown>(Object.entries(each)));
  return [...a!.keys(), ...b!.keys()].every((field) => a!.get(field) === b!.get(field));
}

function addSeen(subscription: Subscription, buildIds: readonly string[]): Subscription {
  const seen = [...(subscription.seen ?? []), ...buildIds.map(seenHash)];
  return seen.length > seenAtMost
    ? { ...subscription, seen: seen.slice(-seenAtMost), dropped: true }
    : { ...subscription, seen };
}

/**
 * The subscription after a poll that failed; the very same object when there is nothing to record. A trouble lasts until the
 * job and its list are read again, whatever the reasons. The channel gets one message about it, an hour after the job could
 * not be read for the first time although ServiceStage answered.
 * @param isOwn ServiceStage answered other calls, and did not refuse the credentials. Otherwise the notices of the channel
 *   say what is wrong. Such a trouble is recorded too, so that the whole list is read after it
 */
export function observeJobTrouble(
  subscription: Subscription,
  reason: string,
  isOwn: boolean,
  now: number,
): Subscription {
  const { trouble, jobName, jobId, delivery } = subscription;
  const { since = now, shown = false, ownSince = isOwn ? now : undefined } = trouble ?? {};
  const unknownSince = reason === unknownJob ? (trouble?.unknownSince ?? now) : undefined;
  const isOverdue = ownSince !== undefined && now - ownSince >= unreadableForLongMillis;
  const tells = isOwn && isOverdue && !shown && !isFull(delivery);
  const next: JobTrouble = {
    reason,
    since,
    ...(unknownSince !== undefined && { unknownSince }),
    ...(ownSince !== undefined && { ownSince }),
    shown: shown || tells,
  };
  if (trouble && isSame(trouble, next)) return subscription;
  if (!tells) return { ...subscription, trouble: next };
  const content = { kind: "jobUnreadable" as const, job: jobName ?? jobId, reason, since: ownSince };
  return { ...subscription, trouble: next, delivery: addPending(delivery, [content], now) };
}
