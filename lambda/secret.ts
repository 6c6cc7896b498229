import * as z from "zod/mini";
import type { HuaweiCredentials } from "./tracking/ports.ts";

/** All of the product's credentials live in one Secrets Manager secret, a JSON object of these texts. */
const secretShape = z.object({
  slackBotToken: z.optional(z.string()),
  huaweiAccessKey: z.optional(z.string()),
  huaweiSecretKey: z.optional(z.string()),
  huaweiSecurityToken: z.optional(z.string()),
  huaweiUser: z.optional(z.string()),
  huaweiPassword: z.optional(z.string()),
  huaweiDomain: z.optional(z.string()),
  apiTokens: z.optional(z.array(z.string())),
});
export type Secret = z.infer<typeof secretShape>;

/** @throws {Error} with what is wrong, such as "it is not a JSON object"; never with a value */
export function parseSecret(text: string | undefined): Secret {
  const result = z.safeParse(secretShape, parseJson(text));
  if (result.success) return result.data;
  // What zod says could quote the secret: only the names of the faulty fields are told.
  const fields = [...new Set(result.error.issues.map((issue) => issue.path[0]).filter(Boolean))];
  throw new Error(
    fields.length > 0 ? `these fields have the wrong type: ${fields.join(", ")}` : "it is not a JSON object",
  );
}

function parseJson(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? "");
  } catch {
    return undefined;
  }
}

/** Undefined while neither sign-in is complete: {@link missingForHuawei} tells what is missing. */
export function huaweiCredentialsOf(secret: Secret): HuaweiCredentials | undefined {
  const { huaweiAccessKey: accessKey, huaweiSecretKey: secretKey, huaweiSecurityToken } = secret;
  if (accessKey && secretKey) {
    const securityToken = huaweiSecurityToken ? { securityToken: huaweiSecurityToken } : {};
    return { kind: "accessKey", accessKey, secretKey, ...securityToken };
  }
  const { huaweiUser: user, huaweiPassword: password, huaweiDomain: domain } = secret;
  return user && password && domain ? { kind: "password", user, password, domain } : undefined;
}

const signIns = [
  ["huaweiAccessKey", "huaweiSecretKey"],
  ["huaweiUser", "huaweiPassword", "huaweiDomain"],
] as const;

/** The fields that the sign-in lacks which was begun; of both when none was. Empty when one is complete. */
export function missingForHuawei(secret: Secret): string[] {
  if (huaweiCredentialsOf(secret)) return [];
  const begun = signIns.find((fields) => fields.some((field) => secret[field]));
  if (begun) return begun.filter((field) => !secret[field]);
  return ["huaweiAccessKey and huaweiSecretKey (or huaweiUser, huaweiPassword and huaweiDomain)"];
}
