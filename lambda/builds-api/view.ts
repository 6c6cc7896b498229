import { withoutAbsent } from "../domain/absent.ts";
import { givenUpAt, notifyOf, shownStatusOf, type Build } from "../domain/build.ts";
import {
  historyLength,
  isCardPending,
  type Delivery,
  type Message,
  type Receipt,
  type Delivered,
} from "../domain/delivery.ts";
import { durationOfBuild, durationOfPhase, type Duration } from "../domain/duration.ts";
import { isThreaded, type Feed } from "../domain/feed.ts";
import type { BuildDetails } from "../domain/outcome.ts";
import { inPhaseOrder, isRunning, notStarted, phaseNames, type Phase } from "../domain/phase.ts";
import type { ListedRow, Row } from "../domain/row.ts";
import type { Subscription } from "../domain/subscription.ts";
import { isPlace, messageLink } from "../domain/message-link.ts";
import { explainChannel, explainPending, explainTrouble, iso, summarize, type Reach } from "./explain.ts";
import type { BuildSummary, BuildView } from "./schemas.ts";

/** Renders a build in a channel for the API: times in ISO 8601, durations in seconds. */

export interface Seen extends Reach {
  /** Such as `https://slack.com/api/`. */
  slackApiUrl: string;
  /** Epoch milliseconds. */
  now: number;
  abandonAfterMillis: number;
}

export function renderBuild(
  build: Build,
  { slackApiUrl, now, abandonAfterMillis, ...reach }: Seen,
): BuildView {
  const { id: _id, at, jobId: subscribedJobId, someBranches: _filtered, ...settings } = build.registration;
  const linkTo = linksOf(build, slackApiUrl);
  const { card } = build.delivery;
  return withoutAbsent({
    buildId: build.buildId,
    status: shownStatusOf(build),
    outcome: build.outcome,
    abandoned: build.abandoned,
    settings: { ...settings, notify: notifyOf(build), tellSlow: settings.tellSlow ?? true },
    registeredAt: iso(at),
    subscribedJobId,
    stopRequestedAt: isoIf(build.stopRequestedAt),
    changedAt: iso(build.changedAt),
    abandonedAfter: build.status === "tracking" ? iso(givenUpAt(build, { abandonAfterMillis })) : undefined,
    expiresAt: isoIf(build.expiresAt),
    ...(build.status === "ended" ? inSeconds(durationOfBuild(build)) : {}),
    job: build.details && renderJob(build.details),
    usualSeconds: build.usual && Math.round(build.usual.medianMillis / 1000),
    slowSince: isoIf(build.slowSince),
    row: build.row && renderRow(build.row),
    phases: renderPhases(build, now),
    trouble: explainTrouble(build, reach, now),
    channelProblem: explainChannel(build),
    card: card && { upToDate: !isCardPending(build.delivery), ...linkTo(card.receipt) },
    pending: renderPending(build, now),
    omittedChanges: build.omittedChanges,
    history: renderHistory(build.delivery, linkTo),
  });
}

export const renderSummary = (build: Build): BuildSummary =>
  withoutAbsent({
    buildId: build.buildId,
    status: shownStatusOf(build),
    outcome: build.outcome,
    channel: build.registration.channel,
    label: build.registration.label,
    jobName: build.details?.jobName,
    registeredAt: iso(build.registration.at),
    subscribedJobId: build.registration.jobId,
    changedAt: iso(build.changedAt),
    pending: build.delivery.outbox.length + (isCardPending(build.delivery) ? 1 : 0),
  });

const renderJob = ({ jobId, jobName, startedAt, endedAt, state: _state, ...rest }: BuildDetails) =>
  withoutAbsent({ id: jobId, name: jobName, ...rest, startedAt: isoIf(startedAt), endedAt: isoIf(endedAt) });

const renderRow = ({ open: _open, ...row }: ListedRow): Row => row;

