import { huaweiCredentialsOf, type Secret } from "../lambda/runtime/secret.ts";
import { createServiceStage } from "../lambda/servicestage/client.ts";
import { ServiceStageError, type HuaweiCredentials, type Log } from "../lambda/tracking/ports.ts";
import { bad, good, unchecked, type Finding } from "./finding.ts";

export interface ServiceStagePlace {
  serviceStageEndpoint: string;
  iamEndpoint: string;
  huaweiRegion: string;
  huaweiProjectId?: string | undefined;
}

const subject = "ServiceStage";
const silent: Log = { info() {}, warn() {}, error() {} };
/** Of a build id's shape; no build has it. */
const noBuild = "0".repeat(40);
const clockToleranceMillis = 15 * 60_000;

/**
 * Asks once for a build that there is not: to be told so takes the right address, credentials and permission. Never
 * more than once, since refused signatures in a row lock a key.
 */
export async function checkServiceStage(
  place: ServiceStagePlace,
  secret: Secret | undefined,
): Promise<Finding> {
  const credentials = secret && huaweiCredentialsOf(secret);
  if (!credentials) return unchecked(subject, "not asked: there are no credentials for it");
  const by = credentials.kind === "accessKey" ? "the access key" : `the password of user ${credentials.user}`;
  const fine = good(subject, `it answers in ${place.huaweiRegion}, and takes ${by}`);
  try {
    await ask(place, credentials);
    return fine;
  } catch (error) {
    if (!(error instanceof ServiceStageError)) throw error;
    return error.reason === "unknownBuild" ? fine : explain(error, place, credentials);
  }
}

const ask = (place: ServiceStagePlace, credentials: HuaweiCredentials) =>
  createServiceStage({
    endpoint: place.serviceStageEndpoint,
    iamEndpoint: place.iamEndpoint,
    region: place.huaweiRegion,
    projectId: place.huaweiProjectId,
    credentials: { read: async () => credentials, renew: async () => undefined },
    clock: { now: Date.now },
    log: silent,
  }).fetchPhases(noBuild);

function explain(error: ServiceStageError, place: ServiceStagePlace, { kind }: HuaweiCredentials): Finding {
  const skewMillis = Date.now() - (error.answeredAt ?? Date.now());
  if (error.reason === "refused" && Math.abs(skewMillis) > clockToleranceMillis) {
    const minutes = Math.round(Math.abs(skewMillis) / 60_000);
    const off = `this machine's clock is ${minutes} minutes ${skewMillis > 0 ? "ahead" : "behind"}`;
    return bad(subject, `it refuses the signature, and ${off}`, "set the clock");
  }
  const message = error.message.replace(`build ${noBuild}: `, "");
  const known = kind === "accessKey" && error.reason === "refused" ? remedyOfKey(message) : undefined;
  return bad(subject, withoutAdvice(message), known ?? remedyOf(error, place));
}

/** What happened, and what was answered; what a poller does about it is no advice here. */
function withoutAdvice(message: string): string {
  const answered = / \(\d{3}\b.*$/.exec(message)?.[0] ?? "";
  return message.replace(answered, "").split(";")[0] + answered;
}

/** By the words of Huawei's signing guide, "Common Errors Related to IAM Authentication Information". */
function remedyOfKey(message: string): string | undefined {
  if (/reach the limit/.test(message))
    return "the key is locked: wait five minutes, then try once with the right one";
  if (/ak not exist|Get secretKey failed/.test(message))
    return "huaweiAccessKey is unknown there: compare it with the console's My Credentials, and the region with the account's site";
  if (/x-security-token/i.test(message))
    return "huaweiSecurityToken is missing or over: put a permanent access key";
  if (/signature/.test(message)) return "huaweiSecretKey does not belong to huaweiAccessKey: put both again";
  return undefined;
}

function remedyOf(
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
    case "throttled":
    case "notUnderstood":
      return "try again in some minutes";
  }
}
