import type { ToldEnds } from "../domain/row.ts";
import { table } from "../names.ts";
import { format, notUnderstood, type Item, type Key } from "./item.ts";

/** How a job's builds ended that a channel was told: an item for each job and channel, and none of them in the index. */

const partition = "ends/";
/** A channel that is told no build of the job for so long begins anew. */
const keepMillis = 90 * 24 * 3_600_000;

export const keyOfEnds = ({ jobId, channel }: Pick<ToldEnds, "jobId" | "channel">): Key => ({
  pk: partition + jobId,
  sk: channel,
});

/** The item at the next version. */
export const itemOfEnds = (ends: ToldEnds, now: number): Item => ({
  ...keyOfEnds(ends),
  kind: "ends",
  format,
  version: ends.version + 1,
  ends: ends.ends,
  earlier: ends.earlier,
  [table.timeToLive]: Math.ceil((now + keepMillis) / 1000),
});

/** @throws {Error} if this version does not understand the item */
export function endsOf(item: Item): ToldEnds {
  if (!isStoredEnds(item)) throw notUnderstood(item, "its format is another one, or it has no ends");
  const { pk, sk, version, ends, earlier } = item;
  return { jobId: pk.slice(partition.length), channel: sk, version, ends, ...(earlier && { earlier }) };
}

type StoredEnds = Item & Key & Pick<ToldEnds, "version" | "ends" | "earlier">;

/** Only this product writes items, so the main fields are enough. */
const isStoredEnds = (item: Item): item is StoredEnds =>
  item["format"] === format && typeof item["version"] === "number" && Array.isArray(item["ends"]);
