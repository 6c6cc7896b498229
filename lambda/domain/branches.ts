import picomatch from "picomatch";

/**
 * Globs of branches: `*` stands for any characters except `/`, `**` as a whole segment for any number of segments, `?` for one
 * character. Braces, brackets and negations are not supported. A branch is matched by a regular expression. Its time
 * grows with the length of the branch to the power of the number of stars. So a glob has at most {@link starsAtMost} of them.
 */
export const globsAtMost = 20;
export const globLength = 100;
export const starsAtMost = 3;

/** Longer branch names are cut before they are matched: Git's own limit for one segment is 255. */
const branchLength = 255;

const options = {
  dot: true,
  nobrace: true,
  nobracket: true,
  noextglob: true,
  nonegate: true,
  noquantifiers: true,
} as const;

/** What is wrong with a glob; undefined when nothing is. */
export function faultOfGlob(glob: string): string | undefined {
  if (glob === "") return "it is empty";
  if (glob.length > globLength) return `it is longer than ${globLength} characters`;
  const strange = /[^\p{L}\p{N}*?/._+#@=,-]/u.exec(glob)?.[0];
  if (strange !== undefined) return `${JSON.stringify(strange)} is not supported in it`;
  if ((glob.match(/\*+/g) ?? []).length > starsAtMost) return `it has more than ${starsAtMost} stars`;
  return undefined;
}

/** Whether a build of this branch is wanted. A build without a branch is wanted. Without globs every build is wanted. */
export const isBranchWanted = (branch: string | undefined, globs: readonly string[] | undefined): boolean =>
  branch === undefined ||
  globs === undefined ||
  globs.some((glob) => picomatch.isMatch(branch.slice(0, branchLength), glob, options));
