/**
 * How the 400 KB of a DynamoDB item are shared out among what a feed holds, in bytes. These are 256 KB. Whatever else
 * there is has a fixed or a parsed length (the registration, the details, the log's tail, a card, a lease, each message's
 * number and time) and takes less than 50.
 */
export const bytesAtMost = {
  /** The phases; {@link reservedBytes} of it are left to the documented ones, whose names come first. */
  phases: 64 * 1024,
  /** What one poll may add to the outbox. */
  poll: 64 * 1024,
  /** Some five hundred usual messages. From then on only the end of a build is added, and the rest is counted. */
  outbox: 48 * 1024,
  /** From then on the outbox takes no more messages that are only kept for the history. */
  leftOut: 32 * 1024,
  history: 80 * 1024,
};
export const reservedBytes = 8 * 1024;
/**
 * How many messages one write adds to the outbox, or removes from it. Each takes some 20 characters of an update
 * expression, which has 4 KB
 * (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html).
 */
export const messagesAtMost = 100;

/**
 * What a value takes in an item, at most, as DynamoDB counts
 * (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html).
 */
export function bytesOf(value: unknown): number {
  if (typeof value === "string") return Buffer.byteLength(value);
  if (typeof value === "number") return Math.ceil(String(value).length / 2) + 1;
  if (Array.isArray(value)) return 3 + sum(value.map((each) => 1 + bytesOf(each)));
  if (typeof value === "object" && value !== null) {
    const present = Object.entries(value).filter(([, each]) => each !== undefined);
    return 3 + sum(present.map(([name, each]) => 1 + bytesOf(name) + bytesOf(each)));
  }
  return 1;
}

/** As many of the first as fit. */
export function thoseThatFit<T>(values: readonly T[], bytes: number): T[] {
  let free = bytes;
  const end = values.findIndex((value) => (free -= 1 + bytesOf(value)) < 0);
  return end === -1 ? [...values] : values.slice(0, end);
}

const sum = (sizes: number[]): number => sizes.reduce((total, size) => total + size, 0);
