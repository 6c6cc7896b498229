import type { Committer } from "../domain/committer.ts";
import { table } from "../names.ts";
import { format, notUnderstood, type Item, type Key } from "./item.ts";

/** The committers' names: an item for each, in one partition, so that one query lists them. None of them is in the index. */

export const committersKey = "committers";
/** A name without a link is kept for so long, so that its hint is not repeated. */
const keepMillis = 365 * 24 * 3_600_000;

export const committerKey = (name: string): Key => ({ pk: committersKey, sk: name });

/** The item at the next version. */
export const itemOfCommitter = ({ name, version, link, hintedBy }: Committer, now: number): Item => ({
  ...committerKey(name),
  kind: "committer",
  format,
  version: version + 1,
  link,
  hintedBy,
  [table.timeToLive]: link ? undefined : Math.ceil((now + keepMillis) / 1000),
});

/** @throws {Error} if this version does not understand the item */
export function committerOf(item: Item): Committer {
  if (!isStored(item)) throw notUnderstood(item, "its format or its version is another one");
  const { sk: name, version, link, hintedBy } = item;
  return { name, version, ...(link && { link }), ...(hintedBy !== undefined && { hintedBy }) };
}

type StoredCommitter = Item & Key & Omit<Committer, "name">;

/** Only this product writes items, so the main fields are enough. */
const isStored = (item: Item): item is StoredCommitter =>
  item["format"] === format && typeof item["version"] === "number";
