/**
 * What comes first in a pass, so that under overload each shard, channel and job has its turn after some passes. The multiples
 * of these numbers spread evenly from 0 to 1, and so do the multiples of every second, third … rotation, in which a job is
 * polled. They are independent of each other: no job is first only when its channel is last. The first one is the golden ratio's
 * fractional part, the others are powers of the plastic number.
 */
const steps = { shards: 0.618_033_988_75, channels: 0.754_877_666_25, jobs: 0.569_840_290_998 };

/** The list from another element on in each rotation. */
export function inTurn<T>(all: readonly T[], rotation: number, of: keyof typeof steps): T[] {
  const first = Math.floor(((rotation * steps[of]) % 1) * all.length);
  return [...all.slice(first), ...all.slice(0, first)];
}
