import type { Item } from "../../lambda/store/item.ts";

/**
 * The size of an item as DynamoDB counts it, in bytes. Names and texts count in UTF-8, and numbers by their digits. Binary
 * values count as they are. A boolean has one byte. A list or map has three bytes, and one for each member. Undefined attributes are not written.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
 */
export const itemBytes = (item: Item): number =>
  Object.entries(item).reduce(
    (total, [name, value]) => total + (value === undefined ? 0 : utf8(name) + valueBytes(value)),
    0,
  );

function valueBytes(value: unknown): number {
  if (typeof value === "string") return utf8(value);
  if (typeof value === "number") return Math.ceil(String(Math.abs(value)).replace(".", "").length / 2) + 1;
  if (value instanceof Uint8Array) return value.byteLength;
  if (Array.isArray(value)) return 3 + value.reduce<number>((total, each) => total + 1 + valueBytes(each), 0);
  if (typeof value !== "object" || value === null) return 1;
  return 3 + itemBytes(value as Item) + Object.values(value).filter((each) => each !== undefined).length;
}

const utf8 = (text: string): number => Buffer.byteLength(text);

/** The units of a write. The larger one of the old item and the new item counts. */
export const writeUnits = (bytes: number): number => Math.max(1, Math.ceil(bytes / 1024));

/** The units of a strongly consistent read. Any other read costs half. */
export const readUnits = (bytes: number): number => Math.max(1, Math.ceil(bytes / 4096));
