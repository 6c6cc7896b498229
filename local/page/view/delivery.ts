import type { BuildView } from "../../../lambda/builds-api/schemas.ts";
import { html, type Html } from "../../html.ts";
import { isUnconfirmed } from "../seen.ts";
import { renderClock } from "./clock.ts";

/** What was sent of a build in a channel, what is pending and why, and what a person can do about it. */

export interface InChannel {
  build: BuildView;
  /** The channel's name, where it has to be told: in a build with several channels. */
  place?: string | undefined;
}

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
export function renderPending({ build, place }: InChannel, now: number): Html | undefined {
  if (build.pending.length === 0) return undefined;
  const reasons = [...Map.groupBy(build.pending, ({ why, detail }) => `${why} ${detail}`).values()];
  return html`<section class="pending" aria-label="Pending">
    ${reasons.map((pending) => renderReason({ build, place }, pending, now))}
  </section>`;
}

function renderReason(each: InChannel, pending: BuildView["pending"], now: number): Html {
  const [first] = pending as [BuildView["pending"][number]];
  const { why, detail, since, nextTryAt } = first;
  const { label, kind } = isUnconfirmed(first, now) ? unconfirmed : whys[why];
  return html`<div class="reason ${kind}">
    <p class="reason-head">
      <strong>${each.place && `${each.place}: `}${label}</strong>
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
    ${why === "refused" && renderAction(each, "redeliver", "Try again now")}
  </div>`;
}

const renderIfLost = (until: string | undefined): Html =>
  html`If Slack’s answer is lost, a later pass checks in Slack before it sends
  again${until !== undefined && html`, after ${renderClock(until)}`}.`;

export const renderNextTry = ({ nextTryAt }: { nextTryAt?: string | undefined }): Html | undefined =>
  nextTryAt === undefined ? undefined : html`Next attempt at ${renderClock(nextTryAt)}.`;

const hows: Record<BuildView["history"][number]["how"], string> = {
  sent: "sent",
  found: "found in Slack, after Slack’s answer was lost",
  undeliverable: "undeliverable",
  leftOut: "not sent, because of the setting “notify”",
};

export const renderDelivered = (each: InChannel): Html | undefined =>
  each.build.history.length === 0
    ? undefined
    : html`<details class="told" id="${historyId(each.build)}">
        <summary>${describeDelivered(each)}</summary>
        ${renderHistory({ build: each.build })}
      </details>`;

/** Empty for a single channel in which nothing has happened yet. */
export function describeDelivered({ build: { history, pending, status }, place }: InChannel): string {
  const count = (...ways: string[]) => history.filter(({ how }) => ways.includes(how)).length;
  const counts = [
    `${count("sent", "found")} sent`,
    count("found") > 0 && `${count("found")} found, not sent again`,
    count("undeliverable") > 0 && `${count("undeliverable")} undeliverable`,
    count("leftOut") > 0 && `${count("leftOut")} left out`,
    pending.length === 0 && "nothing pending",
  ];
  const facts = history.length === 0 ? "" : counts.filter(Boolean).join(" · ");
  if (place === undefined) return facts;
  return [status === "stopped" ? `${place}: tracking stopped` : place, facts].filter(Boolean).join(" · ");
}

export const renderHistory = ({ build, place }: InChannel): Html =>
  html`${place && html`<h4>${place}</h4>`}
    <ol class="history" reversed>
      ${build.history.map(
        ({ what, how, at, reason }) =>
          html`<li class="told-${how}">
            ${what}
            <span class="how">${hows[how]} at ${renderClock(at)}${reason && html`: ${reason}`}</span>
          </li>`,
      )}
    </ol>`;

export const renderAction = (
  { build, place }: InChannel,
  action: "stop" | "redeliver",
  label: string,
): Html => {
  const {
    buildId,
    settings: { channel },
  } = build;
  return html`<form method="post" action="/page/builds/${action}">
    <input type="hidden" name="buildId" value="${buildId}" />
    <input type="hidden" name="channel" value="${channel}" />
    <button class="small" aria-label="${label}: ${buildId} in ${channel}">
      ${place === undefined ? label : `${label} in ${place}`}
    </button>
  </form>`;
};

export const historyId = ({ buildId, settings }: BuildView): string => `told-${buildId}-${settings.channel}`;
