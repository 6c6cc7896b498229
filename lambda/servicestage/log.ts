import type { Clock } from "../tracking/ports.ts";

/** A part of a build's log (API page 0221). */
export interface LogPage {
  text: string;
  /** Where the next part begins. */
  next: number;
}

/** More than the tail that anybody reads, and little to hold for many builds at once. */
const keptChars = 64 * 1024;
const pagesAtMost = 20;
const begunAtMostMillis = 4_000;

/**
 * Reads a log from its beginning to its end and keeps the last of it: only the end tells where the end is.
 * @returns an empty text for a log whose end is out of reach, in {@link pagesAtMost} pages or in time
 */
export async function readTail(
  fetchPage: (from: number) => Promise<LogPage>,
  { now }: Pick<Clock, "now">,
): Promise<string> {
  const latest = now() + begunAtMostMillis;
  let tail = "";
  let from = 0;
  for (let pages = 0; pages < pagesAtMost && now() <= latest; pages++) {
    const { text, next } = await fetchPage(from);
    tail = (tail + text).slice(-keptChars);
    if (text === "" || next <= from) return tail;
    from = next;
  }
  return "";
}
