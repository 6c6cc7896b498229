/** The result of one check: a line for the operator. It never contains a secret, not even a masked one. */
export interface Finding {
  /** ✔ good · ✖ needs action · ⚠ works, but should be improved · – not checked. */
  mark: "✔" | "✖" | "⚠" | "–";
  subject: string;
  seen: string;
  /** The single errors, one line each. */
  faults?: readonly string[];
  /** What to do about it. Only a ✔ has none. */
  remedy?: string;
}

/** A finding, and the value that was read, if it could be read. */
export interface Found<T> {
  finding: Finding;
  value?: T;
}

export const good = (subject: string, seen: string): Finding => ({ mark: "✔", subject, seen });
export const bad = (subject: string, seen: string, remedy: string, faults?: readonly string[]): Finding => ({
  mark: "✖",
  subject,
  seen,
  ...(faults && { faults }),
  remedy,
});
export const warned = (subject: string, seen: string, remedy: string): Finding => ({
  mark: "⚠",
  subject,
  seen,
  remedy,
});
export const unchecked = (subject: string, why: string, remedy: string): Finding => ({
  mark: "–",
  subject,
  seen: why,
  remedy,
});

/** Removes control characters: a terminal would interpret them. */
export const render = ({ mark, subject, seen, faults = [], remedy }: Finding): string =>
  [`${mark} ${subject}: ${seen}${remedy ? ` → ${remedy}` : ""}`, ...faults.map((fault) => `  - ${fault}`)]
    .map((line) => line.replaceAll(/\p{Cc}+/gu, " "))
    .join("\n");

/** The next step where only the secret is in the way. */
export const repairSecret = "repair the line Secret, and try again";

const kinds: [mark: Finding["mark"], kind: string][] = [
  ["✔", "fine"],
  ["✖", "to repair"],
  ["⚠", "to improve"],
  ["–", "not checked"],
];
/** A ✖ comes before a ⚠: it may be the cause of what could not be checked. */
const worstFirst = ["✖", "⚠", "–"];

/** The last line: how many findings there are of each kind, and with which one to begin. */
export function summarize(findings: readonly Finding[]): string {
  const counts = kinds
    .map(([mark, kind]) => ({ kind, count: findings.filter((finding) => finding.mark === mark).length }))
    .filter(({ count }) => count > 0)
    .map(({ kind, count }) => `${count} ${kind}`);
  const first = worstFirst.map((mark) => findings.find((finding) => finding.mark === mark)).find(Boolean);
  const next = first ? ` Begin with ${first.mark} ${first.subject}.` : "";
  return `In all: ${counts.join(", ")}.${next}`;
}
