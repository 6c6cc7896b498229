import { GetSecretValueCommand, type SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import * as z from "zod/mini";
import {
  huaweiCredentialsOf,
  isHuaweis,
  missingForHuawei,
  parseSecret,
  secretsIn,
  type Fault,
  type Field,
  type ParsedSecret,
} from "./secret.ts";
import type { Clock, CredentialSource, HuaweiCredentials } from "../tracking/ports.ts";

export interface Credentials {
  huawei: CredentialSource<HuaweiCredentials>;
  slackToken: CredentialSource<string>;
  /** The valid API tokens. Empty when the secret holds none. */
  apiTokens: CredentialSource<string[]>;
  /** What Slack signs its requests with. Empty when Slack is not allowed to call. */
  slackSigningSecrets: CredentialSource<string[]>;
  /** All secret texts that were read. The log hides them. */
  known(): readonly string[];
}

/** The secret is read again after this time, so a removed credential is not used for longer, even if it still works. */
const maxAgeMillis = 5 * 60_000;

/**
 * Reads the secret when it is needed, and keeps it for five minutes. A refused credential makes it read the secret again.
 * An error in one field affects only those who need this field.
 */
export function createCredentials(
  client: SecretsManagerClient,
  secretId: string,
  clock: Pick<Clock, "now">,
): Credentials {
  const known = new Set<string>();
  const load = async (): Promise<ParsedSecret> => {
    const parsed = await loadSecret(client, secretId);
    for (const text of secretsIn(parsed.secret)) known.add(text);
    return parsed;
  };
  const secret = createSecretCache(load, clock);
  const source = <C>(pick: (parsed: ParsedSecret) => C): CredentialSource<C> => ({
    read: async () => pick(await secret.read()),
    renew: async (refused) => {
      const isOther = (credentials: C) => JSON.stringify(credentials) !== JSON.stringify(refused);
      const known = pick(await secret.read());
      if (isOther(known)) return known;
      const renewed = pick(await secret.reread());
      return isOther(renewed) ? renewed : undefined;
    },
  });
  /** The valid entries. A wrong entry matters only if none is valid. */
  const listOf =
    (field: "apiTokens" | "slackSigningSecrets") =>
    ({ secret, faults }: ParsedSecret): string[] => {
      const { [field]: entries = [] } = secret;
      const fault = unusable(secretId, faults.filter(isOf(field)));
      if (fault && entries.length === 0) throw fault;
      return entries;
    };
  return {
    known: () => [...known],
    huawei: source(({ secret, faults }) => {
      const credentials = huaweiCredentialsOf(secret);
      if (credentials) return credentials;
      throw unusable(secretId, faults.filter(isHuaweis)) ?? lacks(secretId, missingForHuawei(secret));
    }),
    slackToken: source(({ secret: { slackBotToken }, faults }) => {
      if (slackBotToken) return slackBotToken;
      throw unusable(secretId, faults.filter(isOf("slackBotToken"))) ?? lacks(secretId, ["slackBotToken"]);
    }),
    apiTokens: source(listOf("apiTokens")),
    slackSigningSecrets: source(listOf("slackSigningSecrets")),
  };
}

function createSecretCache(load: () => Promise<ParsedSecret>, clock: Pick<Clock, "now">) {
  let kept: { secret: Promise<ParsedSecret>; since: number } | undefined;
  let rereading: Promise<ParsedSecret> | undefined;
  const keep = (secret: Promise<ParsedSecret>) => {
    kept = { secret, since: clock.now() };
    // A failed read is not kept, so the next caller tries again.
    secret.catch(() => (kept = undefined));
    return secret;
  };
  return {
    read: () => (kept && clock.now() - kept.since < maxAgeMillis ? kept.secret : keep(load())),
    reread: () => (rereading ??= keep(load()).finally(() => (rereading = undefined))),
  };
}

const named = z.object({ name: z.optional(z.string()), code: z.optional(z.string()) });

async function loadSecret(client: SecretsManagerClient, secretId: string): Promise<ParsedSecret> {
  try {
    return parseSecret((await client.send(new GetSecretValueCommand({ SecretId: secretId }))).SecretString);
  } catch (cause) {
    // The error's own message is dropped, because it may quote the request.
    const { name, code } = named.safeParse(cause).data ?? {};
    throw new Error(`The secret ${secretId} can't be read (${code ?? name})`, { cause });
  }
}

const isOf =
  (own: Field) =>
  ({ field = own }: Fault): boolean =>
    field === own;

/** Undefined without a fault. */
function unusable(secretId: string, faults: Fault[]): Error | undefined {
  if (faults.length === 0) return undefined;
  const told = faults.map(({ field, says }) => (field ? `${field} ${says}` : says)).join("; ");
  return new Error(`The secret ${secretId} can't be used: ${told}. ${remedy}`);
}

const lacks = (secretId: string, fields: string[]) =>
  new Error(`The secret ${secretId} has no ${fields.join(", ")}. ${remedy}`);
const remedy = "Write the secret again: npm run credentials";
