import * as z from "zod/mini";
import { b64token } from "../builds-api/bearer.ts";
import type { HuaweiCredentials } from "../tracking/ports.ts";
import { parseJsonObject } from "./json.ts";

/**
 * One Secrets Manager secret holds all credentials, as a JSON object with these fields. `npm run credentials`, the doctor
 * and the handlers' logs use the same error messages, which never contain a value.
 */

/** Secrets Manager's quota, in bytes. */
export const maxSecretBytes = 65_536;

/**
 * In characters. 16 hexadecimal digits are 64 bits, which no one can guess: with 10,000 requests a second, the API's
 * highest limit, trying half of the values takes 30 million years.
 */
const leastApiToken = 16;

/**
 * In characters. All access keys in Huawei Cloud's documentation have 20 characters and all secret keys have 40, but no
 * page promises this. So the limits are lower: they only find a key that was cut off.
 */
const leastAccessKey = 16;
const leastSecretKey = 32;
const cutOff = (least: number) =>
  `has fewer than ${least} characters, so a part of it is missing: copy it again`;

/** A word of a manual, or of a template, in place of a value. */
const placeholder =
  /^(<.*>|\[.*\]|\{\{.*\}\}|\$\{.*\}|…|\.{3}|\*+|x{2,20}|todo|tbd|changeme|(your|my|change|replace)[-_][a-z_-]*)$/is;

/** In 99.9% of the cases, 32 random hexadecimal digits have more different digits than this. */
const leastVariety = 6;

const text = (...checks: [holds: (value: string) => boolean, fault: string][]) =>
  z.string("is not text").check(
    z.refine((value: string) => !placeholder.test(value), {
      error: "is still a placeholder",
      abort: true,
    }),
    ...checks.map(([holds, error]) => z.refine<string>(holds, { error, abort: true })),
  );

/** A text that an HTTP header carries unchanged, and that is not a placeholder. */
const credential = (...checks: Parameters<typeof text>) =>
  text(
    [
      (value) =>
        !/…|\.{3}|^xoxb-((your|my|change|replace)[-_].*|[x*-]*)$|^([A-Z]+_)*(ACCESS|SECRET)?(KEY|TOKEN|SECRET)$/i.test(
          value,
        ),
      "is still a placeholder",
    ],
    [
      (value) => /^[\x21-\x7E]+$/.test(value),
      "contains white space or a character that an HTTP header can't contain: copy the value again",
    ],
    ...checks,
  );

const signInText = text(
  [
    (value) => !/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(value),
    "contains a line break or an invisible character: copy the value again",
  ],
  [(value) => value.trim() === value, "begins or ends with white space: copy the value again"],
);

const apiToken = credential(
  [
    (value) => new RegExp(`^${b64token}$`).test(value),
    "contains a character that a bearer token can't contain: use only letters, digits, - . _ ~ + / and, at the end, =",
  ],
  [
    (value) => value.length >= leastApiToken,
    `has fewer than ${leastApiToken} characters, so it could be guessed: openssl rand -hex 32 makes a good one`,
  ],
  [
    (value) => new Set(value).size >= leastVariety,
    `has fewer than ${leastVariety} different characters, so it could be guessed: openssl rand -hex 32 makes a good one`,
  ],
);

/** Two while a secret is rotated: Slack signs with one of them. */
const signingSecretsAtMost = 2;

const signingSecret = credential([
  (value) => /^[A-Za-z0-9]{16,128}$/.test(value),
  "is not a whole signing secret, which is letters and digits: copy it again, from Basic Information of the Slack app",
]);

const textFields = [
  "slackBotToken",
  "huaweiAccessKey",
  "huaweiSecretKey",
  "huaweiSecurityToken",
  "huaweiUser",
  "huaweiPassword",
  "huaweiDomain",
] as const;
type TextField = (typeof textFields)[number];

