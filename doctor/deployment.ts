import { doubtRegion, remedyOfRegion } from "../lib/regions.ts";
import { huaweiCredentialsOf, type Secret } from "../lambda/runtime/secret.ts";
import { readEnvironment, readOutputs, readSecret, type Environment } from "./aws.ts";
import { checkApi } from "./api.ts";
import { unchecked, type Finding } from "./finding.ts";
import { checkSchedule } from "./schedule.ts";
import { checkServiceStage, openServiceStage } from "./service-stage.ts";
import { checkActions } from "./slack-actions.ts";
import { checkSlack, openSlack } from "./slack.ts";
import { checkCommands } from "./slack-commands.ts";
import { checkSubscriptions, type SubscriptionChecks } from "./subscriptions.ts";

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
    const serviceStage = await checkServiceStage(settings.value, secret.value);
    yield serviceStage;
    const buttons = await checkActions(settings.value, secret.value, serviceStage.mark === "✔");
    if (buttons) yield buttons;
    let isSlackFine = false;
    for await (const finding of checkSlack(settings.value, secret.value)) {
      isSlackFine ||= finding.subject === "Slack" && finding.mark === "✔";
      yield finding;
    }
    const works = { serviceStage: serviceStage.mark === "✔", slack: isSlackFine };
    yield* checkSubscriptions(checksOf(settings.value, secret.value, works), Date.now());
  }
  yield await checkSchedule(pollFunctionName, Date.now());
  yield await checkApi({ apiUrl, authorization }, secret.value);
  if (secret.value) yield await checkCommands(apiUrl, secret.value);
}

/** What does not work is not asked again: several refused signatures in a row lock a key. */
function checksOf(
  place: Environment,
  secret: Secret | undefined,
  works: { serviceStage: boolean; slack: boolean },
): SubscriptionChecks {
  const credentials = secret && works.serviceStage ? huaweiCredentialsOf(secret) : undefined;
  const token = works.slack ? secret?.slackBotToken : undefined;
  return {
    tableName: place.tableName,
    place,
    serviceStage: credentials && openServiceStage(place, credentials),
    slack: token === undefined ? undefined : openSlack(place, token),
  };
}
