import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { createCredentials } from "../../lambda/runtime/credentials.ts";
import { createSlack } from "../../lambda/slack/client.ts";
import { canary, localBotToken, localKey } from "../../local/canary.ts";
import { createSlackServer } from "../../local/slack/server.ts";
import { createTestClock } from "../../testing/clock.ts";
import { emptyAccount, openSecrets } from "../doctor/aws.ts";
import { createQuietLog } from "../../testing/quiet-log.ts";
import { channel, message, movedTo, someNotices } from "../slack/builds.ts";

/** The handlers read the credentials from a Secrets Manager over HTTP. */

const complete = {
  slackBotToken: localBotToken,
  huaweiAccessKey: localKey.accessKey,
  huaweiSecretKey: localKey.secretKey,
  apiTokens: [`${canary}-api-token`],
};
const account = emptyAccount();
const clock = createTestClock();
let secrets: Awaited<ReturnType<typeof openSecrets>>;
beforeEach(async () => {
  secrets = await openSecrets(account);
});
afterEach(async () => {
  account.refusals = {};
  await secrets.close();
});

const hold = (changed: object): void => void (account.secret = JSON.stringify({ ...complete, ...changed }));
const read = () => createCredentials(secrets.client, "credentials", clock);
const outcome = <T>(reading: Promise<T>): Promise<T | string> =>
  reading.catch((error: Error) => error.message);

const refusal = (told: string) =>
  `The secret credentials can't be used: ${told}. Write the secret again: npm run credentials`;
const placeholder = "is still a placeholder";

describe("a fault in one field affects only the users of this field", () => {
  const key = localKey;

  test.each<[string, object, unknown, unknown, unknown]>([
    ["no fault", {}, complete.slackBotToken, key, complete.apiTokens],
    [
      "a bad API token",
      { apiTokens: [...complete.apiTokens, "short"] },
      complete.slackBotToken,
      key,
      complete.apiTokens,
    ],
    [
      "no good API token",
      { apiTokens: ["…"] },
      complete.slackBotToken,
      key,
      refusal(`apiTokens number 1 ${placeholder}`),
    ],
    [
      "API tokens of another type",
      { apiTokens: 7 },
      complete.slackBotToken,
      key,
      refusal("apiTokens is not a list of texts"),
    ],
    [
      "a bad bot token",
      { slackBotToken: "xoxb-…" },
      refusal(`slackBotToken ${placeholder}`),
      key,
      complete.apiTokens,
    ],
    [
      "a bad key",
      { huaweiSecretKey: "…" },
      complete.slackBotToken,
      refusal(`huaweiSecretKey ${placeholder}`),
      complete.apiTokens,
    ],
    ["a bad password beside a key", { huaweiPassword: "…" }, complete.slackBotToken, key, complete.apiTokens],
    ["a misspelt field", { apiToken: "x" }, complete.slackBotToken, key, complete.apiTokens],
  ])("%s", async (_, changed, slackToken, huawei, apiTokens) => {
    hold(changed);
    const credentials = read();
    expect(await outcome(credentials.slackToken.read())).toEqual(slackToken);
    expect(await outcome(credentials.huawei.read())).toEqual(huawei);
    expect(await outcome(credentials.apiTokens.read())).toEqual(apiTokens);
  });

  test("a secret that is not JSON affects everything", async () => {
    account.secret = `slackBotToken=xoxb-${canary}`;
    const { slackToken, huawei, apiTokens } = read();
    for (const source of [slackToken, huawei, apiTokens]) {
      expect(await outcome<unknown>(source.read())).toBe(
        refusal("it is not JSON: the first error is in line 1, column 1"),
      );
    }
  });
});

test("the error about an unreadable secret contains only the reason", async () => {
  account.refusals["GetSecretValue"] = "AccessDeniedException";
  expect(await outcome(read().slackToken.read())).toBe(
    "The secret credentials can't be read (AccessDeniedException)",
  );
});

test("secrets that were read are known, so the log can hide them", async () => {
  hold({ huaweiUser: "reader" });
  const credentials = read();
  expect(credentials.known()).toEqual([]);
  await credentials.slackToken.read();
  expect([...credentials.known()].toSorted()).toEqual(
    [complete.slackBotToken, complete.huaweiSecretKey, ...complete.apiTokens].toSorted(),
  );
});

test("the first tick after five minutes uses a changed Slack token, also if the old one still works", async () => {
  const changed = `${localBotToken}-new`;
  const local = createSlackServer({
    channels: [{ id: channel, name: "builds" }],
    tokens: [localBotToken, changed],
  });
  const slack = createSlack({
    token: read().slackToken,
    apiUrl: await local.start(),
    log: createQuietLog(),
    region: "local",
    clock,
  });
  hold({});
  const tick = async () => {
    await slack.refresh();
    await slack.postMessage(someNotices(), message(movedTo("Building")), { plain: false });
    return local.calls.at(-1)?.token;
  };
  const used = [await tick()];
  hold({ slackBotToken: changed });
  clock.advance(5 * 60_000 - 1);
  used.push(await tick());
  clock.advance(1);
  used.push(await tick());
  await local.close();
  expect(used).toEqual([localBotToken, localBotToken, changed]);
});
