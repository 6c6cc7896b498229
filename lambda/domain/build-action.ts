import { isBeingCarriedOut, isTold, untoldActions, type Action, type ActionRequest } from "./action.ts";
import { notifyOf, type Build } from "./build.ts";
import { addCardRevision, addPending, type MessageContent } from "./delivery.ts";

/** What the buttons of a build's card do to the build. */

/** Why an action is not carried out. */
export type ActionRefusal =
  /** Somebody did it before, or has just asked for it: until the thread says so, nobody takes that request's place. */
  | { kind: "alreadyDone" | "underWay"; by: string }
  /** `over`: the build is over, or is no longer followed here · `running`: it is not over, so nothing is to be built again. */
  | { kind: "over" | "stopping" | "running" | "quiet" | "jobUnknown" };

/** `replaced`: an earlier request that perhaps had no effect. */
export type ActionDecision = { kind: "request"; replaced?: ActionRequest } | ActionRefusal;

/** Whether the action can be carried out now. */
export function decideAction(build: Build, action: Action, now: number): ActionDecision {
  const earlier = build.actions?.[action];
  if (earlier?.result === "done" || earlier?.result === "begun")
    return { kind: "alreadyDone", by: earlier.by };
  if (earlier && (isBeingCarriedOut(earlier, now) || !isTold(earlier, build)))
    return { kind: "underWay", by: earlier.by };
  const refusal = refusalOf(build, action);
  if (refusal) return { kind: refusal };
  return { kind: "request", ...(earlier && { replaced: earlier }) };
}

function refusalOf(
  build: Build,
  action: Action,
): "over" | "stopping" | "running" | "quiet" | "jobUnknown" | undefined {
  switch (action) {
    case "mute":
      return refusalOfTracked(build) ?? (notifyOf(build) === "end" ? "quiet" : undefined);
    case "stop":
    case "cancel":
      return refusalOfTracked(build);
    case "start":
      if (build.status === "tracking") return "running";
      if (build.status !== "ended") return "over";
      return jobOf(build) ? undefined : "jobUnknown";
  }
}

function refusalOfTracked({ status, stopRequestedAt }: Build): "over" | "stopping" | undefined {
  if (status !== "tracking") return "over";
  return stopRequestedAt === undefined ? undefined : "stopping";
}

/** The job whose build this is; undefined while ServiceStage did not tell it. */
export function jobOf({ details = {}, registration }: Build): { jobId: string; jobName: string } | undefined {
  const { jobId = registration.jobId, jobName = jobId } = details;
  return jobId === undefined || jobName === undefined ? undefined : { jobId, jobName };
}

/** Those of the possible actions that make sense for the build as it is. */
export const offeredActions = (build: Build, possible: readonly Action[]): Action[] =>
  possible.filter((action) => decideAction(build, action, Infinity).kind === "request");

/**
 * The build with a message for each request that is not told yet; the very same object if there is none. From the message
 * about a mute on, `notify` is `end`. So no message that may have been sent before is left out later.
 */
export function tellActions(build: Build, now: number): Build {
  const untold = untoldActions(build, now);
  const last = untold.at(-1);
  if (!last) return build;
  const contents = untold.map(({ action, request }): MessageContent => {
    const { by, result = "unknown" } = request;
    return { kind: "action", action, by, result };
  });
  const mute = untold.findIndex(({ action }) => action === "mute");
  const delivery = addPending(build.delivery, contents, now);
  return {
    ...build,
    toldActions: last.request.number,
    ...(mute !== -1 && { mutedFrom: build.delivery.nextNumber + mute }),
    // The card no longer offers what was done.
    delivery: delivery.card ? addCardRevision(delivery) : delivery,
  };
}
