/**
 * The shares of a DynamoDB item's 400 KB, in bytes; together 256 KB. The rest of an item has a fixed or a checked length
 * (the registration, the requests, the details, the log's tail, the card, the lease, each message's number and time). It takes less
 * than 50 KB.
 */
export const bytesAtMost = {
  /** The phases. Only documented phases may take the last {@link reservedBytes}. */
  phases: 64 * 1024,
  /** What one poll may add to the outbox. */
  poll: 64 * 1024,
  /** About five hundred usual messages. From then on only the end of a build is added, and other changes are counted. */
  outbox: 48 * 1024,
  /** From then on the outbox takes no more messages that are left out, and so only go to the history. */
  leftOut: 32 * 1024,
  history: 80 * 1024,
};
export const reservedBytes = 8 * 1024;
/**
 * How many messages one write adds to the outbox, or removes from it. Each takes about 20 characters of an update
 * expression, which may have 4 KB
 * (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html).
 */
export const messagesAtMost = 100;

/**
 * The most that a value takes in an item, as DynamoDB counts
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

/** The first values, as many as fit. */
export function thoseThatFit<T>(values: readonly T[], bytes: number): T[] {
  let free = bytes;
  const end = values.findIndex((value) => (free -= 1 + bytesOf(value)) < 0);
  return end === -1 ? [...values] : values.slice(0, end);
}

const sum = (sizes: number[]): number => sizes.reduce((total, size) => total + size, 0);
