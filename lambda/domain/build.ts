import type { Closing } from "./closing.ts";
import {
  nothingPending,
  addCardRevision,
  addPending,
  hasPending,
  isFull,
  type AbandonReason,
  type Delivery,
  type MessageContent,
} from "./delivery.ts";
import { isWanted, type Notify } from "./notify.ts";
import { durationBetween, type Measured, type Sighting } from "./duration.ts";
import { looksOver, outcomeOfDetails, outcomeOfPhases, type BuildDetails, type Outcome } from "./outcome.ts";
import { isRunning, notStarted, type ListedPhase, type Snapshot } from "./phase.ts";
import { bytesAtMost, bytesOf, messagesAtMost, thoseThatFit } from "./size.ts";
import { diff, type Transition, type Watch } from "./transition.ts";

/** All times are epoch milliseconds. */

/** What a user asked for; it never changes. */
export interface Registration extends Settings {
  /** Random: tells the messages of this registration from those of an earlier one of the same build. */
  id: string;
  at: number;
  /** The job whose subscription registered the build; absent when a user did. */
  jobId?: string;
}

export interface Settings {
  /** A Slack channel's id, such as C0123456789. */
  channel: string;
  /** A name to show beside the job's. */
  label?: string;
  /** Whom a failure mentions: ids of Slack users (U…, W…) and user groups (S…). */
  mention: string[];
  /** Transitions go to the card's thread; otherwise into the channel itself. */
  thread: boolean;
  /** What is told; `all` where it is absent, as it was in earlier versions. */
  notify?: Notify;
}

/** `tracking` until the build is over in one of three ways; the last messages may be pending after that. */
export type Status = "tracking" | "ended" | "abandoned" | "stopped";

export interface Build {
  kind: "build";
  buildId: string;
  /** 0 for an item that was never saved. */
  version: number;
  registration: Registration;
  /** Set by the API alone: a user no longer wants the build to be told. */
  stopRequestedAt?: number;
  /** Set by the API alone: a user wants what is pending to be tried at once, though the destination refused before. */
  redeliverRequestedAt?: number;
  status: Status;
  outcome?: Outcome;
  abandoned?: AbandonReason;
  /** Empty until the first observation. */
  snapshot: Snapshot;
  /** How many phases the snapshot had no room for, at most, as far as that was told. */
  omittedPhases?: number;
  /** How many changes the outbox had no room for, as long as that was not told. */
  omittedChanges?: number;
  details?: BuildDetails;
  /** Only of a build that ended. */
  closing?: Closing;
  /** How long it was observed to take; only of a build that ended, and absent where it is not known. */
  lasted?: Measured;
  /** The last change observed; the registration counts as one. */
  changedAt: number;
  /** The first observation; absent until then. */
  observedAt?: number;
  trouble?: Trouble;
  /** Slack refuses the channel, as was found before any message was to be sent. */
  channelRefusal?: ChannelRefusal;
  delivery: Delivery;
  /** From then on the item counts as gone; only set when nothing is pending. */
  expiresAt?: number;
}

export interface ChannelRefusal {
  reason: string;
  /** When it was found. */
  since: number;
}

/** This build can't be read, although ServiceStage answers. */
export interface Trouble {
  /** Why it could not be read at last; troubles may take turns. */
  reason: string;
  /** Since when it could not be read, for whatever reasons. */
  since: number;
  /** Since when ServiceStage says that it does not know the build; absent when it says something else. */
  unknownSince?: number;
  /** It lasted long enough for the card to say so. */
  shown: boolean;
}

export interface Retention {
  /** Without a change for this long, a build is abandoned. */
  abandonAfterMillis: number;
  /** What is over is kept this long. */
  keepMillis: number;
}

export const unknownBuild = "unknownBuild";

/** A build that ServiceStage does not know is abandoned after this long. */
const abandonUnknownAfterMillis = 60 * 60_000;
/** A trouble that is over sooner is not shown. */
export const showTroubleAfterMillis = 3 * 60_000;
/** A build is polled as a moving one for this long after it changed, so that it is not lost between two phases. */
const stillMovingMillis = 2 * 60_000;
/** Phases that don't move may hide an end that only the details tell: of each five minutes they are asked in some. */
const askAgainMillis = 5 * 60_000;
/** Longer than from one tick to the next, so that a poll falls into it. */
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

/** As it is shown: a build that somebody asked to stop, and that no tick has looked at since, is `stopping`. */
export type ShownStatus = Status | "stopping";

export const shownStatusOf = ({ status, stopRequestedAt }: Build): ShownStatus =>
  status === "tracking" && stopRequestedAt !== undefined ? "stopping" : status;

/** Still polled, or still pending something. */
export const isActive = (build: Build): boolean => build.status === "tracking" || hasPending(build.delivery);

/** Worth polling again within the minute. */
export const isMoving = (build: Build, now: number): boolean =>
  build.status === "tracking" &&
  (build.snapshot.some((phase) => isRunning(phase.state)) || now - build.changedAt < stillMovingMillis);

/** Whether the phases just listed leave something open that only the build's details tell. */
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

/** Delivered by the clock alone, so that asking costs no write. */
const isDueAgain = (build: Build, now: number): boolean =>
  hasSettled(build, now) && (now - build.changedAt) % askAgainMillis < askingMillis;

/** The list of phases had time to catch up with whatever the details say. */
const hasSettled = (build: Build, now: number): boolean => now - build.changedAt >= stillMovingMillis;

