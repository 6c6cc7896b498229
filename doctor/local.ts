import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseJsonObject } from "../lambda/runtime/json.ts";
import { doubtRegion, remedyOfRegion } from "../lib/regions.ts";
import { parseContext, SettingsError, templateRegion, type Settings } from "../lib/settings.ts";
import { examineAccess, readCredentials } from "./credentials-file.ts";
import { bad, good, unchecked, type Finding, type Found } from "./finding.ts";
import { checkServiceStage } from "./service-stage.ts";
import { checkActions } from "./slack-actions.ts";
import { checkSlack } from "./slack.ts";
import { examineSigningSecret } from "./slack-commands.ts";

/** Checks this folder's settings and credentials, before a deployment. */
export async function* checkLocal(folder: string): AsyncGenerator<Finding> {
  const settings = readSettings(folder);
  yield settings.finding;
  const doubt = settings.value && doubtRegion(settings.value.huaweiRegion);
  if (doubt !== undefined) yield unchecked("Region", doubt, remedyOfRegion);
  const secret = readCredentials(folder, { needsApiTokens: settings.value?.authorization === "token" });
  yield secret.finding;
  const access = examineAccess(folder);
  if (access) yield access;
  if (!settings.value) return;
  const serviceStage = await checkServiceStage(settings.value, secret.value);
  yield serviceStage;
  const buttons = await checkActions(settings.value, secret.value, serviceStage.mark === "✔");
  if (buttons) yield buttons;
  yield* checkSlack(settings.value, secret.value);
  if (secret.value) yield examineSigningSecret(secret.value);
}

function readSettings(folder: string): Found<Settings> {
  const subject = "Settings";
  const remedy = "edit cdk.json; the README lists all settings";
  let text: string;
  try {
    text = readFileSync(join(folder, "cdk.json"), "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return { finding: bad(subject, `cdk.json can't be read: ${code}`, remedy) };
  }
  const cdk = parseJsonObject(text);
  if (cdk.kind === "unusable")
    return { finding: bad(subject, `cdk.json can't be read: ${cdk.says}`, remedy) };
  const { context = {} } = cdk.value;
  try {
    const value = parseContext(context as Record<string, unknown>);
    return { value, finding: good(subject, describe(value)) };
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    return { finding: bad(subject, error.title, remedy, error.faults) };
  }
}

/** Nobody may have chosen the region of the template, so the line says where it comes from. */
const describe = ({ huaweiRegion }: Settings): string =>
  `cdk.json sets the region ${huaweiRegion}${
    huaweiRegion === templateRegion
      ? ", as it was delivered: if your builds run in another region, change huaweiRegion"
      : ""
  }`;
