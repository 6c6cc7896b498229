import { hasUntoldAction, type HasActions } from "./action.ts";
import type { Closing } from "./closing.ts";
import {
  nothingPending,
  addCardRevision,
  addPending,
  hasPending,
  isFull,
  type AbandonReason,
  type Delivery,
  type Message,
  type MessageContent,
} from "./delivery.ts";
import { isWanted, showsProgress, type Notify, type Wish } from "./notify.ts";
import { durationBetween, type Measured, type Sighting } from "./duration.ts";
import { looksOver, outcomeOfDetails, outcomeOfPhases, type BuildDetails, type Outcome } from "./outcome.ts";
import { isRunning, notStarted, type ListedPhase, type Snapshot } from "./phase.ts";
import type { ListedRow } from "./row.ts";
import { bytesAtMost, bytesOf, messagesAtMost, thoseThatFit } from "./size.ts";
import { diff, type Transition, type Watch } from "./transition.ts";
import { slowMessage, type Usual } from "./usual.ts";

/** All times are epoch milliseconds. */

/** What a user asked for; it never changes. */
export interface Registration extends Settings {
  /** Random: distinguishes this registration's messages from those of an earlier registration of the same build. */
  id: string;
  at: number;
  /** The job whose subscription registered the build; absent when a user did. */
  jobId?: string;
  /** The subscription leaves out some branches. So the job's list holds builds that the channel is not told. */
  someBranches?: true;
}

export interface Settings {
  /** A Slack channel's id, such as C0123456789. */
  channel: string;
  /** A name to show beside the job's. */
  label?: string;
  /** Whom a failure mentions: ids of Slack users (U…, W…) and user groups (S…), and `committer` for whoever made the commit. */
  mention: string[];
  /** Where transitions go. true: into the card's thread. false: into the channel itself. */
  thread: boolean;
  /** Which messages are sent; absent (in items of earlier versions) means `all`. */
  notify?: Notify;
  /** Whether a message is sent when the build takes longer than usual; absent means that it is. */
  tellSlow?: boolean;
}

/** `tracking` until the build is over in one of the three other ways. The last messages may be pending after that. */
export type Status = "tracking" | "ended" | "abandoned" | "stopped";

export interface Build extends HasActions {
  kind: "build";
  buildId: string;
  /** 0 for an item that was never saved. */
  version: number;
  registration: Registration;
  /** Only the API sets it: a user no longer wants messages about the build. */
  stopRequestedAt?: number;
  /** Only the API sets it: a user wants a new try at once, although the destination refused before. */
  redeliverRequestedAt?: number;
  /** Counts the writes of `actions`; absent before the first. */
  requestsVersion?: number;
  /** The number of the first message of a muted build, for which `notify` is `end`. */
  mutedFrom?: number;
  status: Status;
  outcome?: Outcome;
  abandoned?: AbandonReason;
  /** Empty until the first observation. */
  snapshot: Snapshot;
  /** The most phases for which a poll found no room in the snapshot. They are already counted as omitted changes. */
  omittedPhases?: number;
  /** How many changes the outbox had no room for, until a message gives their number. */
  omittedChanges?: number;
  details?: BuildDetails;
  /** How long the job's builds usually take; absent if it is not known. */
  usual?: Usual;
  /** The job's row before this build; absent if it is not known. Until the end: as the job's list showed it at the first poll. */
  row?: ListedRow;
  /** Since when it is known that the build takes longer than usual. */
  slowSince?: number;
  /** Only of a build that ended. */
  closing?: Closing;
  /** How long the observed build took; only of a build that ended, and absent if it is not known. */
  lasted?: Measured;
  /** When the last change was observed. The registration counts as a change. */
  changedAt: number;
  /** The first observation; absent until then. */
  observedAt?: number;
  trouble?: Trouble;
  /** Slack refuses the channel. This was found by a check, before there was a message to send. */
  channelRefusal?: ChannelRefusal;
  delivery: Delivery;
  /** From this time on the item counts as gone. Only set when nothing is pending. */
  expiresAt?: number;
}

export interface ChannelRefusal {
  reason: string;
  /** When it was found. */
  since: number;
}

/** This build can't be read, although ServiceStage answers. */
export interface Trouble {
  /** The latest reason; reasons may alternate. */
  reason: string;
  /** Since when it can't be read, for any reason. */
  since: number;
  /** Since when ServiceStage says that it does not know the build; absent if the latest reason is another one. */
  unknownSince?: number;
  /** It lasted long enough to be shown on the card. */
  shown: boolean;
}

