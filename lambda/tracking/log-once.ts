import type { Log } from "./ports.ts";

/** Enough lines in a tick to see what is wrong. */
const loggedAtMost = 20;

/** A log for one tick. It writes each message once, although each pass may find it again. */
export function createLogOnce(log: Log): Log {
  const logged = new Set<string>();
  const once =
    (level: keyof Log): Log[keyof Log] =>
    (message, fields) => {
      if (logged.size >= loggedAtMost || logged.has(message)) return;
      logged.add(message);
      log[level](message, fields);
    };
  return { info: once("info"), warn: once("warn"), error: once("error") };
}
