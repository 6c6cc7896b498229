/**
 * The one way in which a secret that is known is taken out of what comes from outside: an exception's text, an answer
 * that repeats what it was sent. By its value, which needs no pattern.
 */

const hidden = "[…]";
/** A shorter text is no secret, and would be found in any sentence. */
const leastChars = 6;

/** The same value, with every text in it (but for keys) free of the secrets. */
export function hide<T>(value: T, secrets: readonly string[]): T {
  const known = secrets.filter(({ length }) => length >= leastChars);
  // The longest first: one secret may be a part of another.
  const forms = known.flatMap(formsOf).toSorted((a, b) => b.length - a.length);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- Only texts change, each to another text.
  return forms.length === 0 ? value : (hideForms(value, forms) as T);
}

/** As it is, and as JSON within a text has it. */
const formsOf = (secret: string): string[] => [...new Set([secret, JSON.stringify(secret).slice(1, -1)])];

function hideForms(value: unknown, forms: readonly string[]): unknown {
  if (typeof value === "string") return forms.reduce((text, form) => text.replaceAll(form, hidden), value);
  if (Array.isArray(value)) return value.map((entry) => hideForms(entry, forms));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, hideForms(inner, forms)]));
}