export interface Retention {
  /** A build that has not changed for this long is abandoned. */
  abandonAfterMillis: number;
  /** A build that is over is kept for this long. */
  keepMillis: number;
}

export const unknownBuild = "unknownBuild";

/** A build that ServiceStage does not know is abandoned after this long. */
const abandonUnknownAfterMillis = 60 * 60_000;
/** A trouble that is over sooner is not shown. */
export const showTroubleAfterMillis = 3 * 60_000;
/** After a change a build counts as moving for this long. So it is polled often between two phases, too. */
const stillMovingMillis = 2 * 60_000;
/** If no phase moves, maybe only the details show the build's end. So they are fetched in each period of this length. */
const askAgainMillis = 5 * 60_000;
/** In each period, polls fetch the details for this long. It is longer than the time between two ticks. */
const askingMillis = 90_000;

export function registerBuild(
  buildId: string,
  registrationId: string,
  settings: Settings,
  now: number,
): Build {
  return {
    kind: "build",
    buildId,
    version: 0,
    registration: { ...settings, id: registrationId, at: now },
    status: "tracking",
    snapshot: [],
    changedAt: now,
    delivery: nothingPending,
  };
}

/** The status that people see. `stopping`: a user asked to stop the build, and no tick has read that yet. */
export type ShownStatus = Status | "stopping";

export const shownStatusOf = ({ status, stopRequestedAt }: Build): ShownStatus =>
  status === "tracking" && stopRequestedAt !== undefined ? "stopping" : status;

/** It is still polled, or has something pending. */
export const isActive = (build: Build): boolean =>
  build.status === "tracking" || hasPending(build.delivery) || hasUntoldAction(build);

/** Worth polling again within the minute. */
export const isMoving = (build: Build, now: number): boolean =>
  build.status === "tracking" &&
  (build.snapshot.some((phase) => isRunning(phase.state)) || now - build.changedAt < stillMovingMillis);

/** Whether this poll must fetch the details too. */
export function needsDetails(
  build: Build,
  listed: readonly ListedPhase[],
  now: number,
  retention: Retention,
): boolean {
  const { snapshot, changed, omitted = [] } = diff(build.snapshot, listed, now);
  const nameless = build.details?.jobName === undefined || build.details.commitId === undefined;
  return (
    build.observedAt === undefined ||
    (changed && nameless) ||
    looksOver(snapshot) ||
    outcomeOfPhases([...snapshot, ...omitted]) !== undefined ||
    isDueAgain(build, now) ||
    isStale(build, now, retention)
  );
}

/** Only the clock decides, so nothing is stored for it. */
const isDueAgain = (build: Build, now: number): boolean =>
  hasSettled(build, now) && (now - build.changedAt) % askAgainMillis < askingMillis;

/** The list of phases had time to show what the details already say. */
const hasSettled = (build: Build, now: number): boolean => now - build.changedAt >= stillMovingMillis;

/**
 * The build after a poll; the very same object when there is nothing to record.
 * The first observation of a registration adds one message for everything that it finds. Each later one adds a message
 * for each transition. Changes for which the outbox has no room are counted. A message gives their number once there is
 * room, or when the build ends. The build is over when its phases or details say so, or when nothing moved for too long.
 */
