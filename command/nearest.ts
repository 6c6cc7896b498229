/**
 * Which of the names was probably meant: the nearest one, where at most a third of its letters differ, large and small
 * ones alike.
 */
export function nearest(typed: string, names: readonly string[]): string | undefined {
  const [best] = names
    .map((name) => ({ name, edits: editsBetween(typed.toLowerCase(), name.toLowerCase()) }))
    .toSorted((a, b) => a.edits - b.edits);
  return best && best.edits <= best.name.length / 3 ? best.name : undefined;
}

/** The end of a sentence: `; did you mean shards?`, or what is given for it where no name is near. */
export function didYouMean(typed: string, names: readonly string[], otherwise = "."): string {
  const name = nearest(typed, names);
  return name === undefined ? otherwise : `; did you mean ${name}?`;
}

/** How many letters are to be put in, taken out, replaced, or changed with their neighbour. */
function editsBetween(from: string, to: string): number {
  const rows = [Array.from({ length: to.length + 1 }, (_, column) => column)];
  // No name is longer: what is typed may be.
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
