import * as z from "zod/mini";
import { b64token } from "../builds-api/bearer.ts";
import type { HuaweiCredentials } from "../tracking/ports.ts";

/**
 * All of the product's credentials live in one Secrets Manager secret, a JSON object of these fields. What is wrong with
 * it is said in the same words to whoever puts it, to the doctor, and in the handlers' logs; a value is never said.
 */

/** Secrets Manager's quota, in bytes. */
export const maxSecretBytes = 65_536;

/**
 * In characters. With hexadecimal digits they are 64 bits, which nobody guesses: at the 10,000 requests a second that
 * the API lets through at most, half of them take 30 million years.
 */
const leastApiToken = 16;

const text = (...checks: [holds: (value: string) => boolean, fault: string][]) =>
  z.string("is not a text").check(
    z.refine((value: string) => !/^(<.*>|…|\.{3})$/s.test(value), {
      error: "is still a placeholder",
      abort: true,
    }),
    ...checks.map(([holds, error]) => z.refine<string>(holds, { error, abort: true })),
  );

/** What HTTP takes in a header without changing it; and a placeholder that is written as a word. */
const credential = (...checks: Parameters<typeof text>) =>
  text(
    [(value) => !/…|\.{3}|^(xoxb-)?(your|my|change|replace)[-_]/i.test(value), "is still a placeholder"],
    [
      (value) => /^[\x21-\x7E]+$/.test(value),
      "holds white space or a sign that no header can carry: copy it again",
    ],
    ...checks,
  );

const signInText = text([
  (value) => !/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(value),
  "holds a line break or an invisible sign: copy it again",
]);

const apiToken = credential(
  [
    (value) => new RegExp(`^${b64token}$`).test(value),
    "holds a sign that a bearer token can't have: letters, digits, - . _ ~ + / and = at the end can be",
  ],
  [
    (value) => value.length >= leastApiToken,
    `has fewer than ${leastApiToken} characters, which can be guessed: openssl rand -hex 32 makes one`,
  ],
);

const fields = {
  slackBotToken: credential([
    (value) => /^(xoxe\.)?xoxb-/.test(value),
    "is not a bot token, which begins with xoxb-",
  ]),
  huaweiAccessKey: credential(),
  huaweiSecretKey: credential(),
  huaweiSecurityToken: credential(),
  huaweiUser: signInText,
  huaweiPassword: signInText,
  huaweiDomain: signInText,
};

type TextField = keyof typeof fields;
export type Secret = Partial<Record<TextField, string>> & {
  /** Several are valid at once while one replaces another. */
  apiTokens?: string[];
};
export type Field = keyof Secret;
export const fieldNames = [...Object.keys(fields), "apiTokens"] as Field[];

export interface Fault {
  /** Absent where the whole of it can't be used. */
  field?: Field;
  /** Such as "is not a text"; never with a value. */
  says: string;
}

export interface ParsedSecret {
  /** What can be used. */
  secret: Secret;
  faults: Fault[];
  /** Names that are no field's. */
  unknown: string[];
}

/** A field that is empty counts as absent; one with a fault is left out, and with it what is useless alone. */
export function parseSecret(json: string | undefined): ParsedSecret {
  const found = objectIn(json);
  if (!found) return { secret: {}, faults: [{ says: "it is not a JSON object" }], unknown: [] };
  const secret: Secret = {};
  const faults: Fault[] = [];
  const bytes = Buffer.byteLength(json ?? "");
  if (bytes > maxSecretBytes) {
    faults.push({ says: `it has ${bytes} bytes, and Secrets Manager takes ${maxSecretBytes}` });
  }
  for (const field of Object.keys(fields) as TextField[]) {
    const value = found[field];
    const fault = value === undefined || value === "" ? undefined : faultOf(fields[field], value);
    if (fault !== undefined) faults.push({ field, says: fault });
    else if (value) secret[field] = value as string;
  }
  const { apiTokens, says } = parseApiTokens(found["apiTokens"]);
  if (apiTokens.length > 0) secret.apiTokens = apiTokens;
  for (const each of says) faults.push({ field: "apiTokens", says: each });
  const unknown = Object.keys(found).filter((name) => !(fieldNames as string[]).includes(name));
  return { secret: withoutHalves(secret, faults), faults, unknown };
}

const faultOf = (schema: z.ZodMiniType, value: unknown): string | undefined =>
  schema.safeParse(value).error?.issues[0]?.message;

function parseApiTokens(value: unknown): { apiTokens: string[]; says: string[] } {
  if (value === undefined) return { apiTokens: [], says: [] };
  if (!Array.isArray(value)) return { apiTokens: [], says: ["is not a list of texts"] };
  const faults = value.map((entry) => (entry === "" ? "is empty" : faultOf(apiToken, entry)));
  return {
    apiTokens: value.filter((_, index): _ is string => faults[index] === undefined),
    says: faults.flatMap((fault, index) => (fault === undefined ? [] : [`number ${index + 1} ${fault}`])),
  };
}

/** A byte order mark at its beginning is an editor's. */
function objectIn(json: string | undefined): Record<string, unknown> | undefined {
  try {
    const parsed: unknown = JSON.parse((json ?? "").replace(/^\uFEFF/, ""));
    const isObject = typeof parsed === "object" && parsed !== null && !Array.isArray(parsed);
    return isObject ? (parsed as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

const signIns: TextField[][] = [
  ["huaweiAccessKey", "huaweiSecretKey"],
  ["huaweiUser", "huaweiPassword", "huaweiDomain"],
];
/** A key without the security token that belongs to it would be refused, which counts towards its lock. */
const fieldsOfKey = new Set<Field | undefined>([...signIns[0]!, "huaweiSecurityToken"]);

function withoutHalves(secret: Secret, faults: Fault[]): Secret {
  const { huaweiAccessKey: _key, huaweiSecretKey: _secret, huaweiSecurityToken: _token, ...rest } = secret;
  return faults.some(({ field }) => fieldsOfKey.has(field)) ? rest : secret;
}

/** Those that concern signing in to Huawei Cloud. */
export const isHuaweis = ({ field }: Fault): boolean => field === undefined || field.startsWith("huawei");

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

/** The fields that the sign-in lacks which was begun; of both when none was. Empty when one is complete. */
export function missingForHuawei(secret: Secret): string[] {
  if (huaweiCredentialsOf(secret)) return [];
  const begun = signIns.find((fields) => fields.some((field) => secret[field]));
  if (begun) return begun.filter((field) => !secret[field]);
  return ["huaweiAccessKey and huaweiSecretKey (or huaweiUser, huaweiPassword and huaweiDomain)"];
}

/** Every text of it that must not be seen. */
export const secretsIn = ({ huaweiAccessKey: _a, huaweiUser: _u, huaweiDomain: _d, ...secret }: Secret) =>
  Object.values(secret).flat();
