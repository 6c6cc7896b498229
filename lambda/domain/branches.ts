/**
 * Globs of branches: `*` stands for any characters except `/`, `**` as a whole segment for any number of segments, also none,
 * `?` for one character. Every other character stands for itself.
 */
export const globsAtMost = 20;

/**
 * The limit of a branch's name, and so of a glob, which may be a whole name. A longer name is cut. Git's own limit for one
 * segment is 255.
 */
export const branchLength = 300;

/** What is wrong with a glob; undefined when nothing is. */
export function faultOfGlob(glob: string): string | undefined {
  if (glob === "") return "it is empty";
  if (glob.length > branchLength) return `it is longer than ${branchLength} characters`;
  // A sign of other kinds of patterns is refused: as a literal it would match no branch, and nobody would notice.
  const strange = /[^\p{L}\p{N}*?/._+#@=,-]/u.exec(glob)?.[0];
  if (strange !== undefined) return `${JSON.stringify(strange)} is not supported in it`;
  if (glob.split("/").some((segment) => segment.includes("**") && segment !== "**"))
    return "its ** does not stand alone between slashes";
  return undefined;
}

/** Whether a build of this branch is wanted. A build without a branch is wanted. Without globs every build is wanted. */
export const isBranchWanted = (branch: string | undefined, globs: readonly string[] | undefined): boolean =>
  branch === undefined ||
  globs === undefined ||
  globs.some((glob) => matchesPath(glob.split("/"), branch.slice(0, branchLength).split("/")));

const matchesPath = (glob: readonly string[], branch: readonly string[]): boolean =>
  matches(glob, branch, "**", (part, segment) =>
    matches(
      Array.from(part),
      Array.from(segment),
      "*",
      (sign, character) => sign === "?" || sign === character,
    ),
  );

/**
 * Whether the parts match the pattern, in which a wildcard stands for any number of parts. If a part does not match, only the
 * last wildcard takes one part more: what earlier ones take need not change. So the time is bounded by the product of the
 * lengths. A regular expression tries every combination.
 */
export function matches(
  pattern: readonly string[],
  parts: readonly string[],
  wildcard: string,
  matchesOne: (one: string, part: string) => boolean,
): boolean {
  let [at, next] = [0, 0];
  let last: { at: number; taken: number } | undefined;
  while (next < parts.length) {
    const one = pattern[at];
    if (one === wildcard) {
      at += 1;
      last = { at, taken: next };
    } else if (one !== undefined && matchesOne(one, parts[next]!)) {
      at += 1;
      next += 1;
    } else if (last) {
      last.taken += 1;
      [at, next] = [last.at, last.taken];
    } else return false;
  }
  return pattern.slice(at).every((one) => one === wildcard);
}
