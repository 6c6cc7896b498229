import type { MessageContent } from "./delivery.ts";
import type { Outcome } from "./outcome.ts";

/**
 * What a registration wants to be told: `all` every transition, on a card that lives as the build goes · `failures`
 * what goes wrong, and nothing of a build that goes well · `end` how the build ended.
 */
export type Notify = "all" | "failures" | "end";

const failedStates = new Set(["Failed", "Timeout"]);

export const isFailure = (outcome: Outcome | undefined): boolean =>
  outcome === "failed" || outcome === "timedOut";

/**
 * Whether the setting lets a message be told. That a build is given up, or something of it left out, always is: silence
 * would look like health.
 */
export function isWanted(notify: Notify, content: MessageContent): boolean {
  if (notify === "all" || content.kind === "abandoned" || content.kind === "omitted") return true;
  const outcome = "outcome" in content ? content.outcome : undefined;
  if (notify === "end") return outcome !== undefined;
  return isFailure(outcome) || transitionsOf(content).some(({ to }) => failedStates.has(to));
}

function transitionsOf(content: MessageContent) {
  if (content.kind === "transition") return [content.transition];
  return content.kind === "caughtUp" ? content.transitions : [];
}
