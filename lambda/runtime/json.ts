export type Parsed = { kind: "object"; value: Record<string, unknown> } | { kind: "unusable"; says: string };

/**
 * Parses a JSON object from a file that a person wrote. Some editors put a byte order mark at the beginning, which is
 * ignored. The error text never quotes the input, because the input may be secret.
 */
export function parseJsonObject(json: string): Parsed {
  const text = json.replace(/^\uFEFF/, "");
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value)
      ? { kind: "object", value }
      : { kind: "unusable", says: "it is not a JSON object" };
  } catch {
    return {
      kind: "unusable",
      says: text.trim() === "" ? "it is empty" : `it is not JSON: ${placeOfError(text)}`,
    };
  }
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** By bisection, since the engine does not give the position of every error. */
function placeOfError(text: string): string {
  let fine = 0;
  let faulty = text.length + 1;
  while (faulty - fine > 1) {
    const middle = Math.floor((fine + faulty) / 2);
    if (canGoOn(text.slice(0, middle))) fine = middle;
    else faulty = middle;
  }
  const lines = text.slice(0, fine).split(/\r\n?|\n/);
  const place = `line ${lines.length}, column ${lines.at(-1)!.length + 1}`;
  return fine === text.length ? `it ends too early, in ${place}` : `the first error is in ${place}`;
}

/** Whether the text is the beginning of some JSON: it has no error, or none before its end. */
function canGoOn(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch (error) {
    const { message } = error instanceof Error ? error : { message: "" };
    if (message.startsWith("Unexpected token")) return false;
    const [, position = text.length] = / at position (\d+)/.exec(message) ?? [];
    return Number(position) >= text.length;
  }
}
