import { missingForHuawei, parseSecret, type Secret } from "../lambda/secret.ts";
import { bad, good, type Found } from "./finding.ts";

/** Whether the credentials are complete: the names of what is missing are told, and no value. */
export function examineSecret(
  text: string | undefined,
  remedy: string,
  { needsApiTokens = false } = {},
): Found<Secret> {
  const subject = "Secret";
  let value: Secret;
  try {
    value = parseSecret(text);
  } catch (error) {
    return { finding: bad(subject, `it can't be used: ${(error as Error).message}`, remedy) };
  }
  const missing = [
    ...(value.slackBotToken ? [] : ["slackBotToken"]),
    ...missingForHuawei(value),
    ...(needsApiTokens && !hasApiToken(value) ? ["apiTokens"] : []),
  ];
  if (missing.length > 0) return { value, finding: bad(subject, `it lacks ${missing.join(", ")}`, remedy) };
  return { value, finding: good(subject, `it holds ${heldBy(value).join(", ")}`) };
}

export const hasApiToken = ({ apiTokens = [] }: Secret): boolean => apiTokens.some(Boolean);

/** The names of the fields that are filled in. */
export const heldBy = (secret: Secret): string[] =>
  Object.entries(secret).flatMap(([name, value]) => (value && value.length > 0 ? [name] : []));
