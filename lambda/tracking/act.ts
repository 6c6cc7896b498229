import type { Action, ActionOutcome, ActionRequest } from "../domain/action.ts";
import { decideAction, jobOf, type ActionRefusal } from "../domain/build-action.ts";
import type { Build } from "../domain/build.ts";
import { findBegun } from "./find-begun.ts";
import { askServiceStage, type Asked, type AskParts } from "./ask-service-stage.ts";
import { ServiceStageError, type ApiStore, type Clock, type ServiceStageFailure } from "./ports.ts";
import { register } from "./register.ts";

/** Carries out what somebody asks for with a button of a build's card. */

/** Which registration the card shows, and who asks. */
export interface ActionCall {
  action: Action;
  buildId: string;
  channel: string;
  registrationId: string;
  userId: string;
}

export interface ActParts extends AskParts {
  store: AskParts["store"] &
    Pick<ApiStore, "loadBuild" | "loadRegistrations" | "loadSubscription" | "register" | "requestAction">;
  clock: Pick<Clock, "now">;
  newId: () => string;
  /** What the operator allows. */
  allowed: readonly Action[];
}

/**
 * `started`: a new build began · `begun`: none was started, because this build began after an earlier request · `noAnswer`: ServiceStage's answer was lost, and nothing shows
 * whether the call had its effect · `failed`: nothing was done · `unknownBuild`: this registration is not stored any more.
 */
export type ActResult =
  | { kind: "done"; action: "mute" | "stop" | "cancel" }
  | { kind: "started" | "begun"; buildId: string }
  | { kind: "noAnswer"; action: "cancel" | "start" }
  | { kind: "failed"; reason: ServiceStageFailure }
  | { kind: "notAllowed" }
  | NotTaken;

/** `contended`: others changed the build at the same moment, again and again. */
type NotTaken =
  | { kind: "refused"; action: Action; refusal: ActionRefusal }
  | { kind: "unknownBuild" }
  | { kind: "contended" };

/** An attempt fails only if the build was observed or requested at the same moment. The next attempt sees the result. */
const attempts = 10;
/** The table may be unavailable. The SDK has tried several times before it throws. */
const triesAtMost = 2;

/** Of several callers at the same time, one carries the action out. The others get a refusal that says so. */
export async function act(call: ActionCall, parts: ActParts): Promise<ActResult> {
  if (!parts.allowed.includes(call.action)) return { kind: "notAllowed" };
  try {
    switch (call.action) {
      case "mute":
      case "stop": {
        const taken = await takeRequest(call, { result: "done" }, parts);
        return taken.kind === "taken" ? { kind: "done", action: call.action } : taken;
      }
      case "cancel":
        return await askServiceStage(parts, (asked) => cancel(call, asked, parts));
      case "start":
        return await askServiceStage(parts, (asked) => start(call, asked, parts));
    }
  } catch (error) {
    if (!(error instanceof ServiceStageError)) throw error;
    return { kind: "failed", reason: error.reason };
  }
}

async function cancel(call: ActionCall, asked: Asked, parts: ActParts): Promise<ActResult> {
  const taken = await takeRequest(call, {}, parts);
  if (taken.kind !== "taken") return taken;
  const failure = await failureOf(() => asked.cancelBuild(call.buildId));
  if (failure && !failure.mayHaveActed) {
    await withdraw(taken, call, parts);
    throw failure;
  }
  await settle(taken, failure ? "unknown" : "done", call, parts);
  return failure ? { kind: "noAnswer", action: "cancel" } : { kind: "done", action: "cancel" };
}

/** Starts a build, unless an earlier start had its effect although its answer was lost. */
async function start(call: ActionCall, asked: Asked, parts: ActParts): Promise<ActResult> {
  const taken = await takeRequest(call, {}, parts);
  if (taken.kind !== "taken") return taken;
  // The request is stored already, so of two people in two channels at least one sees the other.
  const elsewhere = await startedElsewhere(call, parts);
  if (elsewhere) {
    await withdraw(taken, call, parts);
    return elsewhere;
  }
  try {
    return await startOrFind(taken, call, asked, parts);
  } catch (error) {
    if (error instanceof ServiceStageError) await withdraw(taken, call, parts);
    throw error;
  }
}

/** @throws {ServiceStageError} if no build was started */
async function startOrFind(
  taken: Taken,
  call: ActionCall,
  asked: Asked,
  parts: ActParts,
): Promise<ActResult> {
  const job = jobOf(taken.build)!;
  const begun = taken.replaced && (await findBegun(job, call.buildId, taken.replaced.at, asked));
  let started: string | undefined;
  if (begun === undefined) {
    const failure = await failureOf(async () => (started = await asked.startBuild(job.jobId)));
    if (failure && !failure.mayHaveActed) throw failure;
    if (failure) started = await findBegun(job, call.buildId, taken.request.at, asked).catch(() => undefined);
  }
  const buildId = begun ?? started;
  if (buildId !== undefined) await follow(buildId, taken.build, job.jobId, parts);
  const outcome = begun === undefined ? (started === undefined ? "unknown" : "done") : "begun";
  await settle(taken, outcome, call, parts);
  if (buildId === undefined) return { kind: "noAnswer", action: "start" };
  return { kind: begun === undefined ? "started" : "begun", buildId };
}

