import { describe, expect, test } from "@jest/globals";
import { escapeText, fitLines, literal, renderDuration, renderTime } from "../../lambda/slack/text.ts";
import { en } from "../../lambda/slack/wording/en.ts";

const more = (left: number) => `… ${left} more`;

describe("text from outside", () => {
  test.each([
    ["mentions nobody", "<!channel> & <@U1>", "&lt;!channel&gt; &amp; &lt;@U1&gt;"],
    ["stays on one line", "a\nb\r\n\u2028c\td", "a b c d"],
    ["begins no code block", "```", "'''"],
    ["does not change the direction of the line", "a\u202Eb", "a b"],
    ["is never empty", "\n", "?"],
    ["is never invisible", "\u200B\u2060\u3164\u2800", "?"],
    ["has a replacement for half a character", "a\uD83D", "a\uFFFD"],
  ])("%s", (_, text, escaped) => {
    expect(escapeText(text)).toBe(escaped);
  });

  test("is cut to its limit, also in code", () => {
    expect(literal(`*${"a".repeat(100)}`, 20)).toHaveLength(20);
    expect(literal(`*${"&".repeat(100)}`, 20).length).toBeLessThanOrEqual(20);
  });

  test("is cut between characters, and its escaped length counts", () => {
    expect(escapeText("&&&&", 12)).toBe("&amp;&amp;…");
    expect(escapeText("👍👍👍", 5)).toBe("👍👍…");
  });
});

test.each([
  [0, "0 s"],
  [-5, "0 s"],
  [45_400, "45 s"],
  [60_000, "1 min"],
  [130_000, "2 min 10 s"],
  [3_900_000, "1 h 5 min"],
  [93_600_000, "26 h"],
])("%i ms reads as %s", (millis, text) => {
  expect(renderDuration(millis, en)).toBe(text);
});

test("a time is shown in the reader's own zone, and the fallback is in UTC", () => {
  expect(renderTime(Date.UTC(2026, 10, 23, 15))).toBe(
    "<!date^1795446000^{date_short_pretty}, {time_secs}|2026-11-23 15:00:00 UTC>",
  );
});

describe("lines that don't fit", () => {
  test("are counted at the end", () => {
    expect(fitLines(["one", "two", "three", "four"], 16, more)).toBe("one\ntwo\n… 2 more");
  });

  test("that fit are all shown", () => {
    expect(fitLines(["one", "two"], 7, more)).toBe("one\ntwo");
  });
});
