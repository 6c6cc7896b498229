import { GetSecretValueCommand, type SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import * as z from "zod/mini";
import type { Clock, CredentialSource, HuaweiCredentials } from "./tracking/ports.ts";

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
type Secret = z.infer<typeof secretShape>;

export interface Credentials {
  huawei: CredentialSource<HuaweiCredentials>;
  slackToken: CredentialSource<string>;
  /** Empty when the secret holds none. */
  apiTokens: CredentialSource<string[]>;
}

/** What was taken out of the secret is no longer given out after this time, even if nobody refuses it. */
const maxAgeMillis = 5 * 60_000;

/** Reads the secret when it is needed and keeps it for five minutes; a refused credential has it read again. */
export function createCredentials(
  client: SecretsManagerClient,
  secretId: string,
  clock: Pick<Clock, "now">,
): Credentials {
  const secret = createSecretCache(() => loadSecret(client, secretId), clock);
  const source = <C>(pick: (secret: Secret) => C): CredentialSource<C> => ({
    read: async () => pick(await secret.read()),
    renew: async (refused) => {
      const isOther = (credentials: C) => JSON.stringify(credentials) !== JSON.stringify(refused);
      const known = pick(await secret.read());
      if (isOther(known)) return known;
      const renewed = pick(await secret.reread());
      return isOther(renewed) ? renewed : undefined;
    },
  });
  return {
    huawei: source((values) => huaweiCredentials(values, secretId)),
    slackToken: source((values) => values.slackBotToken || missing("slackBotToken", secretId)),
    apiTokens: source((values) => (values.apiTokens ?? []).filter((token) => token !== "")),
  };
}

function createSecretCache(load: () => Promise<Secret>, clock: Pick<Clock, "now">) {
  let kept: { secret: Promise<Secret>; since: number } | undefined;
  let rereading: Promise<Secret> | undefined;
  const keep = (secret: Promise<Secret>) => {
    kept = { secret, since: clock.now() };
    // A read that failed is not kept: the next caller tries again.
    secret.catch(() => (kept = undefined));
    return secret;
  };
  return {
    read: () => (kept && clock.now() - kept.since < maxAgeMillis ? kept.secret : keep(load())),
    reread: () => (rereading ??= keep(load()).finally(() => (rereading = undefined))),
  };
}

async function loadSecret(client: SecretsManagerClient, secretId: string): Promise<Secret> {
  const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId: secretId }));
  const result = z.safeParse(secretShape, parseJson(SecretString));
  if (result.success) return result.data;
  // What zod says could quote the secret: only the names of the faulty fields are told.
  const fields = [...new Set(result.error.issues.map((issue) => issue.path[0]).filter(Boolean))];
  const what =
    fields.length > 0 ? `these fields have the wrong type: ${fields.join(", ")}` : "it is not a JSON object";
  throw new Error(
    `The secret ${secretId} can't be used: ${what}. Put it again as the README's first step says.`,
  );
}

function parseJson(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? "");
  } catch {
    return undefined;
  }
}

function huaweiCredentials(values: Secret, secretId: string): HuaweiCredentials {
  const {
    huaweiAccessKey: accessKey,
    huaweiSecretKey: secretKey,
    huaweiSecurityToken: securityToken,
  } = values;
  if (accessKey && secretKey) {
    return { kind: "accessKey", accessKey, secretKey, ...(securityToken ? { securityToken } : {}) };
  }
  const { huaweiUser: user, huaweiPassword: password, huaweiDomain: domain } = values;
  if (user && password && domain) return { kind: "password", user, password, domain };
  return missing(
    "huaweiAccessKey and huaweiSecretKey (or huaweiUser, huaweiPassword and huaweiDomain)",
    secretId,
  );
}

function missing(fields: string, secretId: string): never {
  throw new Error(`The secret ${secretId} lacks ${fields}. Put it again as the README's first step says.`);
}
