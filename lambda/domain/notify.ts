import type { MessageContent } from "./delivery.ts";
import { isFailedState, isFailure, type Outcome } from "./outcome.ts";
import { isChange, type Row } from "./row.ts";
import type { Transition } from "./transition.ts";

/**
 * Which messages a registration wants: `all` a message for each transition, and a card from the beginning · `changes` only
 * a failure after a success, and a success after a failure · `failures` only messages about failures · `end` only how the
 * build ended.
 */
export type Notify = "all" | "changes" | "failures" | "end";

/** What a registration wants of a build's messages. */
export interface Wish {
  notify: Notify;
  /** Whether a message is wanted when the build takes longer than usual. */
  tellSlow: boolean;
  /** The row before the build. It is known at the build's end. */
  row?: Row | undefined;
}

/**
 * Whether the settings want a message. Messages that are not about the build's progress are always wanted: the build is
 * abandoned, changes were left out, nothing can be read. Without them a silent channel would look healthy.
 */
export function isWanted(wish: Wish, content: MessageContent): boolean {
  switch (content.kind) {
    case "caughtUp":
      return isWantedOf(wish, content.transitions, content.outcome);
    case "transition":
      return isWantedOf(wish, [content.transition], content.outcome);
    case "ended":
      return isWantedOf(wish, [], content.outcome);
    case "slow":
      return wish.tellSlow && (wish.notify === "all" || wish.notify === "failures");
    case "abandoned":
    case "omitted":
    case "jobUnreadable":
    case "outOfReach":
    case "backInReach":
      return true;
  }
}

function isWantedOf(
  { notify, row }: Wish,
  transitions: readonly Transition[],
  outcome: Outcome | undefined,
): boolean {
  switch (notify) {
    case "all":
      return true;
    case "changes":
      return isChange(outcome, row);
    case "failures":
      return isFailure(outcome) || transitions.some(({ to }) => isFailedState(to));
    case "end":
      return outcome !== undefined;
  }
}
