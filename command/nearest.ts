/**
 * The name that was probably meant: the nearest name, if at most a third of its letters differ. Upper and lower case
 * count as equal.
 */
export function nearest(typed: string, names: readonly string[]): string | undefined {
  const [best] = names
    .map((name) => ({ name, edits: editsBetween(typed.toLowerCase(), name.toLowerCase()) }))
    .toSorted((a, b) => a.edits - b.edits);
  return best && best.edits <= best.name.length / 3 ? best.name : undefined;
}

/** The end of a sentence: `; did you mean shards?`, or `otherwise` when no name is near. */
export function didYouMean(typed: string, names: readonly string[], otherwise = "."): string {
  const name = nearest(typed, names);
  return name === undefined ? otherwise : `; did you mean ${name}?`;
}

/** The edit distance: how many letters must be added, removed, replaced or swapped with a neighbour. */
function editsBetween(from: string, to: string): number {
  const rows = [Array.from({ length: to.length + 1 }, (_, column) => column)];
  // No name is longer than this, but a typed text may be.
  const letters = from.slice(0, 100);
  for (let row = 1; row <= letters.length; row++) {
    const above = rows[row - 1]!;
    const edits = [row];
    for (let column = 1; column <= to.length; column++) {
      const differs = letters[row - 1] === to[column - 1] ? 0 : 1;
      const ways = [above[column]! + 1, edits[column - 1]! + 1, above[column - 1]! + differs];
      const isSwap = letters[row - 2] === to[column - 1] && letters[row - 1] === to[column - 2];
      if (row > 1 && column > 1 && isSwap) ways.push(rows[row - 2]![column - 2]! + 1);
      edits.push(Math.min(...ways));
    }
    rows.push(edits);
  }
  return rows.at(-1)!.at(-1)!;
}
