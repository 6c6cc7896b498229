/**
 * Short hashes of the builds that a subscription has seen, the oldest first: 12 hexadecimal digits, which the store keeps
 * as six bytes. With 25,000 builds the chance that a new one has the hash of another is one in ten thousand million.
 */
export type Seen = readonly string[];

/** 150 KB in the item. Then the oldest are dropped. */
export const seenAtMost = 25_000;

export const hasSeen = (seen: Seen | undefined, buildId: string): boolean =>
  seen?.includes(seenHash(buildId)) ?? false;

/** Two hashes of 24 bits in the way of FNV-1a, each with a factor of its own, and with its bits mixed (the end of MurmurHash3). */
export const seenHash = (buildId: string): string =>
  hexOf(hash(buildId, 0x01000193)) + hexOf(hash(buildId, 0x5bd1e995));

function hash(text: string, factor: number): number {
  let value = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) {
    value = Math.imul(value ^ text.charCodeAt(index), factor);
  }
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35);
  return (value ^ (value >>> 16)) >>> 8;
}

const hexOf = (value: number): string => value.toString(16).padStart(6, "0");
