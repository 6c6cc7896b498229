/** The handlers' log in the terminal: JSON for CloudWatch is no reading for a person. */

/** A line that goes on being logged is shown once; after so long without it, it is news again. */
const forgottenAfterMillis = 10 * 60_000;

/**
 * @param now epoch milliseconds
 * @returns a function of one line of the log after the other: `⚠ message` with its cause below it, undefined for what was shown already, and
 *   what is no line of the log as it is
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
 * Has the handlers log through this process's console, and shows there what they say in plain lines. Only before they
 * are loaded does it take effect.
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
  /** What Slack refused has these. */
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

/** Without control characters, which a terminal would obey. */
function plain({ message, channel, reason, error }: Entry): string {
  const cause = (channel ? [channel, reason] : [error?.message]).filter(Boolean).join(": ");
  return [`⚠ ${message}`, ...(cause ? [`    ${cause}`] : [])]
    .map((line) => line.replaceAll(/\p{Cc}+/gu, " "))
    .join("\n");
}
