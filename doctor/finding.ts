/** What one check found: a line for the operator. Never with a secret in it, not even a masked one. */
export interface Finding {
  /** ✔ as it should be · ✖ something is to be done · ⚠ it works, and should be better · – not checked, or nothing to check. */
  mark: "✔" | "✖" | "⚠" | "–";
  subject: string;
  seen: string;
  /** What is wrong in particular, a line each. */
  faults?: readonly string[];
  /** What to do about it. */
  remedy?: string;
}

/** What was read, where it could be. */
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
export const unchecked = (subject: string, why: string): Finding => ({ mark: "–", subject, seen: why });

/** Without control characters, which a terminal would obey. */
export const render = ({ mark, subject, seen, faults = [], remedy }: Finding): string =>
  [`${mark} ${subject}: ${seen}${remedy ? ` → ${remedy}` : ""}`, ...faults.map((fault) => `  - ${fault}`)]
    .map((line) => line.replaceAll(/\p{Cc}+/gu, " "))
    .join("\n");
