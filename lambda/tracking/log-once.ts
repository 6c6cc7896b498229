import type { Log } from "./ports.ts";

/** Enough of them in a tick to see what is wrong. */
const loggedAtMost = 20;

/** A log for one tick: what each of its passes finds again is logged by the first. */
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
