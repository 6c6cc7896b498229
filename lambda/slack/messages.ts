import type { Build } from "../domain/build.ts";
import type { Message } from "../domain/delivery.ts";
import type { Feed } from "../domain/feed.ts";
import type { Outcome } from "../domain/outcome.ts";
import type { Transition } from "../domain/transition.ts";
import { context, listChars, section, type Rendered } from "./blocks.ts";
import { renderFailure, renderTitle } from "./card.ts";
import { escapeText, fitLines, renderDuration, renderTime, symbolOf } from "./text.ts";
import { wording } from "./wording.ts";

/** A message of the feed; an urgent one mentions whom the registration names. */
export function renderMessage(feed: Feed, message: Message): Rendered {
  const mentions = feed.kind === "build" && isUrgent(feed, message) ? renderMentions(feed) : [];
  // The end and the mentions stand first where a list follows, so that no limit cuts them off.
  const lines = [...mentions, ...renderLines(message)];
  const body = fitLines(lines, listChars, wording.more);
  const observed = wording.observed(renderTime(message.at));
  if (feed.kind === "notices") return { text: body, blocks: [section(body)] };
  const title = renderTitle(feed);
  return { text: `${title}\n${body}`, blocks: [section(body), context(`${title} · ${observed}`)] };
}

/**
 * Whether the message is a failure that people must notice: it is broadcast and mentions them.
 * What the first observation finds pings nobody: that build was over before anybody followed it.
 */
export function isUrgent(build: Build, message: Message): boolean {
  switch (message.kind) {
    case "abandoned":
      return true;
    case "transition":
      return isFailure(message.outcome);
    case "ended":
      return isFailure(message.outcome) && message.at !== build.observedAt;
    default:
      return false;
  }
}

const isFailure = (outcome: Outcome | undefined): boolean => outcome === "failed" || outcome === "timedOut";

function renderLines(message: Message): string[] {
  switch (message.kind) {
    case "transition":
      return [...renderEnding(message.outcome), renderTransition(message.transition)];
    case "caughtUp": {
      const introduction = message.outcome ? wording.caughtUpWithEnd : wording.caughtUp;
      return [introduction, ...renderEnding(message.outcome), ...message.transitions.map(renderTransition)];
    }
    case "ended":
      return [wording.ending(message.outcome)];
    case "abandoned":
      return [wording.abandoned(message.reason)];
    case "outOfReach":
      return [wording.outOfReach(renderFailure(message.reason), renderTime(message.since))];
    default:
      return [wording.backInReach(renderTime(message.since))];
  }
}

const renderEnding = (outcome: Outcome | undefined): string[] => (outcome ? [wording.ending(outcome)] : []);

function renderTransition({ phase, from, to, durationMillis }: Transition): string {
  const states = [escapeText(from, 40), escapeText(to, 40)] as const;
  const line = wording.transition(symbolOf(to), escapeText(phase), ...states);
  return durationMillis === undefined ? line : `${line} ${wording.after(renderDuration(durationMillis))}`;
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