const fields: Record<TextField, ReturnType<typeof text>> = {
  slackBotToken: credential(
    [(value) => /^(xoxe\.)?xoxb-/.test(value), "is not a bot token: bot tokens begin with xoxb-"],
    [
      (value) => /^[\w.-]{15,500}$/.test(value),
      "is not a whole bot token: a token is xoxb- and many letters, digits and dashes: copy it again",
    ],
  ),
  huaweiAccessKey: credential([(value) => value.length >= leastAccessKey, cutOff(leastAccessKey)]),
  huaweiSecretKey: credential([(value) => value.length >= leastSecretKey, cutOff(leastSecretKey)]),
  huaweiSecurityToken: credential(),
  huaweiUser: signInText,
  huaweiPassword: signInText,
  huaweiDomain: signInText,
};

export type Secret = Partial<Record<TextField, string>> & {
  /** Several tokens may be valid at once: this allows rotation. */
  apiTokens?: string[];
  /** What Slack signs its requests with. Without one, Slack can't call. */
  slackSigningSecrets?: string[];
};
export type Field = keyof Secret;

/** The fields with a list of texts. */
const listFields = ["apiTokens", "slackSigningSecrets"] as const;
export const fieldNames: readonly Field[] = [...textFields, ...listFields];

export interface Fault {
  /** Absent when the whole secret can't be used. */
  field?: Field;
  /** Such as "is not text". It never contains the value. */
  says: string;
}

export interface ParsedSecret {
  /** The valid fields. */
  secret: Secret;
  faults: Fault[];
  /** Names that are not fields. */
  unknown: string[];
}

/** An empty field counts as missing. A field with an error is left out, together with fields that need it. */
export function parseSecret(json: string | undefined): ParsedSecret {
  const parsed = parseJsonObject(json ?? "");
  if (parsed.kind === "unusable") return { secret: {}, faults: [{ says: parsed.says }], unknown: [] };
  const found = parsed.value;
  const secret: Secret = {};
  const faults: Fault[] = [];
  const bytes = Buffer.byteLength(json ?? "");
  if (bytes > maxSecretBytes) {
    faults.push({ says: `it has ${bytes} bytes, and Secrets Manager accepts at most ${maxSecretBytes}` });
  }
  for (const field of textFields) {
    const value = found[field];
    if (value === undefined || value === "") continue;
    const { data, error } = fields[field].safeParse(value);
    if (data !== undefined) secret[field] = data;
    for (const { message } of error?.issues ?? []) faults.push({ field, says: message });
  }
  if (secret.huaweiSecretKey !== undefined && secret.huaweiSecretKey === secret.huaweiAccessKey) {
    faults.push({ field: "huaweiSecretKey", says: "is the same as huaweiAccessKey" });
  }
  faults.push(...findHalfSignIns(found));
  for (const field of listFields) {
    const { texts, says } = parseTexts(found[field], lists[field], secret.slackBotToken);
    if (texts.length > 0) secret[field] = texts;
    for (const each of says) faults.push({ field, says: each });
  }
  const unknown = Object.keys(found).filter((name) => !fieldNames.some((field) => field === name));
  return { secret: withoutHalves(secret, faults), faults, unknown };
}

const faultOf = (schema: z.ZodMiniType, value: unknown): string | undefined =>
  schema.safeParse(value).error?.issues[0]?.message;

interface ListOfTexts {
  entry: ReturnType<typeof text>;
  /** What an entry is not. */
  isNotBotToken: string;
  atMost: number;
}

const lists: Record<(typeof listFields)[number], ListOfTexts> = {
  apiTokens: { entry: apiToken, isNotBotToken: "an API token is a secret of its own", atMost: Infinity },
  slackSigningSecrets: {
    entry: signingSecret,
    isNotBotToken: "the signing secret is under Basic Information of the Slack app",
    atMost: signingSecretsAtMost,
  },
};

