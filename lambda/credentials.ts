import { GetSecretValueCommand, type SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { huaweiCredentialsOf, missingForHuawei, parseSecret, type Secret } from "./secret.ts";
import type { Clock, CredentialSource, HuaweiCredentials } from "./tracking/ports.ts";

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
    huawei: source((secret) => {
      const credentials = huaweiCredentialsOf(secret);
      if (!credentials) throw lacks(secretId, missingForHuawei(secret));
      return credentials;
    }),
    slackToken: source(({ slackBotToken }) => {
      if (!slackBotToken) throw lacks(secretId, ["slackBotToken"]);
      return slackBotToken;
    }),
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
  try {
    return parseSecret(SecretString);
  } catch (error) {
    throw new Error(`The secret ${secretId} can't be used: ${(error as Error).message}. ${remedy}`, {
      cause: error,
    });
  }
}

const lacks = (secretId: string, fields: string[]) =>
  new Error(`The secret ${secretId} lacks ${fields.join(", ")}. ${remedy}`);
const remedy = "Put it again: npm run credentials";
