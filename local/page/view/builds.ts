import type { BuildView } from "../../../lambda/builds-api/schemas.ts";
import { notStarted } from "../../../lambda/domain/phase.ts";
import { renderDuration } from "../../../lambda/slack/text.ts";
import { en, type CardState } from "../../../lambda/slack/wording/en.ts";
import { html, type Html } from "../../html.ts";
import { isUnconfirmed, isUnread, type SeenBuild } from "../seen.ts";
import type { Tracked } from "../tracked.ts";
import { renderClock } from "./clock.ts";
import { channelId, threadId } from "./slack.ts";
import {
  describeLasted,
  layOut,
  renderExplanation,
  renderSegments,
  renderTimeline,
  type Timeline,
} from "./timeline.ts";

/** The tracked builds: each build's state, its sent messages, and its pending messages with the reason. */

export interface BuildsContext {
  /** Epoch milliseconds. */
  now: number;
  /** The names of the simulated channels, by id. Absent with the real Slack. */
  channels?: ReadonlyMap<string, string>;
  /** Whether a message is still in its simulated channel: a person may have deleted it. */
  holds?: (channel: string, ts: string) => boolean;
}

export const renderBuilds = ({ builds, more }: Tracked, context: BuildsContext): Html =>
  html`<div id="builds" class="builds">
    ${builds.length === 0 && html`<p class="empty">No build is tracked yet. Start a sample build.</p>`}
    ${builds.map((build) => renderBuild(build, context))}
    ${more > 0 && html`<p class="empty">… and ${more} older builds. GET /builds lists them all.</p>`}
  </div>`;

function renderBuild(build: SeenBuild, context: BuildsContext): Html {
  const timeline = layOut(build.phases, build.seenAt ?? context.now);
  const unread = isUnread(build, context.now);
  const state = stateOf(build);
  const soFar = timeline.lastsMillis > 0 ? renderDuration(timeline.lastsMillis, en) : undefined;
  const lasted = describeLasted(build) ?? (build.outcome ? undefined : soFar);
  return html`<article
    class="build ${unread && "is-unread"}"
    id="build-${keyOf(build)}"
    aria-labelledby="title-${keyOf(build)}"
  >
    <header class="build-head">
      <h3 id="title-${keyOf(build)}">${titleOf(build)}</h3>
      <span class="pill ${state.kind}">${state.label}</span>
      <p class="build-facts">
        ${renderLabel(build)} <code>${build.buildId}</code>
        ${lasted !== undefined && html`<span>${lasted}</span>`}
        ${unread && build.seenAt !== undefined && html`<span>last read at ${renderClock(build.seenAt)}</span>`}
        ${renderLink(build, context)}
      </p>
    </header>
    ${!isOver(build) && renderPhases(build, timeline)}
    ${build.trouble && html`<p class="note is-warning">${build.trouble.detail} ${renderNextTry(build.trouble)}</p>`}
    ${build.channelProblem && html`<p class="note is-warning">${build.channelProblem.detail}</p>`}
    ${renderPending(build, context.now)}
    ${isOver(build) ? renderOver(build, timeline) : renderDelivered(build)}
    ${build.status === "tracking" && renderAction(build, "stop", "Stop tracking")}
  </article>`;
}

const renderPhases = (build: BuildView, timeline: Timeline): Html =>
  html`${renderTimeline(timeline)} ${renderExplanation([build, ...build.phases])}`;

/** A build that is over takes one bar, until a person opens it. */
const renderOver = (build: BuildView, timeline: Timeline): Html =>
  html`<details class="over" id="told-${keyOf(build)}">
    <summary>${renderSegments(timeline)} <span>${describeDelivered(build) || "Phases"}</span></summary>
    ${renderPhases(build, timeline)} ${renderHistory(build)}
  </details>`;

const isOver = ({ status }: BuildView): boolean => status !== "tracking" && status !== "stopping";

/** A build has an entry for each of its channels. */
const keyOf = ({ buildId, settings: { channel } }: BuildView): string => `${buildId}-${channel}`;

function titleOf({ buildId, job, settings }: BuildView): string {
  const name = job?.name ?? settings.label ?? buildId;
  return job?.index === undefined ? name : `${name} #${job.index}`;
}

/** Beside the job's name. Without a job the label is the title. */
const renderLabel = ({ job, settings: { label } }: BuildView): Html | undefined =>
  job?.name === undefined || label === undefined ? undefined : html`<span class="label">${label}</span>`;

const kinds: Record<NonNullable<BuildView["outcome"]>, string> = {
  succeeded: "is-good",
  failed: "is-bad",
  timedOut: "is-bad",
  cancelled: "is-off",
  deleted: "is-off",
  ended: "is-off",
};

function stateOf({ status, outcome, phases }: BuildView): { label: string; kind: string } {
  if (outcome) return { label: nameOf(outcome), kind: kinds[outcome] };
  if (status === "stopping") return { label: "Stopping", kind: "is-off" };
  if (status !== "tracking") return { label: nameOf("stopped"), kind: "is-off" };
  // Between two phases no phase is running.
  const hasBegun = phases.some(({ state }) => state !== notStarted);
  return hasBegun
    ? { label: nameOf("running"), kind: "is-moving" }
    : { label: nameOf("notStarted"), kind: "is-waiting" };
}

/** The card's word for the state, without the card's symbol. */
const nameOf = (state: CardState): string => en.headlines[state].replace(/^\S+ /, "");

