import { describe, expect, test } from "@jest/globals";
import { branchLength, faultOfGlob, isBranchWanted } from "../../lambda/domain/branches.ts";

describe("a branch", () => {
  test.each<[string, string[] | undefined, string | undefined, boolean]>([
    ["is wanted where no globs are given", undefined, "main", true],
    ["is wanted when it is unknown", ["main"], undefined, true],
    ["is wanted by its own name", ["main"], "main", true],
    ["is not wanted by the beginning of its name", ["main"], "maintenance", false],
    ["is wanted when one of several globs matches", ["main", "release/*"], "release/1.2", true],
    ["is wanted by a star for a part of a segment", ["release-*"], "release-1.2", true],
    ["is not wanted by a star when another segment follows", ["release/*"], "release/1.2/fix", false],
    ["is wanted by two stars for any number of segments", ["release/**"], "release/1.2/fix", true],
    ["is wanted by two stars between segments", ["**/fix"], "release/1.2/fix", true],
    ["is wanted by two stars alone", ["**"], "a/b", true],
    ["is wanted by two stars at the end for no segment", ["release/**"], "release", true],
    ["is wanted by two stars at the beginning for no segment", ["**/fix"], "fix", true],
    ["is wanted by two stars in the middle for no segment", ["a/**/b"], "a/b", true],
    ["is wanted by two stars after a star for no segment", ["*/**"], "main", true],
    ["is wanted by two stars after a star for two segments", ["*/**"], "a/b/c", true],
    ["is not wanted by two stars after a slash", ["/**"], "main", false],
    ["is not wanted by a star for no segment", ["a/*"], "a", false],
    ["is wanted by a star for no character", ["fix-*"], "fix-", true],
    ["is wanted by a star that must take more than the first fit", ["*-b"], "a-b-b", true],
    ["is wanted by two stars that must take more than the first fit", ["**/a/b"], "a/a/b", true],
    ["is not wanted when a later part is missing", ["**/a/*-c"], "a/a/b-b", false],
    ["is wanted by a question mark for one character", ["v?"], "v1", true],
    ["is not wanted by a question mark for two characters", ["v?"], "v10", false],
    ["is wanted when a segment begins with a dot", ["*"], ".hidden", true],
    ["is wanted in another script", ["发布/*"], "发布/一", true],
    ["is compared with its case", ["Main"], "main", false],
    ["is matched literally where a glob has characters of regular expressions", ["a+b.c"], "aab1c", false],
    ["has plus signs that stand for themselves", ["c++"], "c++", true],
    ["is not wanted by fewer plus signs", ["c++"], "c+", false],
    ["is not wanted by more plus signs", ["c++"], "c+++", false],
    ["has a dot at its beginning that stands for itself", ["./x"], "x", false],
    ["has parentheses and a bar that stand for themselves", ["fix/(a|b)"], "fix/(a|b)", true],
    ["is not wanted by an alternative", ["fix/(a|b)"], "fix/a", false],
    ["is not wanted by an extended pattern", ["+(a)"], "aa", false],
    ["is not wanted by a negation", ["!main"], "develop", false],
    ["is not wanted by a class of characters", ["v[12]"], "v1", false],
    ["is not wanted by braces", ["{a,b}"], "a", false],
    ["with other signs is wanted by a star and question marks", ["?a|b?/*"], "(a|b)/!x[1]", true],
    [
      "of the greatest length is wanted by its own name",
      ["x".repeat(branchLength)],
      "x".repeat(branchLength),
      true,
    ],
    ["that is longer than Git allows is cut, and still matched", ["a*"], "a".repeat(100_000), true],
    ["is not wanted by an empty list", [], "main", false],
  ])("%s", (_what, globs, branch, isWanted) => {
    expect(isBranchWanted(branch, globs)).toBe(isWanted);
  });
});

describe("a glob", () => {
  test.each<[string, string, string | undefined]>([
    ["of a name", "main", undefined],
    ["of a path with stars", "release/**/fix-*", undefined],
    ["in another script", "发布/*", undefined],
    ["with two stars, of which one stands for segments", "**/*-x", undefined],
    ["with three stars", "*/*/**", "it has more than 2 stars"],
    ["of two stars after a slash", "/**", undefined],
    ["with a plus", "c++/feature+x", undefined],
    ["with two stars beside a name", "release**", "its ** does not stand alone between slashes"],
    ["with two stars before a name", "a/**b", "its ** does not stand alone between slashes"],
    ["with three stars in a row", "***", "its ** does not stand alone between slashes"],
    ["with three stars in a segment", "a/***/b", "its ** does not stand alone between slashes"],
    ["of the greatest length", "a".repeat(branchLength), undefined],
    ["that is empty", "", "it is empty"],
    ["that is too long", "a".repeat(branchLength + 1), "it is longer than 300 characters"],
    ["with braces", "{a,b}{a,b}{a,b}", '"{" is not supported in it'],
    ["with brackets", "[ab]", '"[" is not supported in it'],
    ["with a negation", "!main", '"!" is not supported in it'],
    ["with an extended pattern", "+(a|b)", '"(" is not supported in it'],
    ["with a space", "my branch", '" " is not supported in it'],
    ["with a backslash", "a\\b", '"\\\\" is not supported in it'],
    ["with a line break", "a\nb", '"\\n" is not supported in it'],
  ])("%s: %j", (_what, glob, fault) => {
    expect(faultOfGlob(glob)).toBe(fault);
  });
});
