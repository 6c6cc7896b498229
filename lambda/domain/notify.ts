import type { MessageContent } from "./delivery.ts";
import { isFailedState, isFailure, type Outcome } from "./outcome.ts";
import { isQueued } from "./phase.ts";
import type { Transition } from "./transition.ts";

/**
 * Which messages a registration wants: `all` a message for each transition · `progress` the same without the transitions
 * of a phase that only waits · `failures` only messages about failures · `end` only how the build ended.
 */
export type Notify = "all" | "progress" | "failures" | "end";

/** Whether the card is there from the beginning, and not only with the first message. */
export const showsProgress = (notify: Notify): boolean => notify === "all" || notify === "progress";

/**
 * Whether the setting wants a message. Messages that are not about the build's progress are always wanted: the build is
 * abandoned, changes were left out, nothing can be read. Without them a silent channel would look healthy.
 */
export function isWanted(notify: Notify, content: MessageContent): boolean {
  switch (content.kind) {
    case "caughtUp":
      return isWantedOf(notify, content.transitions, content.outcome);
    case "transition":
      return isWantedOf(notify, [content.transition], content.outcome);
    case "ended":
      return isWantedOf(notify, [], content.outcome);
    case "abandoned":
    case "omitted":
    case "jobUnknown":
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
    case "progress":
      return outcome !== undefined || transitions.some(({ to }) => !isQueued(to));
    case "failures":
      return isFailure(outcome) || transitions.some(({ to }) => isFailedState(to));
    case "end":
      return outcome !== undefined;
  }
}
