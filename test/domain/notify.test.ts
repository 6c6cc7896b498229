import { expect, test } from "@jest/globals";
import type { MessageContent } from "../../lambda/domain/delivery.ts";
import { isWanted, type Notify } from "../../lambda/domain/notify.ts";
import type { Outcome } from "../../lambda/domain/outcome.ts";

const moved = (to: string, outcome?: Outcome): MessageContent => ({
  kind: "transition",
  transition: { phase: "Build", from: "Building", to, at: 0 },
  ...(outcome && { outcome }),
});
const caughtUp = (to: string, outcome?: Outcome): MessageContent => ({
  kind: "caughtUp",
  transitions: [{ phase: "Build", from: "NotStarted", to, at: 0 }],
  ...(outcome && { outcome }),
});

test.each<[string, MessageContent, Notify[]]>([
  ["a phase that waits", moved("Queuing"), ["all"]],
  ["a phase that waits again, because it was retried", moved("NotStarted"), ["all"]],
  ["a phase in a state that is not documented", moved("Napping"), ["all", "progress"]],
  ["the first poll of a build that waits", caughtUp("Queuing"), ["all"]],
  ["a phase that goes on", moved("Pushing"), ["all", "progress"]],
  ["a phase that fails while others still run", moved("Failed"), ["all", "progress", "failures"]],
  ["a build that failed", moved("Failed", "failed"), ["all", "progress", "failures", "end"]],
  ["a build that timed out", moved("Timeout", "timedOut"), ["all", "progress", "failures", "end"]],
  ["a build that succeeded", moved("Successful", "succeeded"), ["all", "progress", "end"]],
  ["a build that somebody cancelled", moved("Cancel", "cancelled"), ["all", "progress", "end"]],
  [
    "an end without a transition",
    { kind: "ended", outcome: "failed" },
    ["all", "progress", "failures", "end"],
  ],
  ["a success without a transition", { kind: "ended", outcome: "succeeded" }, ["all", "progress", "end"]],
  ["the first poll of a running build", caughtUp("Building"), ["all", "progress"]],
  ["the first poll of a build with a failed phase", caughtUp("Failed"), ["all", "progress", "failures"]],
  ["the first poll of a failed build", caughtUp("Failed", "failed"), ["all", "progress", "failures", "end"]],
  [
    "the end of tracking, because silence would look like health",
    { kind: "abandoned", reason: "unchanged" },
    ["all", "progress", "failures", "end"],
  ],
])("%s", (_, content, wanted) => {
  expect(
    (["all", "progress", "failures", "end"] as const).filter((notify) => isWanted(notify, content)),
  ).toEqual(wanted);
});
