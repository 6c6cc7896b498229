import { withoutAbsent } from "../domain/absent.ts";
import type { Committer } from "../domain/committer.ts";
import { routes } from "../names.ts";
import {
  listCommitters,
  proposeCommitter,
  unlinkCommitter,
  type CommitterParts,
} from "../tracking/committers.ts";
import { json, type Operations } from "./answer.ts";
import { ProblemError } from "./problem.ts";
import { parseCommitter, parseCommittersQuery, parseProposal } from "./request.ts";
import type { CommittersView, CommitterView } from "./schemas.ts";
import { isoIf } from "./view.ts";

/** Proposes links between committers and Slack users, lists the links and ends them. */
export const createCommitterOperations = (parts: CommitterParts): Operations => [
  [
    routes.proposeCommitter,
    async (event) => {
      const { name, user } = parseProposal(event);
      const done = await proposeCommitter(parts, name, user);
      if (done.kind === "contended") throw contended();
      if (done.kind === "refused") throw linkedToOther(name);
      const [view] = viewsOf([done.committer]);
      return json(done.kind === "same" ? 200 : 201, view!);
    },
  ],
  [
    routes.unlinkCommitter,
    async (event) => {
      const name = parseCommitter(event);
      const { kind } = await unlinkCommitter(parts, name);
      if (kind === "contended") throw contended();
      if (kind === "refused") throw unknownCommitter(name);
      return { statusCode: 204 };
    },
  ],
  [
    routes.listCommitters,
    async (event) => {
      const { user } = parseCommittersQuery(event);
      const view: CommittersView = { committers: viewsOf(await listCommitters(parts.store, user)) };
      return json(200, view);
    },
  ],
];

const viewsOf = (committers: readonly Committer[]): CommitterView[] =>
  committers.flatMap(({ name, link }) =>
    link
      ? withoutAbsent({
          name,
          user: link.user,
          status: link.linkedAt === undefined ? ("proposed" as const) : ("linked" as const),
          proposedAt: isoIf(link.askedAt),
          linkedAt: isoIf(link.linkedAt),
        })
      : [],
  );

const linkedToOther = (name: string): ProblemError =>
  new ProblemError(
    "linkedToOther",
    `The committer ${name} is linked with another user. That user can end the link in Slack with /builds me ${name} off, or ` +
      `DELETE /committers?name=${encodeURIComponent(name)} ends it.`,
  );

const unknownCommitter = (name: string): ProblemError =>
  new ProblemError(
    "unknownCommitter",
    `No Slack user is linked with the committer ${name}, and none is asked. GET /committers lists those that are.`,
  );

const contended = (): ProblemError =>
  new ProblemError(
    "unavailable",
    "Other requests are changing the link right now. Send the request again in a moment.",
  );
