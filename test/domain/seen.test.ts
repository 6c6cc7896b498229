import { expect, test } from "@jest/globals";
import { hasSeen, seenHash } from "../../lambda/domain/seen.ts";

test("a hash is six bytes, the same for the same id", () => {
  expect(seenHash("0f7fqckzmjcfi0f7yxhx91l2rwrfyzd2poac90b5")).toMatch(/^[0-9a-f]{12}$/);
  expect(seenHash("b1")).toBe(seenHash("b1"));
});

test("200,000 ids that differ in little have different hashes", () => {
  const ids = Array.from({ length: 100_000 }, (_, index) => `0f7fqckzmjcfi0f7yxhx91l2rwrfyzd2poa${index}`);
  const hashes = new Set([...ids, ...ids.map((id) => id.toUpperCase())].map(seenHash));
  expect(hashes.size).toBe(200_000);
});

test("both halves of the hash tell ids apart on their own", () => {
  const hashes = Array.from({ length: 2_000 }, (_, index) => seenHash(`b${index}`));
  expect(new Set(hashes.map((hash) => hash.slice(0, 6))).size).toBeGreaterThan(1_990);
  expect(new Set(hashes.map((hash) => hash.slice(6))).size).toBeGreaterThan(1_990);
});

test("nothing is seen where the list is not known", () => {
  expect(hasSeen(undefined, "b1")).toBe(false);
  expect(hasSeen([seenHash("b1")], "b1")).toBe(true);
});
