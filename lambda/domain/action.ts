/**
 * What people do with a build by the buttons on its card. `mute`: from here on the channel is told only how the build ends ·
 * `stop`: the channel no longer follows the build · `cancel`, `start`: ServiceStage cancels the build, or builds again.
 */
export type Action = "mute" | "stop" | "cancel" | "start";

export const actions = ["mute", "stop", "cancel", "start"] as const satisfies Action[];

/** Somebody pressed a button. */
export interface ActionRequest {
  /** Random, so that its caller knows it again. */
  id: string;
  /** The requests of a registration are counted from 1, so that each is told once. */
  number: number;
  /** The id of a Slack user. */
  by: string;
  at: number;
  /** Absent while ServiceStage is asked. */
  result?: ActionOutcome;
}

/** `unknown`: ServiceStage's answer was lost · `begun`: a build began after an earlier start, so none was started. */
export type ActionOutcome = "done" | "begun" | "unknown";

/** The newest request of each action. */
export type ActionRequests = { [A in Action]?: ActionRequest };

/** What a registration has of the buttons. */
export interface HasActions {
  /** Only the API sets it. */
  actions?: ActionRequests;
  /** The requests up to this number are told. */
  toldActions?: number;
}

/** Longer than a request of ServiceStage may take. Who asked has died, or its answer was lost. */
export const askedForMillis = 60_000;

/** Whether the request is still being carried out. */
export const isBeingCarriedOut = ({ result, at }: ActionRequest, now: number): boolean =>
  result === undefined && now - at < askedForMillis;

export interface Told {
  action: Action;
  request: ActionRequest;
}

/** A request that no message tells yet. */
export const hasUntoldAction = (build: HasActions): boolean =>
  inOrder(build.actions).some(({ request }) => !isTold(request, build));

export const isTold = ({ number }: ActionRequest, { toldActions = 0 }: HasActions): boolean =>
  number <= toldActions;

/** The requests to tell now, in their order. One that is being carried out holds back the later ones. */
export function untoldActions(build: HasActions, now: number): Told[] {
  const untold = inOrder(build.actions).filter(({ request }) => !isTold(request, build));
  const open = untold.findIndex(({ request }) => isBeingCarriedOut(request, now));
  return open === -1 ? untold : untold.slice(0, open);
}

const inOrder = (requests: ActionRequests = {}): Told[] =>
  actions
    .flatMap((action) => (requests[action] ? [{ action, request: requests[action] }] : []))
    .toSorted((a, b) => a.request.number - b.request.number);
