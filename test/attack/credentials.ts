import { validateHeaderValue } from "node:http";
import type { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import type { APIGatewayRequestAuthorizerEventV2 } from "aws-lambda";
import * as fc from "fast-check";
import { examineSecret } from "../../doctor/secret.ts";
import { createCredentials } from "../../lambda/runtime/credentials.ts";
import { createAuthorizer } from "../../lambda/builds-api/authorize.ts";
import { fieldNames, parseSecret as parse } from "../../lambda/runtime/secret.ts";
import { sign } from "../../lambda/huawei-cloud/signer.ts";
import type { HuaweiCredentials } from "../../lambda/tracking/ports.ts";
import { createSecretsManagerClient } from "../../lambda/runtime/aws-clients.ts";
import { canary, localKey } from "../../local/canary.ts";
import { createContext } from "../../local/context.ts";
import { createTestClock } from "../../testing/clock.ts";
import { emptyAccount, startAws } from "../doctor/aws.ts";
import { createQuietLog } from "../../testing/quiet-log.ts";
import type { Target } from "./target.ts";
import { hostileText, hostileValue } from "./texts.ts";
import { heldCredentials } from "../../testing/held-credentials.ts";

/** Secrets that are nearly right. The check, the doctor and the handlers must agree about them, and never show a value. */

const complete = {
  slackBotToken: `xoxb-${canary}-0123456789`,
  huaweiAccessKey: localKey.accessKey,
  huaweiSecretKey: localKey.secretKey,
  apiTokens: [`${canary}-api-token-0123456789`],
};
const user = { huaweiUser: "reader", huaweiPassword: `${canary} pass wörd`, huaweiDomain: "example" };

const spoilt = (value: string): fc.Arbitrary<string> =>
  fc.oneof(
    fc
      .tuple(
        fc.nat(value.length),
        fc.oneof(fc.constantFrom(" ", "\n", "\u200B", "\uFEFF", "…", "ü", '"'), hostileText),
      )
      .map(([at, put]) => value.slice(0, at) + put + value.slice(at)),
    fc.constantFrom("", "…", "...", "<token>", "your-token", value.slice(0, 8), value + "x".repeat(70_000)),
    fc.constantFrom(`${value}=`, `${value}==`, `=${value}`, `${value}:x`, `${value}#`, `Bearer ${value}`),
  );
const field = fc.constantFrom(...Object.entries({ ...complete, ...user })).chain(([name, value]) => {
  const [text] = [value].flat() as [string];
  const tokens = fc.array(fc.oneof(fc.constant(text), spoilt(text), hostileValue), { maxLength: 3 });
  const spoiltValue: fc.Arbitrary<unknown> = name === "apiTokens" ? tokens : spoilt(text);
  return fc
    .oneof({ weight: 6, arbitrary: spoiltValue }, { weight: 2, arbitrary: hostileValue })
    .map((value) => [name, value] as const);
});
const secret = fc
  .record({
    base: fc.constantFrom<object>(
      complete,
      { ...complete, ...user },
      { ...complete, huaweiSecurityToken: canary },
      {
        ...user,
        slackBotToken: complete.slackBotToken,
      },
    ),
    changed: fc.array(field, { maxLength: 3 }).map((entries) => Object.fromEntries(entries)),
    removed: fc.subarray<string>([...fieldNames], { maxLength: 2 }),
    stray: fc.option(fc.constantFrom("apiToken", "slackbottoken", canary, "__proto__"), {
      nil: undefined,
      freq: 5,
    }),
  })
  .map(({ base, changed, removed, stray }) => {
    const fields = Object.entries({ ...base, ...changed }).filter(([name]) => !removed.includes(name));
    const all = stray === undefined ? fields : [...fields, [stray, canary]];
    return `{${all.map((pair) => pair.map((each) => JSON.stringify(each)).join(":")).join(",")}}`;
  });
const text = fc.oneof(
  { weight: 12, arbitrary: secret },
  { weight: 1, arbitrary: secret.map((json) => `\uFEFF${json}`) },
  { weight: 1, arbitrary: secret.map((json) => json.slice(0, -2)) },
  {
    weight: 1,
    arbitrary: fc.oneof(
      hostileText,
      hostileValue.map((value) => JSON.stringify(value) ?? ""),
    ),
  },
);

export type Parse = typeof parse;

export async function openCredentials(parseSecret: Parse = parse): Promise<Target<string>> {
  const account = emptyAccount();
  const aws = await startAws(account);
  const client = createSecretsManagerClient({
    endpoint: aws.url,
    region: "us-east-1",
    credentials: { accessKeyId: "local", secretAccessKey: canary },
  });
  return {
    name: "credentials",
    cases: 4_000,
    arbitrary: text,
    close: async () => {
      client.destroy();
      await aws.close();
    },
    async check(given) {
      const parsed = parseSecret(given);
      const { finding } = examineSecret(given, "mend it");
      const told = JSON.stringify([parsed.faults, finding]);
      if (told.includes(canary)) return `an error shows a value: ${told.replaceAll(canary, "…")}`;
      const isGood = finding.mark === "✔";
      if (isGood && parsed.faults.length > 0) return `the doctor says ✔ although there are faults: ${told}`;
      if (!isGood && finding.seen === "") return "it does not say why";
      account.secret = given;
      return (await faultOfHandlers(client, parsed, isGood)) ?? (await faultOfUse(parsed.secret));
    },
  };
}

async function faultOfHandlers(
  client: SecretsManagerClient,
  { secret }: ReturnType<Parse>,
  isGood: boolean,
): Promise<string | undefined> {
  const { slackToken, huawei, apiTokens } = createCredentials(client, "secret", createTestClock());
  const read = async (reading: Promise<unknown>) => reading.catch((error: Error) => error);
  const [slack, key, tokens] = await Promise.all(
    [slackToken, huawei, apiTokens].map((each) => read(each.read())),
  );
  for (const error of [slack, key, tokens]) {
    if (!(error instanceof Error)) continue;
    if (isGood) return `the check lets pass what a handler refuses: ${error.message}`;
    if (error.message.includes(canary)) return "a handler shows a value";
  }
  if (slack !== secret.slackBotToken && !(slack instanceof Error && secret.slackBotToken === undefined)) {
    return "the handlers use another bot token than the check saw";
  }
  const seen = JSON.stringify(secret.apiTokens ?? []);
  return tokens instanceof Error || JSON.stringify(tokens) === seen
    ? undefined
    : "the handlers use other API tokens than the check saw";
}

/** An accepted value can be sent unchanged. */
async function faultOfUse(secret: ReturnType<Parse>["secret"]): Promise<string | undefined> {
  const { slackBotToken, huaweiAccessKey, huaweiSecretKey, huaweiSecurityToken, apiTokens = [] } = secret;
  const headers = [slackBotToken, huaweiAccessKey, huaweiSecretKey, huaweiSecurityToken, ...apiTokens];
  for (const value of headers)
    if (value !== undefined && !isHeader(`Bearer ${value}`)) return "no header takes it";
  if (huaweiAccessKey && huaweiSecretKey) {
    const key: HuaweiCredentials = {
      kind: "accessKey",
      accessKey: huaweiAccessKey,
      secretKey: huaweiSecretKey,
    };
    const signed = sign({ method: "GET", url: new URL("https://a.example/b"), headers: {} }, key, 0);
    if (!Object.values(signed).every(isHeader)) return "no header takes its signature";
  }
  const authorize = createAuthorizer({
    apiTokens: heldCredentials(apiTokens),
    clock: createTestClock(),
    log: createQuietLog(),
  });
  for (const token of apiTokens) {
    const event = { headers: { authorization: `Bearer ${token}` } } as unknown;
    const asked = event as APIGatewayRequestAuthorizerEventV2;
    const { isAuthorized } = await authorize(asked, createContext("authorizer"));
    if (!isAuthorized) return "the authorizer does not take a token that passed";
  }
  return undefined;
}

function isHeader(value: string): boolean {
  try {
    validateHeaderValue("authorization", value);
    return (
      new Headers({ authorization: value }).get("authorization") === value && /^[\x20-\x7E]*$/.test(value)
    );
  } catch {
    return false;
  }
}
