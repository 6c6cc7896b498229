import { maskSecrets } from "../domain/mask.ts";
import type { BuildDetails } from "../domain/outcome.ts";
import { isVisible } from "../domain/visible.ts";
import { linkTo } from "./link.ts";
import { literal } from "./text.ts";
import type { Wording } from "./wording/wording.ts";

/** What was changed: the facts about the commit, and who started the build. */
export function renderChange(details: BuildDetails, words: Wording): string[] {
  const facts: string[] = [];
  const title = titleOf(details.commitComment);
  const commit = renderCommit(details, words);
  if (commit !== undefined) facts.push(title === undefined ? commit : words.titled(commit, literal(title)));
  else if (title !== undefined) facts.push(literal(title));
  if (details.committer) facts.push(words.committer(literal(details.committer)));
  const { creator, type } = details;
  if (creator) facts.push((type === "system" ? words.triggeredAs : words.startedBy)(literal(creator)));
  return facts;
}

function renderCommit({ commitId, commitUrl }: BuildDetails, words: Wording): string | undefined {
  if (!commitId) return undefined;
  const id = literal(commitId.slice(0, 8), 50);
  return words.commit(commitUrl === undefined ? id : linkTo(commitUrl, id));
}

/** The first line of the commit's comment. People write tokens and passwords into comments, too. */
const titleOf = (comment = ""): string | undefined =>
  comment === ""
    ? undefined
    : maskSecrets(comment)
        .split(/[\r\n]+/)
        .find(isVisible)
        ?.trim();
