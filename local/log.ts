/** Shows the handlers' log in the terminal. CloudWatch gets JSON, which is hard to read for people. */

/** A repeated line is shown once. After so long without it, it is shown again. */
const forgottenAfterMillis = 10 * 60_000;

/**
 * @param now epoch milliseconds
 * @returns a function that renders one line of the log as `⚠ message`, with the cause below. It returns undefined for a
 *   repeated line, and returns other texts unchanged
 */
export function createLogRenderer(now: () => number): (line: string) => string | undefined {
  const loggedAt = new Map<string, number>();
  return (line) => {
    const entry = parseEntry(line);
    if (!entry) return line;
    const text = plain(entry);
    const last = loggedAt.get(text) ?? -Infinity;
    loggedAt.set(text, now());
    return now() - last < forgottenAfterMillis ? undefined : text;
  };
}

/**
 * Makes the handlers log to this process's console, and shows their lines as plain text. Call it before the handlers are
 * loaded.
 */
export function showLogPlainly(): void {
  process.env["POWERTOOLS_DEV"] = "true";
  const render = createLogRenderer(Date.now);
  for (const level of ["warn", "error"] as const) {
    const show = console[level].bind(console);
    console[level] = (said: unknown, ...rest: unknown[]) => {
      const shown = typeof said === "string" ? render(said) : said;
      if (shown !== undefined) show(shown, ...rest);
    };
  }
}

interface Entry {
  message: string;
  /** Lines about Slack's refusals have a channel and a reason. */
  channel?: string;
  reason?: string;
  error?: { message?: string };
}

function parseEntry(line: string): Entry | undefined {
  try {
    const entry = JSON.parse(line) as Partial<Entry> | null;
    return typeof entry?.message === "string" ? (entry as Entry) : undefined;
  } catch {
    return undefined;
  }
}

/** Removes control characters: a terminal would interpret them. */
function plain({ message, channel, reason, error }: Entry): string {
  const cause = (channel ? [channel, reason] : [error?.message]).filter(Boolean).join(": ");
  return [`⚠ ${message}`, ...(cause ? [`    ${cause}`] : [])]
    .map((line) => line.replaceAll(/\p{Cc}+/gu, " "))
    .join("\n");
}
