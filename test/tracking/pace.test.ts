import { expect, test } from "@jest/globals";
import { createPace } from "../../lambda/tracking/pace.ts";
import { minute } from "./scene.ts";

const second = 1_000;
const start = 1_000_000;
const asking = (name: string, posts: number, urgent = false) => ({ channel: "C1", name, posts, urgent });
const slotsAt = (pace: ReturnType<typeof createPace>, now: number) =>
  pace.reserve(asking("b1", 6), now, now + 10 * second).map((slot) => (slot - now) / second);

test("a channel takes a short burst, then one post a second", () => {
  expect(slotsAt(createPace(), start)).toEqual([0, 0, 0, 0, 1, 2]);
});

test("what was taken before is taken into account", () => {
  const pace = createPace();
  pace.reserve(asking("b1", 4), start, start);
  expect(slotsAt(pace, start + 2 * second)).toEqual([0, 0, 1, 2, 3, 4]);
});

test("a pause that Slack asked for is kept, and followed by no burst", () => {
  const pace = createPace();
  pace.pause("C1", start + 3 * second, "429");
  expect(pace.isPaused("C1", start)).toBe(true);
  expect(slotsAt(pace, start)).toEqual([3, 4, 5, 6, 7, 8]);
});

test("ten minutes later bursts are taken again", () => {
  const pace = createPace();
  pace.pause("C1", start, "429");
  expect(slotsAt(pace, start + 9 * minute)).toEqual([0, 1, 2, 3, 4, 5]);
  expect(slotsAt(pace, start + 10 * minute)).toEqual([0, 0, 0, 0, 1, 2]);
});

test("another channel is not held up", () => {
  const pace = createPace();
  pace.pause("C2", start + minute, "429");
  expect(slotsAt(pace, start)).toEqual([0, 0, 0, 0, 1, 2]);
});

test("the last quarter of a minute's edits is left to failures and ends", () => {
  const pace = createPace();
  pace.begin(8);
  const taken = (urgent: boolean, now = start) => Array.from({ length: 9 }, () => pace.takeEdit(urgent, now));
  expect(taken(false).filter(Boolean)).toHaveLength(6);
  expect(taken(true).filter(Boolean)).toHaveLength(2);
  expect(taken(false, start + minute).filter(Boolean)).toHaveLength(6);
});

test("an edit that waits for posts before it counts in the minute in which it is made", () => {
  const pace = createPace();
  pace.begin(1);
  expect(pace.takeEdit(true, start, start + 15 * second)).toBe(true);
  expect(pace.takeEdit(true, start + minute)).toBe(false);
  expect(pace.takeEdit(true, start + minute + 15 * second)).toBe(true);
});
