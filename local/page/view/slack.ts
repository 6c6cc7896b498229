import { Html, html } from "../../html.ts";
import { buttonsIn } from "../../slack/buttons.ts";
import { renderMessage } from "../../slack/html.ts";
import type { Content } from "../../slack/limits.ts";
import { renderTimeOfDay, type Reader } from "../../slack/date.ts";
import { readable } from "../../slack/print.ts";
import type { Answer } from "../../slack/person.ts";
import type { Channel, StoredMessage } from "../../slack/workspace.ts";
import { exampleOf, renderComposer } from "./composer.ts";

/** A channel as Slack shows it, with a thread for each card. The page's address says which thread is open. */

/** The number of newest cards that are shown. */
const shownAtMost = 30;
/** Of the command above its answer. */
const askedChars = 200;

export const channelId = (id: string): string => `channel-${id}`;

/** @param ts with its dot or without */
export const threadId = (ts: string): string => `thread-${ts.replace(".", "")}`;

export interface ChannelContext {
  /** The workspace's channels, for links to the others. */
  all: readonly Channel[];
  /** The answers that only the person in front of the page sees. */
  answers: readonly Answer[];
  /** The names of the jobs that a command may name. */
  jobs: readonly string[];
}

export function renderChannel(
  { id, name, messages }: Channel,
  { all, answers, jobs }: ChannelContext,
  reader: Reader,
): Html {
  const shown = messages.slice(-shownAtMost);
  const feed = [
    ...shown.flatMap((card) => [
      { ts: card.ts, entry: renderCard(card, id, reader) },
      ...card.replies
        .filter(isBroadcast)
        .map((reply) => ({ ts: reply.ts, entry: renderBroadcast(reply, card, reader) })),
    ]),
    ...answers.map((answer) => ({ ts: answer.ts, entry: renderAnswer(answer, reader) })),
  ];
  return html`<section class="channel" id="${channelId(id)}" aria-label="Channel ${name}">
    ${renderTabs(all, id)}
    <div class="feed" data-follows>
      ${feed.length === 0 && renderInvitation(name, jobs)}
      ${feed.toSorted((a, b) => Number(a.ts) - Number(b.ts)).map(({ entry }) => entry)}
    </div>
    ${renderComposer({ id, name }, jobs)} ${shown.map((card) => renderThread(card, { id, name }, reader))}
  </section>`;
}

const renderInvitation = (name: string, jobs: readonly string[]): Html =>
  html`<p class="empty">
    #${name} has no messages yet. Type <code>${exampleOf(jobs)}</code> below, or start a sample build.
  </p>`;

const renderTabs = (channels: readonly Channel[], current: string): Html =>
  html`<nav class="tabs" aria-label="Channels">
    ${channels.map(
      ({ id, name }) =>
        html`<a href="#${channelId(id)}" ${id === current && html`aria-current="page"`}># ${name}</a>`,
    )}
  </nav>`;

const isBroadcast = ({ subtype }: StoredMessage): boolean => subtype === "thread_broadcast";

function renderCard(card: StoredMessage, channel: string, reader: Reader): Html {
  const deletion = html`<form class="deletion" method="post" action="/page/slack/delete">
    <input type="hidden" name="channel" value="${channel}" />
    <input type="hidden" name="ts" value="${card.ts}" />
    <button class="small" title="Deletes the message, as a person can in Slack">Delete</button>
  </form>`;
  return renderEntry(card, reader, {
    prefix: "card",
    channel,
    aside: deletion,
    foot: renderThreadLink(card),
  });
}

const renderThreadLink = ({ ts, replies }: StoredMessage): Html | undefined =>
  replies.length === 0
    ? undefined
    : html`<a class="replies-link" href="#${threadId(ts)}">
        ${countReplies(replies.length)} <span>View thread</span>
      </a>`;

const renderAnswer = (answer: Answer, reader: Reader): Html =>
  renderEntry(answer, reader, {
    prefix: "answer",
    head: html`<p class="only-you">Only visible to you · <code>${answer.to.slice(0, askedChars)}</code></p>`,
  });

const renderBroadcast = (reply: StoredMessage, card: StoredMessage, reader: Reader): Html =>
  renderEntry(reply, reader, {
    prefix: "broadcast",
    head: html`<p class="replied">
      replied to a thread: <a href="#${threadId(card.ts)}">${readable(card.text).split("\n")[0]}</a>
    </p>`,
  });

function renderThread(card: StoredMessage, { id, name }: Pick<Channel, "id" | "name">, reader: Reader): Html {
  return html`<section class="thread" id="${threadId(card.ts)}" aria-label="Thread">
    <header class="thread-head">
      <h3 tabindex="-1">Thread <span>#${name}</span></h3>
      <a class="close" href="#${channelId(id)}" aria-label="Close the thread">✕</a>
    </header>
    <div class="thread-messages" data-follows>
      ${renderEntry(card, reader, { prefix: "parent", channel: id })}
      <p class="rule"><span>${countReplies(card.replies.length)}</span></p>
      ${card.replies.map((reply, index) =>
        renderEntry(reply, reader, { prefix: "reply", goesOn: isTogether(reply, card.replies[index - 1]) }),
      )}
    </div>
  </section>`;
}

const countReplies = (count: number): string => (count === 1 ? "1 reply" : `${count} replies`);

/** As in Slack, replies of one sender within five minutes stand under one avatar. */
const isTogether = (reply: StoredMessage, before: StoredMessage | undefined): boolean =>
  before?.user === reply.user && Number(reply.ts) - Number(before.ts) < 300;

interface Surroundings {
  /** Part of the element's id, because a message may appear in several places. */
  prefix: string;
  /** Where the message's buttons can be pressed. */
  channel?: string;
  head?: Html;
  aside?: Html;
  foot?: Html | undefined;
  /** The entry before has the avatar and the sender. */
  goesOn?: boolean;
}

function renderEntry(
  message: Pick<StoredMessage, "ts" | "edited"> & Content,
  reader: Reader,
  { prefix, channel, head, aside, foot, goesOn = false }: Surroundings,
): Html {
  const at = new Date(Number(message.ts) * 1_000);
  const time = html`<time datetime="${at.toISOString()}">${renderTimeOfDay(at.getTime(), reader)}</time>`;
  const sender = html`<header class="entry-head">
    <strong>Build Notifier</strong> <span class="app">APP</span> ${time}
    ${message.edited && html`<span class="edited">(edited)</span>`} ${aside}
  </header>`;
  const id = `${prefix}-${message.ts.replace(".", "")}`;
  return html`<article class="entry ${goesOn && "goes-on"}" id="${id}">
    ${goesOn ? time : html`<img class="avatar" src="/page/logo.svg" alt="" width="36" height="36" />`}
    <div class="entry-body">
      ${!goesOn && sender} ${head} ${renderBody(message, id, channel, reader)} ${foot}
    </div>
  </article>`;
}

/** With a form around it if it has buttons to press. */
function renderBody(
  message: Pick<StoredMessage, "ts"> & Content,
  id: string,
  channel: string | undefined,
  reader: Reader,
): Html {
  if (channel === undefined || buttonsIn(message).length === 0) {
    return new Html(renderMessage(message, reader));
  }
  return html`<form method="post" action="/page/slack/press">
    <input type="hidden" name="channel" value="${channel}" />
    <input type="hidden" name="ts" value="${message.ts}" />
    ${new Html(renderMessage(message, { ...reader, buttons: id }))}
  </form>`;
}
