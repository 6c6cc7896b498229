import { expect, test } from "@jest/globals";
import { inTurn } from "../../lambda/tracking/turns.ts";

const shards = Array.from({ length: 16 }, (_, shard) => shard);

test.each([1, 2, 3, 4, 5])(
  "of 16 shards each is the first one within 80 rotations, if only every %i. one is made",
  (step) => {
    for (let start = 29_000_000; start < 29_002_000; start += 17) {
      const rotations = Array.from({ length: 80 }, (_, each) => start + each * step);
      const first = new Set(rotations.map((rotation) => inTurn(shards, rotation, "shards")[0]));
      expect(first.size).toBe(shards.length);
    }
  },
);

test("each rotation has all elements in their order, from another one on", () => {
  const letters = ["a", "b", "c"];
  const rotations = Array.from({ length: 9 }, (_, rotation) => inTurn(letters, rotation, "jobs").join(""));
  expect(new Set(rotations)).toEqual(new Set(["abc", "bca", "cab"]));
  expect(inTurn([], 7, "channels")).toEqual([]);
});
