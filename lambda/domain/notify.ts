import type { MessageContent } from "./delivery.ts";
import { isFailedState, isFailure, type Outcome } from "./outcome.ts";
import type { Transition } from "./transition.ts";

/**
 * What a registration wants to be told: `all` every transition, on a card that lives as the build goes · `failures`
 * what goes wrong, and nothing of a build that goes well · `end` how the build ended.
 */
export type Notify = "all" | "failures" | "end";

/**
 * Whether the setting lets a message be told. Whatever is not about the build's progress always is (that the build is
 * given up, that something of it is left out, that nothing can be read): silence would look like health.
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
    case "failures":
      return isFailure(outcome) || transitions.some(({ to }) => isFailedState(to));
    case "end":
      return outcome !== undefined;
  }
}
