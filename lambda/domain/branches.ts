import picomatch from "picomatch";

/**
 * Globs of branches: `*` stands for any characters except `/`, `**` as a whole segment for any number of segments, also none,
 * `?` for one character. Every other character stands for itself. A branch is matched by a regular expression. Its time grows
 * with the length of the branch to the power of the number of stars. So a glob has at most {@link starsAtMost} of them.
 */
export const globsAtMost = 20;
export const starsAtMost = 2;

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
  if ((glob.match(/\*+/g) ?? []).length > starsAtMost) return `it has more than ${starsAtMost} stars`;
  return undefined;
}

/** Whether a build of this branch is wanted. A build without a branch is wanted. Without globs every build is wanted. */
export const isBranchWanted = (branch: string | undefined, globs: readonly string[] | undefined): boolean =>
  branch === undefined ||
  globs === undefined ||
  globs.some((glob) => picomatch.isMatch(branch.slice(0, branchLength), patternsOf(glob), { dot: true }));

/** Two stars stand for no segment too. Picomatch does not know that of those at the end. */
const patternsOf = (glob: string): string[] => [glob, glob.replace(/(?<=.)\/\*\*$/, "")].map(literal);

/** Picomatch gives a meaning to more characters, such as the second plus of `c++`. */
const literal = (glob: string): string => glob.replaceAll(/[^\p{L}\p{N}*?/]/gu, String.raw`\$&`);
