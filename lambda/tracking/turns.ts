/**
 * A turn is a number from 0 to 1. Each list begins at the element on which the turn falls, and what is within this element
 * begins at the rest. So the lists within lists are one circle, and each turn begins at one place of it.
 */

/** The golden ratio's fractional part: its multiples spread evenly from 0 to 1, and so does each second, third … of them. */
const goldenRatio = 0.618_033_988_75;

export const turnOf = (rotation: number): number => (rotation * goldenRatio) % 1;

export function takeTurn<T>(all: readonly T[], turn: number): { inTurn: T[]; rest: number } {
  const first = Math.floor(turn * all.length);
  return { inTurn: [...all.slice(first), ...all.slice(0, first)], rest: turn * all.length - first };
}
