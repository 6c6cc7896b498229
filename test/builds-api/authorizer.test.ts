import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { createAuthorizer, type AuthorizerHandler } from "../../lambda/builds-api/authorize.ts";
import type { CredentialSource } from "../../lambda/tracking/ports.ts";
import { canary } from "../../local/canary.ts";
import { createTestClock, type TestClock } from "../../testing/clock.ts";
import { heldCredentials } from "../../testing/held-credentials.ts";
import { createQuietLog } from "../../testing/quiet-log.ts";
import { minute, start, startApi, type Api } from "./system.ts";

const [one, two] = [`${canary}one`, `${canary}two`] as const;

let api: Api | undefined;
let clock: TestClock;
beforeEach(() => {
  clock = createTestClock(start);
});
afterEach(() => api?.close());

async function statusFor(
  tokens: CredentialSource<string[]>,
  ...headers: (string | undefined)[]
): Promise<number[]> {
  const authorizer: AuthorizerHandler = createAuthorizer({ apiTokens: tokens, clock, log: createQuietLog() });
  api = await startApi({ authorizer });
  const statuses: number[] = [];
  for (const authorization of headers) {
    const call = authorization === undefined ? {} : { headers: { authorization } };
    statuses.push((await api.call("GET", "/builds", call)).status);
  }
  return statuses;
}

describe("a request", () => {
  test.each<[string, string[], string | undefined, number]>([
    ["with the token is let in", [one], `Bearer ${one}`, 200],
    ["with the older of two tokens is let in", [one, two], `Bearer ${one}`, 200],
    ["with the newer of two tokens is let in", [one, two], `Bearer ${two}`, 200],
    ["may write the scheme as it likes", [one], `bearer  ${one}`, 200],
    ["may have a token of all the allowed signs", [`${one}-._~+/==`], `Bearer ${one}-._~+/==`, 200],
    ["without a header is asked for one", [one], undefined, 401],
    ["with another token is refused", [one], `Bearer ${two}`, 403],
    ["with the beginning of the token is refused", [one], `Bearer ${one.slice(0, -1)}`, 403],
    ["with more than the token is refused", [one], `Bearer ${one}e`, 403],
    ["with the token in capitals is refused", [one], `Bearer ${one.toUpperCase()}`, 403],
    ["with both tokens at once is refused", [one, two], `Bearer ${one}, Bearer ${two}`, 403],
    ["with all tokens as one is refused", [one, two], `Bearer ${one},${two}`, 403],
    ["with another scheme is refused", [one], `Basic ${one}`, 403],
    ["with the token alone is refused", [one], one, 403],
    ["with no token after the scheme is refused", [one], "Bearer ", 403],
    ["is refused when no token is valid", [], `Bearer ${one}`, 403],
    ["is refused when the only token is empty", [""], "Bearer ", 403],
  ])("%s", async (_sentence, tokens, authorization, status) => {
    expect(await statusFor(heldCredentials(tokens), authorization)).toEqual([status]);
  });
});

describe("a token that was added to the secret after the secret was read", () => {
  test("is accepted at once", async () => {
    expect(await statusFor(heldCredentials([one], [one, two]), `Bearer ${two}`)).toEqual([200]);
  });

  test("is accepted within a minute after a wrong token was checked", async () => {
    const tokens = heldCredentials<string[]>([one]);
    expect(await statusFor(tokens, `Bearer ${canary}wrong`)).toEqual([403]);
    tokens.put([two]);
    clock.advance(minute - 1);
    const refused = await api!.call("GET", "/builds", { headers: { authorization: `Bearer ${two}` } });
    clock.advance(1);
    const accepted = await api!.call("GET", "/builds", { headers: { authorization: `Bearer ${two}` } });
    expect([refused.status, accepted.status]).toEqual([403, 200]);
  });

  test("many wrong tokens make the authorizer read the secret once a minute", async () => {
    const tokens = heldCredentials([one]);
    const wrong = Array.from({ length: 10 }, (_, index) => `Bearer ${canary}wrong${index}`);
    expect(new Set(await statusFor(tokens, ...wrong))).toEqual(new Set([403]));
    expect(tokens.refused).toHaveLength(1);
  });

  test("a header without a token does not make the authorizer read the secret", async () => {
    const tokens = heldCredentials([one]);
    await statusFor(tokens, "Basic b25l", "Bearer");
    expect(tokens.refused).toEqual([]);
  });
});

const unreadable = async () => {
  throw new Error("The secret can't be read");
};

test("while the secret can't be read, every request is refused, and the log says so", async () => {
  const log = createQuietLog();
  const apiTokens = { read: unreadable, renew: unreadable };
  api = await startApi({ authorizer: createAuthorizer({ apiTokens, clock, log }) });
  expect(await api.call("GET", "/builds", { headers: { authorization: `Bearer ${one}` } })).toMatchObject({
    status: 500,
    body: { message: "Internal Server Error" },
  });
  expect(log.lines).toMatchObject([
    { level: "error", fields: { error: { message: "The secret can't be read" } } },
  ]);
});