export function observe(
  build: Build,
  listed: readonly ListedPhase[],
  details: BuildDetails | undefined,
  now: number,
  retention: Retention,
  { before, pollIntervalMillis }: Watch = { pollIntervalMillis: 0 },
): Build {
  const first = build.observedAt === undefined;
  // At the first poll, the build's start counts as the poll before, because no phase had begun then. Later, `changedAt` is
  // the time of a poll too, so the later of both counts.
  const lookedAt = first ? startOf(details, now) : Math.max(build.changedAt, before ?? 0);
  const watch: Watch = { before: lookedAt, pollIntervalMillis };
  const { snapshot, transitions, changed, omitted = [] } = diff(build.snapshot, listed, now, watch);
  const omittedPhases = Math.max(0, omitted.length - (build.omittedPhases ?? 0));
  const tellsCount = (build.omittedChanges ?? 0) > 0 && !isFull(build.delivery);
  const stale = isStale(build, now, retention) && !changed;
  const running = snapshot.some((phase) => isRunning(phase.state));
  // The details are fetched after the phases. If a phase still runs in the list, the list may be older than the details.
  const isLate = running && (changed || !hasSettled(build, now));
  // A failed phase makes the build fail even if the snapshot has no room for the phase.
  const outcome =
    outcomeOfPhases([...snapshot, ...omitted]) ?? (isLate ? undefined : outcomeOfDetails(details));
  const slow = isFull(build.delivery) ? undefined : slowMessage({ ...build, snapshot }, now);
  const isCalm = !changed && !build.trouble && !outcome && !stale && omittedPhases === 0;
  if (!first && isCalm && !tellsCount && !slow) return build;

  const { trouble, omittedChanges = 0, ...rest } = build;
  const seen: Build = {
    ...rest,
    snapshot,
    observedAt: build.observedAt ?? now,
    changedAt: changed || first ? now : build.changedAt,
  };
  if (omittedPhases > 0) seen.omittedPhases = omitted.length;
  if (details) seen.details = { ...build.details, ...details };
  if (outcome) {
    // If no phase moved, the details alone showed the end. They are fetched rarely, so the poll before does
    // not limit the end.
    const seenEnd = { at: now, after: changed ? lookedAt : undefined };
    const ended = { ...seen, outcome, ...lastedOf(snapshot, seenEnd, pollIntervalMillis) };
    const last = contentsOf(transitions, omittedPhases + omittedChanges, first, outcome);
    return over(ended, "ended", withRoom(build, last), now);
  }
  if (stale) return abandon({ ...seen, omittedChanges }, "unchanged", now);
  const isShown = first || changed || trouble?.shown === true || slow !== undefined;
  if (isFull(build.delivery)) {
    const count = omittedChanges + omittedPhases + countWanted(build, transitions);
    const counted = count > 0 ? { ...seen, omittedChanges: count } : seen;
    return isShown ? showOn(counted, []) : counted;
  }
  const progress = contentsOf(transitions, omittedPhases + omittedChanges, first);
  const contents = withRoom(build, slow ? [...progress, slow] : progress);
  const next: Build = { ...seen, delivery: addPending(seen.delivery, contents, now) };
  if (slow) next.slowSince = now;
  return isShown ? showOn(next, contents) : next;
}

/** If room is short, messages that the settings leave out are dropped, so that they take no room from the others. */
const withRoom = (build: Build, contents: MessageContent[]): MessageContent[] =>
  bytesOf(build.delivery.outbox) < bytesAtMost.leftOut
    ? contents
    : contents.filter((each) => isWanted(wishOf(build), each));

const countWanted = (build: Build, transitions: readonly Transition[]): number =>
  transitions.filter((transition) => isWanted(wishOf(build), { kind: "transition", transition })).length;

/** When ServiceStage says that the build started. A time in the future is wrong. */
const startOf = (details: BuildDetails | undefined, now: number): number | undefined =>
  details?.startedAt !== undefined && details.startedAt <= now ? details.startedAt : undefined;

function lastedOf(snapshot: Snapshot, end: Sighting, pollIntervalMillis: number): { lasted?: Measured } {
  const starts = snapshot.flatMap(({ state, since, startedAt = since, startedAfter }) =>
    state === notStarted ? [] : [{ at: startedAt, after: startedAfter }],
  );
  const first = starts.toSorted((a, b) => a.at - b.at)[0];
  const lasted = first && durationBetween(first, end, pollIntervalMillis);
  return lasted === undefined || lasted.kind === "unknown" ? {} : { lasted };
}

/** Which messages are wanted from now on. */
export const notifyOf = ({ registration: { notify = "all" }, actions }: Build): Notify =>
  actions?.mute ? "end" : notify;

/** Whether the message is wanted. This never changes once the message is recorded. */
export function isMessageWanted(build: Build, message: Message): boolean {
  const { registration, mutedFrom = Infinity } = build;
  const notify = message.number < mutedFrom ? (registration.notify ?? "all") : "end";
  return isWanted({ ...wishOf(build), notify }, message);
}

export const wishOf = (build: Build): Wish => ({
  notify: notifyOf(build),
  tellSlow: build.registration.tellSlow ?? true,
  row: build.row,
});

/**
 * The card must show the current state. With another `notify` than `all` there is no card until a message is wanted, and none
 * at all if messages go into the channel itself: the card would only repeat them.
 */
function showOn(build: Build, contents: readonly MessageContent[]): Build {
  const wish = wishOf(build);
  const isShown =
    showsProgress(wish.notify) ||
    build.delivery.card ||
    (build.registration.thread && contents.some((each) => isWanted(wish, each)));
  return isShown ? { ...build, delivery: addCardRevision(build.delivery) } : build;
}