/** A link to the thread or the card, on this page or in the real Slack. */
function renderLink(
  { card, settings: { channel, thread } }: BuildView,
  { channels, holds = () => true }: BuildsContext,
): Html | undefined {
  if (!card?.link) return undefined;
  const name = channels?.get(channel);
  if (name === undefined) {
    return html`<a href="${card.link}" target="_blank" rel="noopener noreferrer">Open in Slack</a>`;
  }
  const ts = tsOf(card.link);
  if (!holds(channel, ts)) return html`<span>The card in #${name} was deleted</span>`;
  return thread
    ? html`<a href="#${threadId(ts)}">Thread in #${name}</a>`
    : html`<a href="#${channelId(channel)}">Card in #${name}</a>`;
}

/** A message's link ends with the message's timestamp, without the dot. */
const tsOf = (link: string): string => link.slice(link.lastIndexOf("/p") + 2);

const whys: Record<BuildView["pending"][number]["why"], { label: string; kind: string }> = {
  waiting: { label: "Waiting", kind: "is-waiting" },
  sending: { label: "Being sent", kind: "is-moving" },
  inDoubt: { label: "In doubt: the notifier checks in Slack before it sends", kind: "is-warning" },
  refused: { label: "Refused", kind: "is-bad" },
  unavailable: { label: "Slack does not accept messages now", kind: "is-warning" },
  tokenRefused: { label: "Slack rejects the token", kind: "is-bad" },
};

/** Slack usually answers within two seconds. After that, the answer may be lost. */
const unconfirmed = { label: "Not confirmed yet", kind: "is-warning" };

/** Groups the pending messages by their reason. */
function renderPending(build: BuildView, now: number): Html | undefined {
  if (build.pending.length === 0) return undefined;
  const reasons = [...Map.groupBy(build.pending, ({ why, detail }) => `${why} ${detail}`).values()];
  return html`<section class="pending" aria-label="Pending">
    ${reasons.map((pending) => renderReason(build, pending, now))}
  </section>`;
}

function renderReason(build: BuildView, pending: BuildView["pending"], now: number): Html {
  const [first] = pending as [BuildView["pending"][number]];
  const { why, detail, since, nextTryAt } = first;
  const { label, kind } = isUnconfirmed(first, now) ? unconfirmed : whys[why];
  return html`<div class="reason ${kind}">
    <p class="reason-head">
      <strong>${label}</strong>
      <span>
        ${pending.length === 1 ? "1 message pending" : `${pending.length} messages pending`}
        ${since !== undefined && html`since ${renderClock(since)}`}
      </span>
    </p>
    <ul>
      ${pending.map(
        ({ what, recordedAt }) =>
          html`<li>${recordedAt !== undefined && html`${renderClock(recordedAt)} `}${what}</li>`,
      )}
    </ul>
    <p class="reason-detail">
      ${detail} ${why === "sending" ? renderIfLost(nextTryAt) : renderNextTry({ nextTryAt })}
    </p>
    ${why === "refused" && renderAction(build, "redeliver", "Try again now")}
  </div>`;
}

const renderIfLost = (until: string | undefined): Html =>
  html`If Slack’s answer is lost, a later pass checks in Slack before it sends
  again${until !== undefined && html`, after ${renderClock(until)}`}.`;

const renderNextTry = ({ nextTryAt }: { nextTryAt?: string | undefined }): Html | undefined =>
  nextTryAt === undefined ? undefined : html`Next attempt at ${renderClock(nextTryAt)}.`;

const hows: Record<BuildView["history"][number]["how"], string> = {
  sent: "sent",
  found: "found in Slack, after Slack’s answer was lost",
  undeliverable: "undeliverable",
  leftOut: "not sent, because of the setting “notify”",
};

const renderDelivered = (build: BuildView): Html | undefined =>
  build.history.length === 0
    ? undefined
    : html`<details class="told" id="told-${keyOf(build)}">
        <summary>${describeDelivered(build)}</summary>
        ${renderHistory(build)}
      </details>`;

function describeDelivered({ history, pending }: BuildView): string {
  if (history.length === 0) return "";
  const count = (...ways: string[]) => history.filter(({ how }) => ways.includes(how)).length;
  const counts = [
    `${count("sent", "found")} sent`,
    count("found") > 0 && `${count("found")} found, not sent again`,
    count("undeliverable") > 0 && `${count("undeliverable")} undeliverable`,
    count("leftOut") > 0 && `${count("leftOut")} left out`,
    pending.length === 0 && "nothing pending",
  ];
  return counts.filter(Boolean).join(" · ");
}

const renderHistory = ({ history }: BuildView): Html =>
  html`<ol class="history" reversed>
    ${history.map(
      ({ what, how, at, reason }) =>
        html`<li class="told-${how}">
          ${what}
          <span class="how">${hows[how]} at ${renderClock(at)}${reason && html`: ${reason}`}</span>
        </li>`,
    )}
  </ol>`;

const renderAction = (
  { buildId, settings: { channel } }: BuildView,
  action: "stop" | "redeliver",
  label: string,
): Html =>
  html`<form method="post" action="/page/builds/${action}">
    <input type="hidden" name="buildId" value="${buildId}" />
    <input type="hidden" name="channel" value="${channel}" />
    <button class="small" aria-label="${label}: ${buildId} in ${channel}">${label}</button>
  </form>`;
