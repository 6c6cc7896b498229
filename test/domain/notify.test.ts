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
  ["a phase that goes on", moved("Pushing"), ["all"]],
  ["a phase that fails while others still run", moved("Failed"), ["all", "failures"]],
  ["a build that failed", moved("Failed", "failed"), ["all", "failures", "end"]],
  ["a build that timed out", moved("Timeout", "timedOut"), ["all", "failures", "end"]],
  ["a build that succeeded", moved("Successful", "succeeded"), ["all", "end"]],
  ["a build that somebody cancelled", moved("Cancel", "cancelled"), ["all", "end"]],
  ["an end without a transition", { kind: "ended", outcome: "failed" }, ["all", "failures", "end"]],
  ["a success without a transition", { kind: "ended", outcome: "succeeded" }, ["all", "end"]],
  ["the first poll of a running build", caughtUp("Building"), ["all"]],
  ["the first poll of a build with a failed phase", caughtUp("Failed"), ["all", "failures"]],
  ["the first poll of a failed build", caughtUp("Failed", "failed"), ["all", "failures", "end"]],
  [
    "the end of tracking, because silence would look like health",
    { kind: "abandoned", reason: "unchanged" },
    ["all", "failures", "end"],
  ],
])("%s", (_, content, wanted) => {
  expect((["all", "failures", "end"] as const).filter((notify) => isWanted(notify, content))).toEqual(wanted);
});