function parseTexts(
  value: unknown,
  { entry: schema, isNotBotToken, atMost }: ListOfTexts,
  slackBotToken: string | undefined,
): { texts: string[]; says: string[] } {
  if (value === undefined) return { texts: [], says: [] };
  if (!Array.isArray(value)) return { texts: [], says: ["is not a list of texts"] };
  if (value.length > atMost) return { texts: [], says: [`has more than ${atMost} entries`] };
  const faults = value.map((entry, index) => {
    if (entry === "") return "is empty";
    if (entry === slackBotToken) return `is the bot token: ${isNotBotToken}`;
    return value.indexOf(entry) < index ? "is in the list twice" : faultOf(schema, entry);
  });
  return {
    texts: value.filter((_, index): _ is string => faults[index] === undefined),
    says: faults.flatMap((fault, index) => (fault === undefined ? [] : [`number ${index + 1} ${fault}`])),
  };
}

const signIns: TextField[][] = [
  ["huaweiAccessKey", "huaweiSecretKey"],
  ["huaweiUser", "huaweiPassword", "huaweiDomain"],
];
/** These fields belong together. A key without its security token would be refused, and refusals lock the key. */
const fieldsOfKey = new Set<Field | undefined>([...signIns[0]!, "huaweiSecurityToken"]);

/** A half sign-in beside a whole one: a person may believe that it is used. {@link missingForHuawei} names the others. */
function findHalfSignIns(found: Record<string, unknown>): Fault[] {
  const missing = signIns.map((fields) => fields.filter((field) => !found[field]));
  if (missing.every((fields) => fields.length > 0)) return [];
  return missing.flatMap((fields, index) => {
    const present = signIns[index]!.filter((field) => found[field]);
    if (present.length === 0) return [];
    const says = `is missing beside ${present.join(" and ")}: complete this sign-in, or remove it`;
    return fields.map((field) => ({ field, says }));
  });
}

function withoutHalves(secret: Secret, faults: Fault[]): Secret {
  const { huaweiAccessKey: _key, huaweiSecretKey: _secret, huaweiSecurityToken: _token, ...rest } = secret;
  return faults.some(({ field }) => fieldsOfKey.has(field)) ? rest : secret;
}

/** Whether the error is about the credentials for Huawei Cloud. */
export const isHuaweis = ({ field }: Fault): boolean => field === undefined || field.startsWith("huawei");

/** Undefined when no way to sign in is complete. {@link missingForHuawei} says what is missing. */
export function huaweiCredentialsOf(secret: Secret): HuaweiCredentials | undefined {
  const { huaweiAccessKey: accessKey, huaweiSecretKey: secretKey, huaweiSecurityToken } = secret;
  if (accessKey && secretKey) {
    const securityToken = huaweiSecurityToken ? { securityToken: huaweiSecurityToken } : {};
    return { kind: "accessKey", accessKey, secretKey, ...securityToken };
  }
  const { huaweiUser: user, huaweiPassword: password, huaweiDomain: domain } = secret;
  return user && password && domain ? { kind: "password", user, password, domain } : undefined;
}

/**
 * The fields that a sign-in needs and the secret lacks. If the secret has a part of one sign-in, these are the other
 * fields of this sign-in. If it has no part of any, one text names both. Empty if one sign-in is complete.
 */
export function missingForHuawei(secret: Secret): string[] {
  if (huaweiCredentialsOf(secret)) return [];
  const begun = signIns.find((fields) => fields.some((field) => secret[field]));
  if (begun) return begun.filter((field) => !secret[field]);
  return ["huaweiAccessKey and huaweiSecretKey (or huaweiUser, huaweiPassword and huaweiDomain)"];
}

/** All texts of the secret that must stay hidden. */
export const secretsIn = ({ huaweiAccessKey: _a, huaweiUser: _u, huaweiDomain: _d, ...secret }: Secret) =>
  Object.values(secret).flat();
