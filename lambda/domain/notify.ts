import type { MessageContent } from "./delivery.ts";
import { isFailedState, isFailure, type Outcome } from "./outcome.ts";
import type { Transition } from "./transition.ts";

/**
 * Which messages a registration wants: `all` a message for each transition, and a card from the beginning · `failures`
 * only messages about failures · `end` only how the build ended.
 */
export type Notify = "all" | "failures" | "end";

/**
 * Whether the setting wants a message. Messages that are not about the build's progress are always wanted: somebody
 * pressed a button, the build is abandoned, changes were left out, nothing can be read. Without them a silent channel would look healthy.
 */
export function isWanted(notify: Notify, content: MessageContent): boolean {
  switch (content.kind) {
    case "caughtUp":
      return isWantedOf(notify, content.transitions, content.outcome);
    case "transition":
      return isWantedOf(notify, [content.transition], content.outcome);
    case "ended":
      return isWantedOf(notify, [], content.outcome);
    case "action":
    case "abandoned":
    case "omitted":
    case "jobUnreadable":
    case "outOfReach":
    case "backInReach":
      return true;
  }
}

function isWantedOf(
  notify: Notify,
  transitions: readonly Transition[],
  outcome: Outcome | undefined,
): boolean {
  switch (notify) {
    case "all":
      return true;
    case "failures":
      return isFailure(outcome) || transitions.some(({ to }) => isFailedState(to));
    case "end":
      return outcome !== undefined;
  }
}
