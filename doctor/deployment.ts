import { doubtRegion, remedyOfRegion } from "../lib/regions.ts";
import { readEnvironment, readOutputs, readSecret } from "./aws.ts";
import { checkApi } from "./api.ts";
import { unchecked, type Finding } from "./finding.ts";
import { checkSchedule } from "./schedule.ts";
import { checkServiceStage } from "./service-stage.ts";
import { checkSlack } from "./slack.ts";

/** Checks what is deployed. This folder's settings and credentials are not used. */
export async function* checkDeployment(stackName: string): AsyncGenerator<Finding> {
  const stack = await readOutputs(stackName);
  yield stack.finding;
  if (!stack.value) return;
  const { apiUrl, authorization, pollFunctionName, secretName } = stack.value;
  const settings = await readEnvironment(pollFunctionName);
  yield settings.finding;
  const doubt = settings.value && doubtRegion(settings.value.huaweiRegion);
  if (doubt !== undefined) yield unchecked("Region", doubt, remedyOfRegion);
  const secret = await readSecret(secretName, { needsApiTokens: authorization === "token" });
  yield secret.finding;
  if (settings.value) {
    yield await checkServiceStage(settings.value, secret.value);
    yield* checkSlack(settings.value, secret.value);
  }
  yield await checkSchedule(pollFunctionName, Date.now());
  yield await checkApi({ apiUrl, authorization }, secret.value);
}
