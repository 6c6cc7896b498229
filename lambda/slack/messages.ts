import type { Build } from "../domain/build.ts";
import type { Message } from "../domain/delivery.ts";
import { byKind, type Feed } from "../domain/feed.ts";
import { isFailure, type Outcome } from "../domain/outcome.ts";
import { durationOfPhase } from "../domain/duration.ts";
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
import { wordingIn, type Wording } from "./wording/wording.ts";

/** Twice in a message beside a log's tail, and doubled by JSON, the lines stay under 12,000 characters in all. */
const listChars = 1_600;

/** A message of the feed; an urgent one mentions whom the registration names. */
export function renderMessage(feed: Feed, message: Message, settings: RenderSettings): Rendered {
  const words = wordingIn(settings.language);
  return byKind(feed, {
    build: (build) => renderOfBuild(build, message, settings, words),
    notices: () => renderNotice(message, words),
  });
}

function renderNotice(message: Message, words: Wording): Rendered {
  const text = renderLines(message, undefined, words).join("\n");
  return { text, blocks: [section(text)] };
}

function renderOfBuild(build: Build, message: Message, settings: RenderSettings, words: Wording): Rendered {
  const outcome = outcomeOf(message);
  const mentions = isUrgent(build, message) ? renderMentions(build) : [];
  const ending = outcome ? [words.endings[outcome], ...renderTook(build, words)] : [];
  const title = renderTitle(build, words);
  // The mentions and the end stand first where a list follows, so that no limit cuts them off.
  const lines = fitLines(
    [...mentions, ...ending, ...renderLines(message, build, words)],
    listChars,
    words.more,
  );
  const log = isFailure(outcome) ? renderLogTail(build, words) : "";
  // A build that was over when it was first looked at has no times of its phases.
  const times = (show: Show) =>
    outcome && message.kind !== "caughtUp" ? renderPhaseTimes(build, words, show) : [];
  // Without a card nothing else says what was built, and where to see it.
  const facts = build.delivery.card ? [] : [...renderFacts(build, words), renderLink(build, settings, words)];
  return {
    text: [title, lines, ...times(literal).map((cells) => cells.join(" ")), log, facts.join(" · ")]
      .filter(Boolean)
      .join("\n"),
    blocks: [
      section(lines),
      ...(log ? [section(log)] : []),
      ...renderTable(times(escapeText), words),
      context([title, words.observed(renderTime(message.at)), ...facts].join(" · ")),
    ],
  };
}

const outcomeOf = (message: Message): Outcome | undefined =>
  "outcome" in message ? message.outcome : undefined;

/**
 * Whether the message is a failure that people must notice: it is broadcast and mentions them.
 * What the first observation finds pings nobody: that build was over before anybody followed it.
 */
export function isUrgent(feed: Feed, message: Message): boolean {
  return byKind(feed, { build: (build) => isUrgentOfBuild(build, message), notices: () => false });
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
    case "omitted":
    case "outOfReach":
    case "backInReach":
      return false;
  }
}

/** What the message says beside an end. */
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
    case "abandoned":
      return [words.abandonments[message.reason]];
    case "omitted":
      return [words.omitted(message.count)];
    case "outOfReach":
      return [words.outOfReach(renderFailure(message.reason, words), renderTime(message.since))];
    case "backInReach":
      return [words.backInReach(renderTime(message.since))];
  }
}

function renderTransition(
  { phase, from, to, lasted }: Transition,
  build: Build | undefined,
  words: Wording,
): string {
  const [before, after] = [from, to].map((state) => translate(words.states, state, 40)) as [string, string];
  const line = words.transition(symbolOf(to), bold(translate(words.phases, phase, 100)), before, after);
  const duration = build && lasted && renderLasted(durationOfPhase({ lasted }, build), words);
  return duration === undefined ? line : line + words.after(duration);
}

/** More would not fit into a message. */
const maxMentions = 40;

function renderMentions({ registration }: Build): string[] {
  const mentions = registration.mention.slice(0, maxMentions).flatMap((id) => {
    if (/^[UW][A-Z0-9]{1,20}$/.test(id)) return [`<@${id}>`];
    return /^S[A-Z0-9]{1,20}$/.test(id) ? [`<!subteam^${id}>`] : [];
  });
  return mentions.length === 0 ? [] : [mentions.join(" ")];
}
