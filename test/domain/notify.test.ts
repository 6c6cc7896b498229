import { expect, test } from "@jest/globals";
import type { MessageContent } from "../../lambda/domain/delivery.ts";
import { isWanted, type Notify } from "../../lambda/domain/notify.ts";
import type { Outcome } from "../../lambda/domain/outcome.ts";
import type { Row } from "../../lambda/domain/row.ts";

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

const notifications = ["all", "progress", "changes", "failures", "end"] as const;
const succeededBefore: Row = { of: "successes", builds: 2 };
const failedBefore: Row = { of: "failures", builds: 2 };
const slow: MessageContent = { kind: "slow", startedAt: 0, medianMillis: 60_000 };

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
    ["all", "progress", "changes", "failures", "end"],
  ],
  ["a build that takes longer than usual", slow, ["all", "progress", "failures"]],
])("%s", (_, content, wanted) => {
  const row = "outcome" in content && content.outcome !== "succeeded" ? failedBefore : succeededBefore;
  expect(notifications.filter((notify) => isWanted({ notify, tellSlow: true, row }, content))).toEqual(
    wanted,
  );
});

test.each<[string, MessageContent, Row | undefined, boolean]>([
  ["a failure after a success", moved("Failed", "failed"), succeededBefore, true],
  ["a failure after a failure", moved("Failed", "failed"), failedBefore, false],
  ["a success after a failure", moved("Successful", "succeeded"), failedBefore, true],
  ["a success after a success", moved("Successful", "succeeded"), succeededBefore, false],
  ["a cancelled build after a failure", moved("Cancel", "cancelled"), failedBefore, false],
  ["a failure if nothing is known of the builds before", moved("Failed", "failed"), undefined, true],
  ["a success if nothing is known of the builds before", moved("Successful", "succeeded"), undefined, false],
  ["a failure that the first poll finds", caughtUp("Failed", "failed"), succeededBefore, true],
  ["a success without a transition", { kind: "ended", outcome: "succeeded" }, failedBefore, true],
  ["a phase that fails while others still run", moved("Failed"), succeededBefore, false],
])("of the changes: %s", (_, content, row, wanted) => {
  expect(isWanted({ notify: "changes", tellSlow: true, row }, content)).toBe(wanted);
});

test("without tellSlow, nothing is sent about a build that takes longer than usual", () => {
  expect(notifications.filter((notify) => isWanted({ notify, tellSlow: false }, slow))).toEqual([]);
});
