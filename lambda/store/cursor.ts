import { createHash } from "node:crypto";

/**
 * A cursor is the place of a page's last entry: texts without spaces. A checksum ties it to its list and to the filters, so
 * that a cursor of another list, or one that no page gave, is noticed.
 * @param list the list's name and its filters
 */
export const formatCursor = (list: List, place: readonly string[]): string =>
  Buffer.from([checksumOf(list, place), ...place].join(" ")).toString("base64url");

/** @throws {RangeError} when no page of this list gave this cursor */
export function parseCursor(list: List, cursor: string): string[] {
  const [, ...place] = Buffer.from(cursor, "base64url").toString().split(" ");
  if (formatCursor(list, place) !== cursor)
    throw new RangeError("The cursor does not come from an earlier page of this list.");
  return place;
}

export type List = readonly [name: string, ...filters: (string | undefined)[]];

const checksumOf = (list: List, place: readonly string[]): string =>
  createHash("sha256")
    .update(JSON.stringify([list, place]))
    .digest("base64url")
    .slice(0, 12);
