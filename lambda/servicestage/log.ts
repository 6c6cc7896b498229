import type { Clock } from "../tracking/ports.ts";

/** A part of a build's log (API page 0221). */
export interface LogPage {
  text: string;
  /** The start of the next part. */
  next: number;
}

/** More than the part that a message shows, and small enough to hold for many builds at once. */
const keptChars = 64 * 1024;
const pagesAtMost = 20;
const begunAtMostMillis = 4_000;

/**
 * Reads a log from beginning to end and keeps the last part. The API can't read a log from its end.
 * @returns an empty text if the end is not reached within {@link pagesAtMost} pages and in time
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