function renderPhases(build: Build, now: number): BuildView["phases"] {
  const { snapshot } = build;
  const known = new Set(snapshot.map(({ name }) => name));
  const unseen = phaseNames
    .filter((name) => !known.has(name))
    .map((name) => ({ id: "", name, state: notStarted }));
  return inPhaseOrder<Pick<Phase, "id" | "name" | "state"> & Partial<Phase>>([...snapshot, ...unseen]).map(
    ({ name, state, since, ...phase }) =>
      since === undefined
        ? { name, state }
        : { name, state, since: iso(since), ...lasted({ name, state, since, ...phase }, build, now) },
  );
}

/** How long the phase ran, or has been running. A running phase has a duration only while its build is tracked. */
function lasted({ startedAt, ...phase }: Phase, build: Build, now: number): Lasted {
  if (!isRunning(phase.state)) return inSeconds(durationOfPhase(phase, build));
  const isSeen = build.status === "tracking" && startedAt !== undefined && startedAt <= now;
  return isSeen ? inSeconds({ kind: "exact", millis: now - startedAt }) : {};
}

interface Lasted {
  durationSeconds?: number;
  durationAtMostSeconds?: number;
}

function inSeconds(duration: Duration): Lasted {
  if (duration.kind === "unknown") return {};
  const seconds = Math.round(duration.millis / 1000);
  return duration.kind === "exact" ? { durationSeconds: seconds } : { durationAtMostSeconds: seconds };
}

/** The card is listed first, because it is posted first. */
export function renderPending(feed: Build | Subscription, now: number): BuildView["pending"] {
  const reasonOf = (pending: Message | "card") => {
    const { why, detail, since, nextTryAt } = explainPending(feed, now, pending);
    return withoutAbsent({ why, detail, since: isoIf(since), nextTryAt: isoIf(nextTryAt) });
  };
  const card = {
    kind: "card" as const,
    what: "the card with the build's current state",
    ...reasonOf("card"),
  };
  return [
    ...(isCardPending(feed.delivery) ? [card] : []),
    ...feed.delivery.outbox.map((message) => ({ ...said(message), ...reasonOf(message) })),
  ];
}

/** Newest first. The card is in the history only when it was found in Slack after a lost answer. */
export function renderHistory({ card, history }: Delivery, linkTo: LinkTo): BuildView["history"] {
  const told = history.map((each) => renderDelivered(each, linkTo));
  if (card?.foundAt === undefined) return told;
  const at = iso(card.foundAt);
  const found = {
    kind: "card" as const,
    what: "the card",
    how: "found" as const,
    at,
    ...linkTo(card.receipt),
  };
  return [...told, found].toSorted((a, b) => b.at.localeCompare(a.at)).slice(0, historyLength);
}

const renderDelivered = (
  { message, how, at, receipt, reason }: Delivered,
  linkTo: LinkTo,
): BuildView["history"][number] =>
  withoutAbsent({ ...said(message), how, at: iso(at), ...linkTo(receipt), reason });

const said = (message: Delivered["message"]) => ({
  kind: message.kind,
  what: summarize(message),
  recordedAt: iso(message.at),
});

type LinkTo = (receipt: Receipt | undefined) => { link?: string };

/**
 * Makes links to the messages. The link to a reply contains its thread, which is the card's. A message older than the
 * card belongs to the thread of a deleted card, so its link has no thread.
 */
export function linksOf(feed: Feed, slackApiUrl: string): LinkTo {
  const { card } = feed.delivery;
  const thread = isThreaded(feed) && isPlace(card?.receipt) ? card.receipt.ts : undefined;
  return (receipt) => {
    const link = messageLink(receipt, slackApiUrl);
    if (!receipt || link === undefined) return {};
    const isReply = thread !== undefined && Number(receipt.ts) > Number(thread);
    return { link: isReply ? `${link}?thread_ts=${thread}&cid=${receipt.channel}` : link };
  };
}

export const isoIf = (millis: number | undefined): string | undefined =>
  millis === undefined ? undefined : iso(millis);
