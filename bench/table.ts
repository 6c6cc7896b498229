/** The result of a measurement: a table for people, notes that explain the table, and the same as data. */
export interface Measured {
  title: string;
  notes: string[];
  head: string[];
  rows: (string | number)[][];
  data: unknown;
}

export function renderTable({ title, notes, head, rows }: Measured): string {
  const line = (cells: (string | number)[]) => `| ${cells.join(" | ")} |`;
  const table = [
    line(head),
    line(head.map((_, column) => (column === 0 ? "---" : "---:"))),
    ...rows.map(line),
  ];
  return [`\n## ${title}\n`, ...table, "", ...notes].join("\n");
}

export const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1]!;

/** Rounds to as many digits as are meaningful. */
export const round = (value: number, digits = 0): number => Number(value.toFixed(digits));

export const kilobytes = (bytes: number): string => `${round(bytes / 1_024)} KB`;
