import {
  fieldNames,
  isHuaweis,
  missingForHuawei,
  parseSecret,
  type Secret,
} from "../lambda/runtime/secret.ts";
import { bad, good, type Found } from "./finding.ts";
import { nearest } from "../command/nearest.ts";

/** Whether the credentials are complete and can work: the names of fields are told, and no value. */
export function examineSecret(
  text: string | undefined,
  remedy: string,
  { needsApiTokens = false } = {},
): Found<Secret> {
  const subject = "Secret";
  const { secret: value, faults, unknown } = parseSecret(text);
  const isFaulty = (field: string) => faults.some((fault) => fault.field === field);
  const isLegible = faults.every(({ field }) => field !== undefined);
  const missing = [
    ...(value.slackBotToken || isFaulty("slackBotToken") ? [] : ["slackBotToken"]),
    ...(faults.some(isHuaweis) ? [] : missingForHuawei(value)),
    ...(needsApiTokens && !hasApiToken(value) && !isFaulty("apiTokens") ? ["apiTokens"] : []),
  ];
  const wrong = [
    ...faults.map(({ field, says }) => (field ? `${field} ${says}` : says)),
    ...unknown.map(explainUnknown),
  ];
  const seen = [
    ...(missing.length > 0 && isLegible ? [`it lacks ${missing.join(", ")}`] : []),
    ...(wrong.length > 0 ? [`it can't be used: ${wrong.join("; ")}`] : []),
  ];
  if (seen.length > 0) return { value, finding: bad(subject, seen.join("; "), remedy) };
  return { value, finding: good(subject, `it holds ${heldBy(value).join(", ")}`) };
}

/** What stands where a name should may be a secret. */
function explainUnknown(name: string): string {
  if (!/^[A-Za-z]{1,40}$/.test(name)) return `the names of the fields are ${fieldNames.join(", ")}`;
  const meant = nearest(name, fieldNames);
  return meant ? `${name} is no field, ${meant} is` : `${name} is no field`;
}

export const hasApiToken = ({ apiTokens = [] }: Secret): boolean => apiTokens.some(Boolean);

/** The names of the fields that are filled in. */
export const heldBy = (secret: Secret): string[] =>
  fieldNames.filter((name) => (secret[name]?.length ?? 0) > 0);
