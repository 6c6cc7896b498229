/** The result of one check: a line for the operator. It never contains a secret, not even a masked one. */
export interface Finding {
  /** ✔ good · ✖ needs action · ⚠ works, but should be improved · – not checked. */
  mark: "✔" | "✖" | "⚠" | "–";
  subject: string;
  seen: string;
  /** The single errors, one line each. */
  faults?: readonly string[];
  /** What to do about it. */
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
export const unchecked = (subject: string, why: string): Finding => ({ mark: "–", subject, seen: why });

/** Removes control characters: a terminal would interpret them. */
export const render = ({ mark, subject, seen, faults = [], remedy }: Finding): string =>
  [`${mark} ${subject}: ${seen}${remedy ? ` → ${remedy}` : ""}`, ...faults.map((fault) => `  - ${fault}`)]
    .map((line) => line.replaceAll(/\p{Cc}+/gu, " "))
    .join("\n");
