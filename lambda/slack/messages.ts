import type { Build } from "../domain/build.ts";
import type { NamedCommitter } from "../domain/committer.ts";
import type { Message } from "../domain/delivery.ts";
import { byKind, isThreaded, type Feed } from "../domain/feed.ts";
import { isFailure, type Outcome } from "../domain/outcome.ts";
import { durationOfPhase } from "../domain/duration.ts";
import { unknownJob } from "../domain/subscription.ts";
import type { Transition } from "../domain/transition.ts";
import { context, section, type Rendered } from "./blocks.ts";
import { renderFacts, renderFailure, renderTitle, type RenderSettings } from "./card.ts";
import { renderLink } from "./link.ts";
import { renderLogTail, renderPhaseTimes, renderTable, renderTook } from "./summary.ts";
import {
  bold,
  escapeText,
  fitLines,
  literal,
  renderLasted,
  renderTime,
  symbolOf,
  translate,
  type Show,
} from "./text.ts";
import { renderRow, renderSlow } from "./usual.ts";
import { wordingIn, type Wording } from "./wording/wording.ts";

/** A message contains its lines twice, with the end of a log, and JSON may double them: it stays under 12,000 characters. */
const listChars = 1_600;

/** Slack shows when a message was sent. From this delay on, the message also says when its news was observed. */
const lateAfterMillis = 60_000;

/**
 * Renders a message. An urgent message mentions the people that the registration names.
 * @param sentAt epoch milliseconds. Default: at once
 */
export function renderMessage(
  feed: Feed,
  message: Message,
  settings: RenderSettings,
  sentAt = message.at,
): Rendered {
  const words = wordingIn(settings.language);
  const late = sentAt - message.at < lateAfterMillis ? [] : [words.observed(renderTime(message.at))];
  return byKind(feed, {
    build: (build) => renderOfBuild(build, message, late, settings, words),
    notices: () => renderNotice(message, words),
    subscription: () => renderNotice(message, words),
  });
}

function renderNotice(message: Message, words: Wording): Rendered {
  const text = renderLines(message, undefined, words).join("\n");
  return { text, blocks: [section(text)] };
}

function renderOfBuild(
  build: Build,
  message: Message,
  late: string[],
  settings: RenderSettings,
  words: Wording,
): Rendered {
  const outcome = outcomeOf(message);
  const mentions = isUrgent(build, message) ? renderMentions(build, words) : [];
  const ending = outcome ? [words.endings[outcome], ...renderRow(build, words)] : [];
  const took = outcome ? renderTook(build, words).join(" · ") : "";
  const title = renderTitle(build, words);
  // The mentions and the end come before a list, so that no limit cuts them off.
  const lines = fitLines(
    [...mentions, ...ending, ...renderLines(message, build, words)],
    listChars,
    words.more,
  );
  const log = isFailure(outcome) ? renderLogTail(build, words) : "";
  // For a build that ended before the first poll, the times of its phases are not known.
  const times = (show: Show) =>
    outcome && message.kind !== "caughtUp" ? renderPhaseTimes(build, words, show) : [];
  // Without a card, only the message says what was built, and only the message has the link.
  const facts = build.delivery.card ? [] : [...renderFacts(build, words), renderLink(build, settings, words)];
  // In its thread a message stands below its card, which has the title.
  const about = [...(isThreaded(build) ? [] : [title]), ...late, ...facts];
  return {
    text: [title, lines, log, took, ...times(literal).map((cells) => cells.join(" ")), facts.join(" · ")]
      .filter(Boolean)
      .join("\n"),
    blocks: [
      section(lines),
      ...(log ? [section(log)] : []),
      ...(took ? [context(took)] : []),
      ...renderTable(times(escapeText), words),
      ...(about.length > 0 ? [context(about.join(" · "))] : []),
    ],
  };
}

const outcomeOf = (message: Message): Outcome | undefined =>
  "outcome" in message ? message.outcome : undefined;

/**
 * Whether the message is about a failure that people must notice. Such a message is broadcast and mentions people.
 * A failure that the first poll finds mentions no one, because the build ended before it was registered.
 */
export function isUrgent(feed: Feed, message: Message): boolean {
  return byKind(feed, {
    build: (build) => isUrgentOfBuild(build, message),
    notices: () => false,
    subscription: () => false,
  });
}

function isUrgentOfBuild(build: Build, message: Message): boolean {
  switch (message.kind) {
    case "abandoned":
      return true;
    case "transition":
      return isFailure(message.outcome);
    case "ended":
      return isFailure(message.outcome) && message.at !== build.observedAt;
    case "caughtUp":
    case "slow":
    case "omitted":
    case "action":
    case "jobUnreadable":
    case "outOfReach":
    case "backInReach":
      return false;
  }
}

/** The lines of the message, without those about the end. */
function renderLines(message: Message, build: Build | undefined, words: Wording): string[] {
  switch (message.kind) {
    case "transition":
      return [renderTransition(message.transition, build, words)];
    case "caughtUp": {
      const transitions = message.transitions.map((each) => renderTransition(each, build, words));
      return [message.outcome ? words.caughtUpWithEnd : words.caughtUp, ...transitions];
    }
    case "ended":
      return [];
    case "slow":
      return [renderSlow(message.startedAt, message.medianMillis, words)];
    case "abandoned":
      return [words.abandonments[message.reason]];
    case "omitted":
      return [words.omitted(message.count)];
    case "action": {
      const said = words.action[message.result];
      return [said[message.action](renderMention(message.by))];
    }
    case "jobUnreadable":
      return [renderUnreadable(message, words)];
    case "outOfReach":
      return [words.outOfReach(renderFailure(message.reason, words), renderTime(message.since))];
    case "backInReach":
      return [words.backInReach(renderTime(message.since))];
  }
}

function renderUnreadable(
  { job, reason, since }: Extract<Message, { kind: "jobUnreadable" }>,
  words: Wording,
): string {
  const [name, time] = [bold(literal(job)), renderTime(since)];
  return reason === unknownJob
    ? words.jobUnknown(name, time)
    : words.jobUnreadable(name, renderFailure(reason, words), time);
}

function renderTransition(
  { phase, from, to, lasted }: Transition,
  build: Build | undefined,
  words: Wording,
): string {
  const [before, after] = [translate(words.states, from, 40), translate(words.states, to, 40)];
  const line = words.transition(symbolOf(to), bold(translate(words.phases, phase, 100)), before, after);
  const duration = build && lasted && renderLasted(durationOfPhase({ lasted }, build), words);
  return duration === undefined ? line : line + words.after(duration);
}

/** More mentions would not fit into a message. */
const maxMentions = 40;

/** Empty for what is no id of a user or a user group. */
function renderMention(id: string): string {
  if (/^[UW][A-Z0-9]{1,20}$/.test(id)) return `<@${id}>`;
  return /^S[A-Z0-9]{1,20}$/.test(id) ? `<!subteam^${id}>` : "";
}

function renderMentions({ registration, closing = {} }: Build, words: Wording): string[] {
  const mentions = registration.mention.slice(0, maxMentions).map(renderMention).filter(Boolean);
  return [
    ...(mentions.length === 0 ? [] : [mentions.join(" ")]),
    ...(closing.committer ? [renderCommitter(closing.committer, words)] : []),
  ];
}

function renderCommitter(committer: NamedCommitter, words: Wording): string {
  if ("user" in committer) return words.committedBy(renderMention(committer.user));
  const line = words.committedBy(literal(committer.name));
  return committer.hint ? `${line} ${words.committerHint(escapeText(committer.name))}` : line;
}
