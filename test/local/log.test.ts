import { expect, test } from "@jest/globals";
import { createLogRenderer } from "../../local/log.ts";

const minuteMillis = 60_000;

const render = (fields: object) =>
  createLogRenderer(() => 0)(JSON.stringify({ level: "WARN", service: "poll", ...fields }, undefined, 4));

test.each<[string, object, string]>([
  [
    "a warning is its message",
    { message: "build b1: no answer", buildId: "b1", reason: "unavailable" },
    "⚠ build b1: no answer",
  ],
  [
    "a refusal of Slack has the channel and the reason",
    { message: "The channel refuses a message", feed: "build b1", channel: "C1", reason: "is_archived" },
    "⚠ The channel refuses a message\n    C1: is_archived",
  ],
  [
    "an error has its message, but not its stack",
    { message: "A request failed", error: { name: "Error", message: "no table", stack: ["x.ts:1"] } },
    "⚠ A request failed\n    no table",
  ],
  [
    "a terminal's control characters are left out",
    { message: "build b1: \u001B[2Jx\r\ny\u009B" },
    "⚠ build b1:  [2Jx y ",
  ],
])("%s", (_sentence, fields, expected) => {
  expect(render(fields)).toBe(expected);
});

test.each(["Port 4000 is in use.", '{"message": 1}', "null", ""])(
  "%j is not a line of the log, and does not change",
  (line) => {
    expect(createLogRenderer(() => 0)(line)).toBe(line);
  },
);

test("a repeated line is shown once, also between other lines, and again after ten minutes without it", () => {
  let now = 0;
  const renderLater = createLogRenderer(() => now);
  const shown: (string | undefined)[] = [];
  for (const [minutes, message] of [
    [0, "a"],
    [0, "b"],
    [1, "a"],
    [9, "b"],
    [10, "a"],
    [18, "b"],
    [20, "a"],
  ] as const) {
    now = minutes * minuteMillis;
    shown.push(renderLater(JSON.stringify({ message })));
  }
  expect(shown).toEqual(["⚠ a", "⚠ b", undefined, undefined, undefined, undefined, "⚠ a"]);
});
