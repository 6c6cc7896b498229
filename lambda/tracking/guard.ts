import { nameOf, type Feed } from "../domain/feed.ts";
import type { Log } from "./ports.ts";

/**
 * Counts and logs an error of one feed, so that the other feeds go on.
 * @returns the task's result; undefined if it failed
 */
export async function guard<T>(
  feed: Feed,
  task: () => Promise<T>,
  { log, report }: { log: Log; report: { errors: number } },
): Promise<T | undefined> {
  try {
    return await task();
  } catch (error) {
    report.errors += 1;
    log.error("A build or a channel's notices could not be handled. The next pass tries again", {
      feed: nameOf(feed),
      error,
    });
    return undefined;
  }
}
