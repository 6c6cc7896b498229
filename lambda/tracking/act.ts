import type { Action, ActionRequest } from "../domain/action.ts";
import { decideAction, jobOf, type ActionRefusal } from "../domain/build-action.ts";
import type { Build } from "../domain/build.ts";
import { hasSeen, seenHash, type Seen } from "../domain/seen.ts";
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
  store: AskParts["store"] & Pick<ApiStore, "loadBuild" | "loadSubscription" | "register" | "requestAction">;
  clock: Pick<Clock, "now">;
  newId: () => string;
  /** What the operator allows. */
  allowed: readonly Action[];
}

/**
 * `started`: new builds of the job began. Usually it is one · `noAnswer`: ServiceStage's answer was lost, and nothing shows
 * whether the call had its effect · `failed`: nothing was done · `unknownBuild`: this registration is not stored any more.
 */
export type ActResult =
  | { kind: "done"; action: "mute" | "stop" | "cancel" }
  | { kind: "started"; buildIds: string[] }
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

/**
 * Starts a build, unless an earlier start had its effect although its answer was lost: then the job has a build that was not
 * there before. The builds before a start are stored with its request.
 */
async function start(call: ActionCall, asked: Asked, parts: ActParts): Promise<ActResult> {
  const found = await findBuild(call, parts);
  if (found.kind !== "found") return found;
  const job = jobOf(found.build)!;
  const listed = await listNewest(job, asked);
  const before = found.replaced?.before ?? listed.map(seenHash);
  const taken = await takeRequest(call, { before }, parts);
  if (taken.kind !== "taken") return taken;
  const isNew = (buildId: string) => !hasSeen(before, buildId);
  let buildIds = listed.filter(isNew);
  if (buildIds.length === 0) {
    const failure = await failureOf(async () => (buildIds = [await asked.startBuild(job.jobId)]));
    if (failure && !failure.mayHaveActed) {
      await withdraw(taken, call, parts);
      throw failure;
    }
    if (failure) buildIds = (await listNewest(job, asked).catch(() => [])).filter(isNew);
  }
  for (const buildId of buildIds) await follow(buildId, taken.build, job.jobId, parts);
  await settle(taken, buildIds.length > 0 ? "done" : "unknown", call, parts);
  return buildIds.length > 0 ? { kind: "started", buildIds } : { kind: "noAnswer", action: "start" };
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
 * The job's newest builds, as far as ServiceStage shows them: the order of the list is not documented, so both of its ends
 * are read. @throws {ServiceStageError}
 */
async function listNewest(job: { jobId: string; jobName: string }, asked: Asked): Promise<string[]> {
  const { lastBuildId } = await asked.fetchJob(job.jobId);
  const first = await asked.fetchJobBuilds(job, 1);
  const last = first.page === 1 && first.pages > 1 ? await asked.fetchJobBuilds(job, first.pages) : undefined;
  const listed = [first, last].flatMap((page) => page?.builds.slice(0, listedAtMost) ?? []);
  return [...new Set([...(lastBuildId ? [lastBuildId] : []), ...listed.map(({ buildId }) => buildId)])];
}

/** Of each end of the list. The request keeps 13 bytes of each. */
const listedAtMost = 100;

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

const findBuild = async (call: ActionCall, { store, clock }: ActParts): Promise<Found> =>
  checkBuild(await store.loadBuild(call.buildId, call.channel), call, clock.now());

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
  replaced?: ActionRequest;
}

/** Stores the request. Of several callers, one gets it. */
async function takeRequest(
  call: ActionCall,
  fields: { result?: "done"; before?: Seen },
  parts: ActParts,
): Promise<Taken | NotTaken> {
  const { store, clock, newId } = parts;
  const asked = { id: newId(), by: call.userId, at: clock.now(), ...fields };
  for (let attempt = 1; attempt <= attempts; attempt++) {
    const stored = await store.loadBuild(call.buildId, call.channel);
    const own = stored?.actions?.[call.action];
    // The earlier write happened, although its answer was lost.
    if (stored && own?.id === asked.id) return { kind: "taken", build: stored, request: own };
    const found = checkBuild(stored, call, clock.now());
    if (found.kind !== "found") return found;
    const { kind: _found, build, ...rest } = found;
    const request = { number: (build.requestsVersion ?? 0) + 1, ...asked };
    const saved = await store.requestAction(build, call.action, request);
    if (saved) return { kind: "taken", build: saved, request, ...rest };
  }
  return { kind: "contended" };
}

/** Nothing was done, so the request is removed, and nobody is told. An earlier request may have had its effect: it stays. */
const withdraw = ({ request, replaced }: Taken, call: ActionCall, parts: ActParts): Promise<void> =>
  replaceRequest(request, replaced, call, parts);

const settle = (
  { request }: Taken,
  result: "done" | "unknown",
  call: ActionCall,
  parts: ActParts,
): Promise<void> => replaceRequest(request, { ...request, result }, call, parts);

/** If it fails to the end, the request is told after a minute as one whose answer was lost. */
async function replaceRequest(
  { id }: ActionRequest,
  next: ActionRequest | undefined,
  { action, buildId, channel }: ActionCall,
  { store }: ActParts,
): Promise<void> {
  for (let attempt = 1; attempt <= attempts; attempt++) {
    const build = await store.loadBuild(buildId, channel);
    if (build?.actions?.[action]?.id !== id) return;
    if (await store.requestAction(build, action, next)) return;
  }
}
