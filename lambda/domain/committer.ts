import { isMessageWanted, type Build } from "./build.ts";
import { isFailure } from "./outcome.ts";
import { isVisible } from "./visible.ts";

/** Which Slack user commits under which name. Every decision here is pure; `tracking/committers.ts` stores what it decides. */

/** What is known of a committer's name. */
export interface Committer {
  /** As {@link committerName} makes it. */
  name: string;
  /** 0 for one that was never saved. */
  version: number;
  link?: CommitterLink;
  /** The registration whose message had the hint how to link the name. */
  hintedBy?: string;
}

/** Without `linkedAt` it is a proposal of the API, and mentions nobody until the user confirms it. */
export interface CommitterLink {
  /** The id of a Slack user. */
  user: string;
  /** When the API proposed it; absent if nobody did. */
  askedAt?: number;
  /** When the user made or confirmed it. */
  linkedAt?: number;
}

/** Whom a failure names: a linked user, or the committer's name with or without the hint how to link it. */
export type NamedCommitter = { user: string } | { name: string; hint?: true };

/** The word in a registration's `mention` for whoever made the commit. */
export const committerWord = "committer";

/** In UTF-16 code units. ServiceStage's texts are cut to it. */
export const committerLength = 100;

/**
 * The name by which a committer is known: upper and lower case, the form of accents and the number of spaces make no
 * difference. Quotation marks and backticks don't count, because a command can't contain them.
 * @returns undefined for a text that can't be a name
 */
export function committerName(text: string): string | undefined {
  const name = text
    .toWellFormed()
    .toLowerCase()
    .normalize("NFC")
    .replaceAll(/["“”`]/g, "")
    .replaceAll(/[\s\p{Cc}]+/gu, " ")
    .trim();
  return isVisible(name) && name.length <= committerLength ? name : undefined;
}

/** The committer as a failed build's last message is to name it; undefined if the settings don't want that. */
export function committerToName(build: Build): string | undefined {
  const { registration, details, delivery } = build;
  const last = delivery.outbox.at(-1);
  const tellsFailure = last !== undefined && "outcome" in last && isFailure(last.outcome);
  return registration.mention.includes(committerWord) && tellsFailure && isMessageWanted(build, last)
    ? details?.committer
    : undefined;
}

export const unknownCommitter = (name: string): Committer => ({ name, version: 0 });

/**
 * What a change makes of a committer; the very same object if nothing changes, and undefined if it is refused, because the
 * name is linked to another user.
 */
export type CommitterChange = (known: Committer, now: number) => Committer | undefined;

/** The user links the name to himself or herself, or confirms a proposal. Another user's proposal does not stand in the way. */
export const linkTo =
  (user: string): CommitterChange =>
  (known, now) => {
    const { link } = known;
    if (link?.linkedAt !== undefined) return link.user === user ? known : undefined;
    const asked = link?.user === user && link.askedAt !== undefined ? { askedAt: link.askedAt } : {};
    return { ...known, link: { user, ...asked, linkedAt: now } };
  };

/** Proposes a link. The next failure has the hint again, so that the user is asked in Slack. */
export const propose =
  (user: string): CommitterChange =>
  (known, now) => {
    const { link, hintedBy: _again, ...rest } = known;
    if (link?.user === user) return known;
    return link?.linkedAt === undefined ? { ...rest, link: { user, askedAt: now } } : undefined;
  };

/** Ends a link, or declines a proposal. @param user only of this user; by default of any */
export const unlink =
  (user?: string): CommitterChange =>
  (known) => {
    const { link, ...rest } = known;
    return link && (user ?? link.user) === link.user ? rest : undefined;
  };

/**
 * How the message of a registration names a committer. Only the first one of a name has the hint, and the same message
 * always has it again.
 * @returns what to store before the message is recorded: the very same object if nothing changes
 */
export function nameIn(
  known: Committer,
  shown: string,
  registrationId: string,
  mayHint: boolean,
): { named: NamedCommitter; next: Committer } {
  const { link, hintedBy = mayHint ? registrationId : undefined } = known;
  if (link?.linkedAt !== undefined) return { named: { user: link.user }, next: known };
  const named = { name: shown, ...(hintedBy === registrationId && { hint: true as const }) };
  return { named, next: hintedBy === known.hintedBy ? known : { ...known, hintedBy: registrationId } };
}
