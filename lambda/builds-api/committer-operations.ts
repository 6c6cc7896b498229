import { withoutAbsent } from "../domain/absent.ts";
import type { Committer } from "../domain/committer.ts";
import { routes } from "../names.ts";
import { proposeCommitter, unlinkCommitter, type CommitterParts } from "../tracking/committers.ts";
import { json, type Operations } from "./answer.ts";
import { contended, ProblemError } from "./problem.ts";
import { parseCommitter, parseNothing, parseProposal } from "./request.ts";
import type { CommittersView, CommitterView } from "./schemas.ts";
import { isoIf } from "./view.ts";

/** Proposes links between committers and Slack users, lists the links and ends them. */
export const createCommitterOperations = (parts: CommitterParts) =>
  ({
    [routes.proposeCommitter]: async (event) => {
      const { name, user } = parseProposal(event);
      const done = await proposeCommitter(parts, name, user);
      switch (done.kind) {
        case "changed":
        case "same":
          return json(200, viewOf(done.committer));
        case "refused":
          throw linkedToOther(name);
        case "contended":
          throw contended("changing the link");
      }
    },
    [routes.unlinkCommitter]: async (event) => {
      const name = parseCommitter(event);
      const { kind } = await unlinkCommitter(parts, name);
      if (kind === "contended") throw contended("changing the link");
      if (kind === "refused") throw notLinked(name);
      return { statusCode: 204 };
    },
    [routes.listCommitters]: async (event) => {
      parseNothing(event);
      const view: CommittersView = { committers: (await parts.store.listCommitters()).map(viewOf) };
      return json(200, view);
    },
  }) satisfies Partial<Operations>;

/** Of a committer with a link. */
const viewOf = ({ name, link }: Committer): CommitterView =>
  withoutAbsent({
    name,
    user: link!.user,
    status: link!.linkedAt === undefined ? "proposed" : "linked",
    proposedAt: isoIf(link!.askedAt),
    linkedAt: isoIf(link!.linkedAt),
  });

const linkedToOther = (name: string): ProblemError =>
  new ProblemError(
    "linkedToOther",
    `Another user is linked with the committer ${name}. That user, or DELETE /committers?name=${encodeURIComponent(name)}, can end the link.`,
  );

const notLinked = (name: string): ProblemError =>
  new ProblemError("notLinked", `No user is linked with the committer ${name}, and none is asked.`);
