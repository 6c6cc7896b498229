import { expect, test } from "@jest/globals";
import { didYouMean, nearest } from "../../command/nearest.ts";

const names = ["huaweiRegion", "defaultChannel", "shards", "keepDays", "apiBurst"];

test.each([
  ["a letter that is missing", "defaultChanel", "defaultChannel"],
  ["a letter too many", "shardss", "shards"],
  ["another letter", "keepDags", "keepDays"],
  ["two letters in the wrong order", "huaweiRegoin", "huaweiRegion"],
  ["large letters for small ones", "APIBURST", "apiBurst"],
  ["the name itself", "shards", "shards"],
  ["a name that is half another", "api", undefined],
  ["another word", "colour", undefined],
  ["nothing", "", undefined],
  ["more than anybody types", "shards".repeat(100_000), undefined],
])("%s", (_what, typed, name) => {
  expect(nearest(typed, names)).toBe(name);
});

test("ends a sentence", () => {
  expect(`shard is not a setting${didYouMean("shard", names)}`).toBe(
    "shard is not a setting; did you mean shards?",
  );
  expect(`colour is not a setting${didYouMean("colour", names)}`).toBe("colour is not a setting.");
});
