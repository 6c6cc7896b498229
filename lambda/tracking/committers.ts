import {
  linkTo,
  propose,
  unknownCommitter,
  unlink,
  type Committer,
  type CommitterChange,
} from "../domain/committer.ts";
import type { Clock, CommitterStore } from "./ports.ts";

/** Links committers' names with Slack users. The API proposes, and the users decide. */

export interface CommitterParts {
  store: CommitterStore;
  clock: Pick<Clock, "now">;
}

/** `refused`: the name is linked to another user, or there is nothing to unlink. */
export type CommitterResult =
  | { kind: "changed" | "same"; committer: Committer }
  | { kind: "refused" }
  | { kind: "contended" };

/** An attempt fails only if another caller's attempt succeeds. The next attempt sees its result. */
const attempts = 5;

async function change(
  { store, clock }: CommitterParts,
  name: string,
  changeTo: CommitterChange,
): Promise<CommitterResult> {
  for (let attempt = 1; attempt <= attempts; attempt++) {
    const known = (await store.loadCommitter(name)) ?? unknownCommitter(name);
    const committer = changeTo(known, clock.now());
    if (!committer) return { kind: "refused" };
    if (committer === known) return { kind: "same", committer };
    if (await store.saveCommitter(committer)) return { kind: "changed", committer };
  }
  return { kind: "contended" };
}

export const linkCommitter = (parts: CommitterParts, name: string, user: string): Promise<CommitterResult> =>
  change(parts, name, linkTo(user));

export const proposeCommitter = (
  parts: CommitterParts,
  name: string,
  user: string,
): Promise<CommitterResult> => change(parts, name, propose(user));

/** @param user only of this user; by default of any */
export const unlinkCommitter = (
  parts: CommitterParts,
  name: string,
  user?: string,
): Promise<CommitterResult> => change(parts, name, unlink(user));
