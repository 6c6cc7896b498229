import type { DigestEntry } from "../domain/digest.ts";
import { table } from "../names.ts";
import { format, type Item, type Key } from "./item.ts";

/** What a channel's digest counts: a small item for each ended build, all of a channel in one partition, and none in the index. */

const partition = "digest/";
/** A digest may be told a week late, and compares its week with the one before. */
const keepMillis = 22 * 24 * 3_600_000;

export const partitionOfDigest = (channel: string): string => partition + channel;

export const keyOfEntry = (channel: string, { buildId }: DigestEntry): Key => ({
  pk: partitionOfDigest(channel),
  sk: buildId,
});

export const itemOfEntry = (channel: string, entry: DigestEntry): Item => ({
  ...keyOfEntry(channel, entry),
  kind: "digestEntry",
  format,
  entry,
  [table.timeToLive]: Math.ceil((entry.at + keepMillis) / 1000),
});

/** Undefined if this version does not understand the item. Only this product writes items, so the main fields are enough. */
export const entryOfItem = (item: Item): DigestEntry | undefined =>
  isStoredEntry(item) ? item.entry : undefined;

const isStoredEntry = (item: Item): item is Item & { entry: DigestEntry } => {
  const { format: itemFormat, entry } = item;
  if (itemFormat !== format || typeof entry !== "object" || entry === null) return false;
  return "at" in entry && typeof entry.at === "number" && "outcome" in entry;
};