/**
 * The build after a poll that failed for this build alone; the very same object when there is nothing to record.
 * The card shows a trouble that lasts. A build that stays unknown for an hour is abandoned.
 */
export function observeTrouble(build: Build, reason: string, now: number, retention: Retention): Build {
  const since = build.trouble?.since ?? now;
  const unknownSince = reason === unknownBuild ? (build.trouble?.unknownSince ?? now) : undefined;
  const unknown = unknownSince !== undefined && now - unknownSince >= abandonUnknownAfterMillis;
  if (unknown || isStale(build, now, retention)) {
    return abandon(build, reason === unknownBuild ? "unknownBuild" : "unchanged", now);
  }
  const shown = now - since >= showTroubleAfterMillis;
  if (build.trouble?.reason === reason && build.trouble.shown === shown) return build;
  const trouble = { reason, since, shown, ...(unknownSince !== undefined && { unknownSince }) };
  return { ...build, trouble, delivery: shown ? addCardRevision(build.delivery) : build.delivery };
}

/** @param reason why Slack refuses the channel; undefined if Slack does not refuse it (any more) */
export function noteChannel(build: Build, reason: string | undefined, now: number): Build {
  const { channelRefusal: _earlier, ...noted } = build;
  return reason === undefined ? noted : { ...noted, channelRefusal: { reason, since: now } };
}

/** When a build that ServiceStage does not know is given up; undefined if ServiceStage knows the build. */
export const lookedForUntil = ({ trouble }: Build): number | undefined =>
  trouble?.unknownSince === undefined ? undefined : trouble.unknownSince + abandonUnknownAfterMillis;

/** When the build is abandoned, unless something changes before. */
export const givenUpAt = (
  build: Build,
  { abandonAfterMillis }: Pick<Retention, "abandonAfterMillis">,
): number => Math.min(build.changedAt + abandonAfterMillis, lookedForUntil(build) ?? Infinity);

/** Ends the tracking because a user asked for it; what is pending stays pending. */
export const stop = (build: Build, now: number): Build => {
  const { omittedChanges = 0, ...stopped } = build;
  return over(stopped, "stopped", omitted(omittedChanges), now);
};

/** Nothing moved for so long that the build is abandoned. */
export const isStale = (build: Build, now: number, { abandonAfterMillis }: Retention): boolean =>
  now - build.changedAt >= abandonAfterMillis;

function abandon(
  { trouble: _over, omittedChanges = 0, ...build }: Build,
  reason: AbandonReason,
  now: number,
): Build {
  const contents: MessageContent[] = [...omitted(omittedChanges), { kind: "abandoned", reason }];
  return over({ ...build, abandoned: reason }, "abandoned", contents, now);
}

/** The card of a build that is over says how the build ended. */
const over = (build: Build, status: Status, contents: MessageContent[], now: number): Build =>
  showOn({ ...build, status, delivery: addPending(build.delivery, contents, now) }, contents);

const omitted = (count: number): MessageContent[] => (count > 0 ? [{ kind: "omitted", count }] : []);

/** The newest transitions that have room, after a message with the number of the others. */
function contentsOf(
  transitions: Transition[],
  omittedBefore: number,
  first: boolean,
  outcome?: Outcome,
): MessageContent[] {
  const latest = transitions
    .map((transition): MessageContent => ({ kind: "transition", transition }))
    .toReversed();
  // The first observation makes one message of all transitions.
  const atMost = first ? latest.length : messagesAtMost;
  const { length } = thoseThatFit(latest.slice(0, atMost), bytesAtMost.poll);
  const contents = contentsThatFit(transitions.slice(transitions.length - length), first, outcome);
  return [...omitted(omittedBefore + transitions.length - length), ...contents];
}

/** The last transition's message also says how the build ended. Without a transition, the end is a message of its own. */
function contentsThatFit(transitions: Transition[], first: boolean, outcome?: Outcome): MessageContent[] {
  const ending = outcome ? { outcome } : {};
  if (transitions.length === 0) return outcome ? [{ kind: "ended", outcome }] : [];
  if (first) return [{ kind: "caughtUp", transitions, ...ending }];
  return transitions.map((transition, index) =>
    index === transitions.length - 1
      ? { kind: "transition", transition, ...ending }
      : { kind: "transition", transition },
  );
}