/**
 * The build after a poll; the very same object when there is nothing to record.
 * The first observation of a registration adds one message for all that it finds, every later one a message for each
 * transition. Changes for which the outbox has no room are counted, and told as a number once there is room, or with
 * the build's end. The build is over when the phases or the details say so, or when nothing moved for too long.
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
  // Nothing had begun when ServiceStage started the build. After that a change was seen by a look, too.
  const lookedAt = first ? startOf(details, now) : Math.max(build.changedAt, before ?? 0);
  const watch: Watch = { before: lookedAt, pollIntervalMillis };
  const { snapshot, transitions, changed, omitted = [] } = diff(build.snapshot, listed, now, watch);
  const omittedPhases = Math.max(0, omitted.length - (build.omittedPhases ?? 0));
  const tellsCount = (build.omittedChanges ?? 0) > 0 && !isFull(build.delivery);
  const stale = isStale(build, now, retention) && !changed;
  const running = snapshot.some((phase) => isRunning(phase.state));
  // The details are read after the phases: while one runs, the list may be late, and its end still to be told.
  const isLate = running && (changed || !hasSettled(build, now));
  // What there is no room for is not forgotten: a phase that failed there is a build that failed.
  const outcome =
    outcomeOfPhases([...snapshot, ...omitted]) ?? (isLate ? undefined : outcomeOfDetails(details));
  if (!first && !changed && !build.trouble && !outcome && !stale && omittedPhases === 0 && !tellsCount)
    return build;

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
    // Where no phase moved, only the details tell the end, and they are rarely asked for.
    const seenEnd = { at: now, after: changed ? lookedAt : undefined };
    const ended = { ...seen, outcome, ...lastedOf(snapshot, seenEnd, pollIntervalMillis) };
    const last = contentsOf(transitions, omittedPhases + omittedChanges, first, outcome);
    return over(ended, "ended", withRoom(build, last), now);
  }
  if (stale) return abandon({ ...seen, omittedChanges }, "unchanged", now);
  const isShown = first || changed || trouble?.shown === true;
  if (isFull(build.delivery)) {
    const count = omittedChanges + omittedPhases + countWanted(build, transitions);
    const counted = count > 0 ? { ...seen, omittedChanges: count } : seen;
    return isShown ? showOn(counted, []) : counted;
  }
  const contents = withRoom(build, contentsOf(transitions, omittedPhases + omittedChanges, first));
  const next = { ...seen, delivery: addPending(seen.delivery, contents, now) };
  return isShown ? showOn(next, contents) : next;
}

/** What the settings leave out is not to take the room of what they don't. */
const withRoom = (build: Build, contents: MessageContent[]): MessageContent[] =>
  bytesOf(build.delivery.outbox) < bytesAtMost.leftOut
    ? contents
    : contents.filter((each) => isWanted(notifyOf(build), each));

const countWanted = (build: Build, transitions: readonly Transition[]): number =>
  transitions.filter((transition) => isWanted(notifyOf(build), { kind: "transition", transition })).length;

/** A start that ServiceStage tells; one in the future is wrong. */
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

export const notifyOf = ({ registration }: Build): Notify => registration.notify ?? "all";

/**
 * The card is to show the build as it is; one that was never pending waits until the settings let something be told.
 * Where that goes into the channel itself, a card under it would say the same once more.
 */
function showOn(build: Build, contents: readonly MessageContent[]): Build {
  const notify = notifyOf(build);
  const isShown =
    notify === "all" ||
    build.delivery.card ||
    (build.registration.thread && contents.some((each) => isWanted(notify, each)));
  return isShown ? { ...build, delivery: addCardRevision(build.delivery) } : build;
}

/**
 * The build after a look that failed for this build alone; the very same object when there is nothing to record.
 * The card tells a trouble that lasts; a build that stays unknown for an hour is abandoned.
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

/** Until when a build that ServiceStage does not know is looked for; undefined when that is not its trouble. */
export const lookedForUntil = ({ trouble }: Build): number | undefined =>
  trouble?.unknownSince === undefined ? undefined : trouble.unknownSince + abandonUnknownAfterMillis;

/** When the tracking is given up unless something changes before. */
export const givenUpAt = (
  build: Build,
  { abandonAfterMillis }: Pick<Retention, "abandonAfterMillis">,
): number => Math.min(build.changedAt + abandonAfterMillis, lookedForUntil(build) ?? Infinity);

/** Ends the tracking because a user asked for it; what is pending stays pending. */
export const stop = (build: Build, now: number): Build => {
  const { omittedChanges = 0, ...stopped } = build;
  return over(stopped, "stopped", omitted(omittedChanges), now);
};

/** Nothing moved for as long as a build is followed. */
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

/** A build that is over owes its card, which says how it ended. */
const over = (build: Build, status: Status, contents: MessageContent[], now: number): Build =>
  showOn({ ...build, status, delivery: addPending(build.delivery, contents, now) }, contents);

const omitted = (count: number): MessageContent[] => (count > 0 ? [{ kind: "omitted", count }] : []);

/** What there is no room for is told as a number, before the rest. */
function contentsOf(
  transitions: Transition[],
  omittedBefore: number,
  first: boolean,
  outcome?: Outcome,
): MessageContent[] {
  const latest = transitions
    .map((transition): MessageContent => ({ kind: "transition", transition }))
    .toReversed();
  // What is caught up is one message.
  const atMost = first ? latest.length : messagesAtMost;
  const { length } = thoseThatFit(latest.slice(0, atMost), bytesAtMost.poll);
  const contents = contentsThatFit(transitions.slice(transitions.length - length), first, outcome);
  return [...omitted(omittedBefore + transitions.length - length), ...contents];
}

/** The last message carries the end; an end without a transition is a message of its own. */
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
