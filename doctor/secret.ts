import {
  fieldNames,
  isHuaweis,
  missingForHuawei,
  parseSecret,
  type Secret,
} from "../lambda/runtime/secret.ts";
import { bad, good, type Found } from "./finding.ts";
import { nearest } from "../command/nearest.ts";

/** Checks whether the credentials are complete and usable. The finding names fields, and never shows a value. */
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
    ...(missing.length > 0 && isLegible ? [`missing: ${missing.join(", ")}`] : []),
    ...(wrong.length > 0 ? [`not usable: ${wrong.join("; ")}`] : []),
  ];
  if (seen.length > 0) return { value, finding: bad(subject, seen.join("; "), remedy) };
  return { value, finding: good(subject, `it holds ${heldBy(value).join(", ")}`) };
}

/** An unknown name is shown only when it looks like a name: it may be a secret. */
function explainUnknown(name: string): string {
  if (!/^[A-Za-z]{1,40}$/.test(name)) return `an unknown field; the fields are ${fieldNames.join(", ")}`;
  const meant = nearest(name, fieldNames);
  return meant ? `${name} is not a field; did you mean ${meant}?` : `${name} is not a field`;
}

export const hasApiToken = ({ apiTokens = [] }: Secret): boolean => apiTokens.some(Boolean);

/** The names of the fields that are filled in. */
export const heldBy = (secret: Secret): string[] =>
  fieldNames.filter((name) => (secret[name]?.length ?? 0) > 0);
