import type { MessageContent } from "./delivery.ts";
import { isFailedState, isFailure, type Outcome } from "./outcome.ts";
import { isQueued } from "./phase.ts";
import { isChange, type Row } from "./row.ts";
import type { Transition } from "./transition.ts";

/**
 * Which messages a registration wants: `all` a message for each transition, and a card from the beginning · `progress` the
 * same without the transitions of a phase that only waits · `changes` only a failure after a success, and a success after a
 * failure · `failures` only messages about failures · `end` only how the build ended.
 */
export type Notify = "all" | "progress" | "changes" | "failures" | "end";

/** What a registration wants of a build's messages. */
export interface Wish {
  notify: Notify;
  /** Whether a message is wanted when the build takes longer than usual. */
  tellSlow: boolean;
  /** The row before the build. It is known at the build's end. */
  row?: Row | undefined;
}

/** Whether the card is there from the beginning, and not only with the first message. */
export const showsProgress = (notify: Notify): boolean => notify === "all" || notify === "progress";

/**
 * Whether the settings want a message. Messages that are not about the build's progress are always wanted: somebody
 * pressed a button, the build is abandoned, changes were left out, nothing can be read. Without them a silent channel
 * would look healthy.
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
      return wish.tellSlow && (showsProgress(wish.notify) || wish.notify === "failures");
    case "action":
    case "abandoned":
    case "omitted":
    case "jobUnreadable":
    case "outOfReach":
    case "backInReach":
    case "digest":
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
    case "progress":
      return outcome !== undefined || transitions.some(({ to }) => !isQueued(to));
    case "changes":
      return isChange(outcome, row);
    case "failures":
      return isFailure(outcome) || transitions.some(({ to }) => isFailedState(to));
    case "end":
      return outcome !== undefined;
  }
}
