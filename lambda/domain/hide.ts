/**
 * The one place that removes known secrets from what comes from outside, such as an exception's text, or an answer that
 * repeats a request. It searches for the secrets' values.
 */

const hidden = "[…]";
/** A shorter text is no secret: it could appear in any sentence. */
const leastChars = 6;

/** The same value, without the secrets in any of its texts. Keys are not changed. */
export function hide<T>(value: T, secrets: readonly string[]): T {
  const known = secrets.filter(({ length }) => length >= leastChars);
  // The longest first: one secret may be a part of another.
  const forms = known.flatMap(formsOf).toSorted((a, b) => b.length - a.length);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- Only texts change, each to another text.
  return forms.length === 0 ? value : (hideForms(value, forms) as T);
}

/** The secret itself, and as it is written in JSON. */
const formsOf = (secret: string): string[] => [...new Set([secret, JSON.stringify(secret).slice(1, -1)])];

function hideForms(value: unknown, forms: readonly string[]): unknown {
  if (typeof value === "string") return forms.reduce((text, form) => text.replaceAll(form, hidden), value);
  if (Array.isArray(value)) return value.map((entry) => hideForms(entry, forms));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, hideForms(inner, forms)]));
}
