import type { BuildView } from "../../../lambda/builds-api/schemas.ts";
import { notStarted } from "../../../lambda/domain/phase.ts";
import { renderDuration } from "../../../lambda/slack/text.ts";
import { en, type CardState } from "../../../lambda/slack/wording/en.ts";
import { html, type Html } from "../../html.ts";
import { byBuild, isOver, isUnread, type Registrations } from "../seen.ts";
import type { Tracked } from "../tracked.ts";
import { renderClock } from "./clock.ts";
import {
  describeDelivered,
  historyId,
  renderAction,
  renderDelivered,
  renderHistory,
  renderNextTry,
  renderPending,
  type InChannel,
} from "./delivery.ts";
import { channelId, threadId } from "./slack.ts";
import {
  describeLasted,
  layOut,
  renderExplanation,
  renderSegments,
  renderTimeline,
  type Timeline,
} from "./timeline.ts";

/** The tracked builds: each build's state, and for each of its channels what was sent and what is pending. */

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
    ${byBuild(builds).map((registrations) => renderBuild(registrations, context))}
    ${more > 0 && html`<p class="empty">… and ${more} older builds. GET /builds lists them all.</p>`}
  </div>`;

function renderBuild(registrations: Registrations, context: BuildsContext): Html {
  const [build] = registrations;
  const timeline = layOut(build.phases, build.seenAt ?? context.now);
  const unread = isUnread(build, context.now);
  const state = stateOf(build);
  const inChannels = registrations.map((each) => ({
    build: each,
    ...(registrations.length > 1 && { place: placeOf(each, context) }),
  }));
  return html`<article
    class="build ${unread && "is-unread"}"
    id="build-${build.buildId}"
    aria-labelledby="title-${build.buildId}"
  >
    <header class="build-head">
      <h3 id="title-${build.buildId}">${titleOf(build)}</h3>
      <span class="pill ${state.kind}">${state.label}</span>
      <p class="build-facts">
        ${renderLabels(registrations)} ${renderId(build)} ${renderLasted(build, timeline)}
        ${unread && build.seenAt !== undefined && html`<span>last read at ${renderClock(build.seenAt)}</span>`}
        ${registrations.map((each) => renderLink(each, context))}
      </p>
    </header>
    ${!isOver(build) && renderPhases(build, timeline)}
    ${build.trouble && html`<p class="note is-warning">${build.trouble.detail} ${renderNextTry(build.trouble)}</p>`}
    ${inChannels.map(renderRefusal)} ${inChannels.map((each) => renderPending(each, context.now))}
    ${isOver(build) ? renderOver(build, inChannels, timeline) : inChannels.map(renderDelivered)}
    <div class="build-actions">${inChannels.map(renderStop)}</div>
  </article>`;
}

const renderPhases = (build: BuildView, timeline: Timeline): Html =>
  html`${renderTimeline(timeline)} ${renderExplanation([build, ...build.phases])}`;

/** A build that is over takes one bar, until a person opens it. What was open while the build ran stays open. */
const renderOver = (build: BuildView, inChannels: readonly InChannel[], timeline: Timeline): Html =>
  html`<details class="over" id="${historyId(build)}">
    <summary>
      ${renderSegments(timeline)}
      <span>${inChannels.map((each) => html`<span>${describeDelivered(each) || "Phases"}</span>`)}</span>
    </summary>
    ${renderPhases(build, timeline)} ${inChannels.map(renderHistory)}
  </details>`;

const renderRefusal = ({ build: { channelProblem }, place }: InChannel): Html | undefined =>
  channelProblem &&
  html`<p class="note is-warning">${place && html`<strong>${place}</strong> `}${channelProblem.detail}</p>`;

const renderStop = (each: InChannel): Html | undefined =>
  each.build.status === "tracking" ? renderAction(each, "stop", "Stop tracking") : undefined;

function titleOf({ buildId, job, settings }: BuildView): string {
  const name = job?.name ?? settings.label ?? buildId;
  return job?.index === undefined ? name : `${name} #${job.index}`;
}

/** Beside the job's name. Without a job a label is the title. */
function renderLabels(registrations: Registrations): Html[] {
  const labels = registrations.flatMap(({ job, settings: { label } }) => (job?.name && label ? [label] : []));
  return [...new Set(labels)].map((label) => html`<span class="label">${label}</span>`);
}

/** Most of a long id says nothing to a person. */
const renderId = ({ buildId }: BuildView): Html =>
  html`<code title="${buildId}">${buildId.length > 16 ? `${buildId.slice(0, 12)}…` : buildId}</code>`;

/** How long the build took, or has taken so far, and what is usual for its job. */
function renderLasted(build: BuildView, { lastsMillis }: Timeline): Html | undefined {
  const soFar = !build.outcome && lastsMillis > 0 ? renderDuration(lastsMillis, en) : undefined;
  const usual = build.usualSeconds && en.usual(renderDuration(build.usualSeconds * 1_000, en));
  const facts = [describeLasted(build) ?? soFar, usual].filter(Boolean);
  return facts.length > 0 ? html`<span>${facts.join(" · ")}</span>` : undefined;
}

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

const placeOf = ({ settings: { channel } }: BuildView, { channels }: BuildsContext): string =>
  channels?.has(channel) ? `#${channels.get(channel)}` : channel;
