import { nameOf, type Feed } from "../domain/feed.ts";
import type { Log } from "./ports.ts";
import type { Count } from "./tally.ts";

/**
 * Runs what concerns one feed. A failure is counted and logged, and the other feeds go on.
 * @returns what the task found; undefined when it failed
 */
export type Guard = <T>(feed: Feed, task: () => Promise<T>) => Promise<T | undefined>;

export const createGuard =
  ({ log, count }: { log: Log; count: Count }): Guard =>
  async (feed, task) => {
    try {
      return await task();
    } catch (error) {
      count({ errors: 1 });
      log.error(
        "A build, a subscription or a channel's notices could not be handled. The next pass tries again",
        { feed: nameOf(feed), error },
      );
      return undefined;
    }
  };
