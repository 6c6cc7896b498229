import { huaweiCredentialsOf, type Secret } from "../lambda/runtime/secret.ts";
import { createServiceStage } from "../lambda/servicestage/client.ts";
import {
  ServiceStageError,
  type HuaweiCredentials,
  type Log,
  type ServiceStage,
  type ServiceStageActions,
} from "../lambda/tracking/ports.ts";
import { bad, good, repairSecret, unchecked, type Finding } from "./finding.ts";

export interface ServiceStagePlace {
  serviceStageEndpoint: string;
  iamEndpoint: string;
  huaweiRegion: string;
  huaweiProjectId?: string | undefined;
}

const subject = "ServiceStage";
const silent: Log = { info() {}, warn() {}, error() {} };
/** Looks like the id of a build or a job, but none has it. */
export const nothing = "0".repeat(40);
const clockToleranceMillis = 15 * 60_000;

/**
 * Asks for a build that does not exist. The answer "not found" proves that address, credentials and permission are right.
 * It asks only once: several refused signatures in a row lock a key.
 */
export async function checkServiceStage(
  place: ServiceStagePlace,
  secret: Secret | undefined,
): Promise<Finding> {
  const credentials = secret && huaweiCredentialsOf(secret);
  if (!credentials) {
    const why = "not checked: there are no usable Huawei Cloud credentials";
    return unchecked(subject, why, repairSecret);
  }
  const by = credentials.kind === "accessKey" ? "the access key" : `the password of user ${credentials.user}`;
  const fine = good(subject, `it answers in ${place.huaweiRegion}, and accepts ${by}`);
  try {
    await ask(place, credentials);
    return fine;
  } catch (error) {
    if (!(error instanceof ServiceStageError)) throw error;
    return error.reason === "unknownBuild" ? fine : explain(error, place, credentials);
  }
}

const ask = (place: ServiceStagePlace, credentials: HuaweiCredentials) =>
  openServiceStage(place, credentials).fetchPhases(nothing);

export const openServiceStage = (
  place: ServiceStagePlace,
  credentials: HuaweiCredentials,
): ServiceStage & ServiceStageActions =>
  createServiceStage({
    endpoint: place.serviceStageEndpoint,
    iamEndpoint: place.iamEndpoint,
    region: place.huaweiRegion,
    projectId: place.huaweiProjectId,
    credentials: { read: async () => credentials, renew: async () => undefined },
    clock: { now: Date.now },
    log: silent,
  });

function explain(error: ServiceStageError, place: ServiceStagePlace, { kind }: HuaweiCredentials): Finding {
  const skewMillis = Date.now() - (error.answeredAt ?? Date.now());
  if (error.reason === "refused" && Math.abs(skewMillis) > clockToleranceMillis) {
    const minutes = Math.round(Math.abs(skewMillis) / 60_000);
    const off = `this machine's clock is ${minutes} minutes ${skewMillis > 0 ? "ahead" : "behind"}`;
    return bad(subject, `it refuses the signature, and ${off}`, "set the clock");
  }
  const known = kind === "accessKey" && error.reason === "refused" ? remedyOfKey(error.message) : undefined;
  return bad(subject, saidOf(error, `build ${nothing}`), known ?? remedyOf(error, place));
}

/**
 * What happened, and the answer. The advice is left out: it is meant for the poller.
 * @param about what the message begins with
 */
export function saidOf(error: ServiceStageError, about: string): string {
  const message = error.message.replace(`${about}: `, "");
  const answered = / \(\d{3}\b.*$/.exec(message)?.[0] ?? "";
  return message.replace(answered, "").split(";")[0] + answered;
}

/** The texts come from Huawei's signing guide, "Common Errors Related to IAM Authentication Information". */
function remedyOfKey(message: string): string | undefined {
  if (/reach the limit/.test(message))
    return "the key is locked: wait five minutes, then try once with the right key";
  if (/ak not exist|Get secretKey failed/.test(message))
    return "Huawei Cloud does not know huaweiAccessKey: compare it with My Credentials in the console, and check that the region belongs to the account's site";
  if (/x-security-token/i.test(message))
    return "huaweiSecurityToken is missing or has expired: use a permanent access key";
  if (/signature/.test(message))
    return "huaweiSecretKey does not belong to huaweiAccessKey: enter both again";
  return undefined;
}

export function remedyOf(
  { reason }: ServiceStageError,
  { huaweiRegion, huaweiProjectId }: ServiceStagePlace,
): string {
  const project = huaweiProjectId ? `; check that huaweiProjectId is a project of ${huaweiRegion}` : "";
  switch (reason) {
    case "refused":
      return `check the credentials${project}`;
    case "forbidden":
      return `give the user ServiceStage ReadOnlyAccess in ${huaweiRegion}${project}`;
    case "unavailable":
      return `check huaweiRegion (${huaweiRegion}), the endpoints, and the network`;
    case "unknownBuild":
    case "unknownJob":
    case "throttled":
    case "notUnderstood":
      return "try again in some minutes";
  }
}