/** Whether the same build was built again from its card in another channel. */
async function startedElsewhere(
  { action, buildId, channel }: ActionCall,
  { store, clock }: ActParts,
): Promise<NotTaken | undefined> {
  const builds = await store.loadRegistrations(buildId);
  for (const build of builds.filter(({ registration }) => registration.channel !== channel)) {
    const decision = decideAction(build, action, clock.now());
    if ("by" in decision) return { kind: "refused", action, refusal: decision };
  }
  return undefined;
}

async function failureOf(call: () => Promise<unknown>): Promise<ServiceStageError | undefined> {
  try {
    await call();
    return undefined;
  } catch (error) {
    if (error instanceof ServiceStageError) return error;
    throw error;
  }
}

/**
 * The new build is told in the channel: by the channel's subscription, or by a registration with the settings of this one. A
 * subscription to some branches may leave the build out.
 */
async function follow(
  buildId: string,
  { registration }: Build,
  jobId: string,
  parts: ActParts,
): Promise<void> {
  const { id: _id, at: _at, jobId: _subscribed, ...settings } = registration;
  const subscription = await parts.store.loadSubscription(jobId, settings.channel);
  const isFound = subscription?.status === "active" && subscription.settings.branches === undefined;
  if (!isFound) await register(parts, buildId, settings);
}

type Found = { kind: "found"; build: Build; replaced?: ActionRequest } | NotTaken;

/** Whether the action can be carried out now. */
function checkBuild(build: Build | undefined, { action, registrationId }: ActionCall, now: number): Found {
  if (build?.registration.id !== registrationId) return { kind: "unknownBuild" };
  const decision = decideAction(build, action, now);
  if (decision.kind !== "request") return { kind: "refused", action, refusal: decision };
  return { kind: "found", build, ...(decision.replaced && { replaced: decision.replaced }) };
}

interface Taken {
  kind: "taken";
  build: Build;
  request: ActionRequest;
  replaced: ActionRequest | undefined;
}

/** Stores the request. Of several callers, one gets it. */
async function takeRequest(
  call: ActionCall,
  fields: { result?: "done" },
  parts: ActParts,
): Promise<Taken | NotTaken> {
  const { store, clock, newId } = parts;
  const asked = { id: newId(), by: call.userId, at: clock.now(), ...fields };
  let replaced: ActionRequest | undefined;
  for (let attempt = 1; attempt <= attempts; attempt++) {
    const stored = await store.loadBuild(call.buildId, call.channel);
    const own = stored?.actions?.[call.action];
    // The earlier write happened, although its answer was lost.
    if (stored && own?.id === asked.id) return { kind: "taken", build: stored, request: own, replaced };
    const found = checkBuild(stored, call, clock.now());
    if (found.kind !== "found") return found;
    const { build } = found;
    replaced = found.replaced;
    const request = { number: (build.requestsVersion ?? 0) + 1, ...asked };
    const saved = await saveRequest(build, call.action, request, attempt, store);
    if (saved) return { kind: "taken", build: saved, request, replaced };
  }
  return { kind: "contended" };
}

/** Nothing was done, so the request is removed, and nobody is told. An earlier request may have had its effect: it stays. */
const withdraw = ({ request, replaced }: Taken, call: ActionCall, parts: ActParts): Promise<void> =>
  replaceRequest(request, replaced, call, parts);

const settle = (
  { request }: Taken,
  result: ActionOutcome,
  call: ActionCall,
  parts: ActParts,
): Promise<void> => replaceRequest(request, { ...request, result }, call, parts);

async function replaceRequest(
  { id }: ActionRequest,
  next: ActionRequest | undefined,
  { action, buildId, channel }: ActionCall,
  { store, log }: ActParts,
): Promise<void> {
  try {
    for (let attempt = 1; attempt <= attempts; attempt++) {
      const build = await store.loadBuild(buildId, channel);
      if (build?.actions?.[action]?.id !== id) return;
      if (await saveRequest(build, action, next, attempt, store)) return;
    }
    log.warn("The result of a click could not be stored: others changed the build", { buildId, action });
  } catch (error) {
    // Its caller gets the right answer. The thread tells the request after a minute as one whose answer was lost.
    log.error("The result of a click could not be stored", { buildId, action, error });
  }
}

/** An answer of the table that was lost is like a condition that failed: the next attempt sees what is stored. */
async function saveRequest(
  build: Build,
  action: Action,
  request: ActionRequest | undefined,
  attempt: number,
  store: ActParts["store"],
): Promise<Build | undefined> {
  try {
    return await store.requestAction(build, action, request);
  } catch (error) {
    if (attempt >= triesAtMost) throw error;
    return undefined;
  }
}
