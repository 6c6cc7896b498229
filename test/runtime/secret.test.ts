import { readFileSync } from "node:fs";
import { describe, expect, test } from "@jest/globals";
import { examineSecret } from "../../doctor/secret.ts";
import { huaweiCredentialsOf, parseSecret } from "../../lambda/runtime/secret.ts";
import { canary, localKey, localSigningSecret } from "../../local/canary.ts";

/** Valid credentials, and the errors about credentials that can never work. */

const complete = {
  slackBotToken: `xoxb-${canary}`,
  huaweiAccessKey: localKey.accessKey,
  huaweiSecretKey: `${localKey.secretKey}=`,
  apiTokens: [`${canary}-api-token`],
};
const signIn = { huaweiUser: "reader", huaweiPassword: `${canary} <pass> ü…`, huaweiDomain: "shop" };

const faultsOf = (json: string): string[] =>
  parseSecret(json).faults.map(({ field, says }) => (field ? `${field} ${says}` : says));
const white = "contains white space or a character that an HTTP header can't contain: copy the value again";
const placeholder = "is still a placeholder";
const cutOff =
  "is not a whole bot token: a token is xoxb- and many letters, digits and dashes: copy it again";
const around = "begins or ends with white space: copy the value again";
const uniform =
  "has fewer than 6 different characters, so it could be guessed: openssl rand -hex 32 makes a good one";
const invisible = "contains a line break or an invisible character: copy the value again";
const sign =
  "contains a character that a bearer token can't contain: use only letters, digits, - . _ ~ + / and, at the end, =";
const partOf = (least: number) =>
  `has fewer than ${least} characters, so a part of it is missing: copy it again`;
const short = "has fewer than 16 characters, so it could be guessed: openssl rand -hex 32 makes a good one";

describe("credentials that work", () => {
  test.each<[string, object]>([
    ["a key", complete],
    ["a key with a security token", { ...complete, huaweiSecurityToken: `${canary}==` }],
    ["a sign-in with characters that a header can't contain", { ...complete, ...signIn }],
    ["no API token", { ...complete, apiTokens: [] }],
    ["an API token with every allowed character", { ...complete, apiTokens: [`${canary}-._~+/==`] }],
    ["an API token of 16 characters", { ...complete, apiTokens: [`${canary}012345`] }],
    [
      "an API token that begins with a word",
      { ...complete, apiTokens: [`my-${"0123456789abcdef".repeat(2)}`] },
    ],
    ["a bot token that is rotated", { ...complete, slackBotToken: `xoxe.xoxb-1-${canary}` }],
    ["a signing secret", { ...complete, slackSigningSecrets: [localSigningSecret] }],
    [
      "two signing secrets, while they are rotated",
      { ...complete, slackSigningSecrets: [localSigningSecret, "8f742231b10e8888abcd99yyyzzz85a5"] },
    ],
    ["fields that are empty", { ...complete, huaweiUser: "", huaweiSecurityToken: "" }],
  ])("%s", (_, secret) => {
    expect(parseSecret(JSON.stringify(secret))).toMatchObject({ faults: [], unknown: [] });
  });

  test("may begin with a byte order mark, which some editors write", () => {
    expect(parseSecret(`\uFEFF${JSON.stringify(complete)}`)).toMatchObject({ secret: complete, faults: [] });
  });
});

describe("credentials that can never work", () => {
  test.each<[string, object, string]>([
    ["the ellipsis of a manual", { slackBotToken: "xoxb-…" }, `slackBotToken ${placeholder}`],
    ["three dots", { slackBotToken: "xoxb-..." }, `slackBotToken ${placeholder}`],
    ["a word in place of a token", { slackBotToken: "xoxb-your-token" }, `slackBotToken ${placeholder}`],
    ["an ellipsis", { huaweiSecretKey: "…" }, `huaweiSecretKey ${placeholder}`],
    ["a placeholder in brackets", { huaweiAccessKey: "<access key>" }, `huaweiAccessKey ${placeholder}`],
    ["a placeholder for a password", { huaweiPassword: "<password>" }, `huaweiPassword ${placeholder}`],
    ["nothing but the prefix", { slackBotToken: "xoxb-" }, `slackBotToken ${placeholder}`],
    ["the crosses of a manual", { slackBotToken: "xoxb-xxxxxxxx-xxxxxxxx" }, `slackBotToken ${placeholder}`],
    ["the beginning of a token", { slackBotToken: "xoxb-1" }, `slackBotToken ${cutOff}`],
    ["a token with other characters", { slackBotToken: `xoxb-${canary}:a@#` }, `slackBotToken ${cutOff}`],
    [
      "a token of 20,000 characters",
      { slackBotToken: `xoxb-${canary.repeat(2_000)}` },
      `slackBotToken ${cutOff}`,
    ],
    ["the name of a key", { huaweiAccessKey: "ACCESS_KEY" }, `huaweiAccessKey ${placeholder}`],
    ["a template's variable", { huaweiSecretKey: "${SK}" }, `huaweiSecretKey ${placeholder}`],
    ["stars", { huaweiSecretKey: "***" }, `huaweiSecretKey ${placeholder}`],
    ["a reminder", { huaweiPassword: "TODO" }, `huaweiPassword ${placeholder}`],
    ["a word for a password", { huaweiPassword: "your-password" }, `huaweiPassword ${placeholder}`],
    ["a user with white space", { huaweiUser: " reader" }, `huaweiUser ${around}`],
    ["a domain of white space", { huaweiDomain: " " }, `huaweiDomain ${around}`],
    [
      "one key twice",
      { huaweiAccessKey: complete.huaweiSecretKey },
      "huaweiSecretKey is the same as huaweiAccessKey",
    ],
    ["an API token of one sign", { apiTokens: ["a".repeat(32)] }, `apiTokens number 1 ${uniform}`],
    [
      "an API token twice",
      { apiTokens: [...complete.apiTokens, ...complete.apiTokens] },
      "apiTokens number 2 is in the list twice",
    ],
    [
      "the bot token as an API token",
      { apiTokens: [complete.slackBotToken] },
      "apiTokens number 1 is the bot token: an API token is a secret of its own",
    ],
    [
      "a signing secret that was cut off",
      { slackSigningSecrets: ["8f742231b10e"] },
      "slackSigningSecrets number 1 is not a whole signing secret, which is letters and digits: copy it again, from Basic Information of the Slack app",
    ],
    [
      "the bot token as a signing secret",
      { slackSigningSecrets: [complete.slackBotToken] },
      "slackSigningSecrets number 1 is the bot token: the signing secret is under Basic Information of the Slack app",
    ],
    [
      "a signing secret that is not in a list",
      { slackSigningSecrets: localSigningSecret },
      "slackSigningSecrets is not a list of texts",
    ],
    [
      "three signing secrets",
      { slackSigningSecrets: ["a", "b", "c"] },
      "slackSigningSecrets has more than 2 entries",
    ],
    ["an access key that was cut off", { huaweiAccessKey: "AKTEST" }, `huaweiAccessKey ${partOf(16)}`],
    [
      "a secret key that was cut off",
      { huaweiSecretKey: localKey.secretKey.slice(0, 31) },
      `huaweiSecretKey ${partOf(32)}`,
    ],
    [
      "half a sign-in beside a key",
      { huaweiPassword: "" },
      "huaweiPassword is missing beside huaweiUser and huaweiDomain: complete this sign-in, or remove it",
    ],
    [
      "half a key beside a sign-in",
      { huaweiSecretKey: "" },
      "huaweiSecretKey is missing beside huaweiAccessKey: complete this sign-in, or remove it",
    ],
    ["a token with a line break", { slackBotToken: `xoxb-${canary}\n` }, `slackBotToken ${white}`],
    ["a token with an invisible space", { slackBotToken: `xoxb-\u200B${canary}` }, `slackBotToken ${white}`],
    ["a token with a byte order mark", { slackBotToken: `\uFEFFxoxb-${canary}` }, `slackBotToken ${white}`],
    [
      "a token of an app",
      { slackBotToken: `xapp-${canary}` },
      "slackBotToken is not a bot token: bot tokens begin with xoxb-",
    ],
    ["a token that is a number", { slackBotToken: 7 }, "slackBotToken is not text"],
    ["a secret key with a space", { huaweiSecretKey: `${canary} x` }, `huaweiSecretKey ${white}`],
    ["a secret key with a line break", { huaweiSecretKey: `${canary}\r\n` }, `huaweiSecretKey ${white}`],
    ["an access key with an umlaut", { huaweiAccessKey: `AKÜ` }, `huaweiAccessKey ${white}`],
    ["a security token with a tab", { huaweiSecurityToken: `${canary}\tx` }, `huaweiSecurityToken ${white}`],
    ["a password with a line break", { huaweiPassword: `${canary}\n` }, `huaweiPassword ${invisible}`],
    ["a user with an invisible sign", { huaweiUser: `reader\u200B` }, `huaweiUser ${invisible}`],
    [
      "one API token, not in a list",
      { apiTokens: `${canary}-api-token` },
      "apiTokens is not a list of texts",
    ],
    ["API tokens that are null", { apiTokens: null }, "apiTokens is not a list of texts"],
    [
      "an API token with spaces",
      { apiTokens: ["a long random text, only for authorization by token"] },
      `apiTokens number 1 ${white}`,
    ],
    ["an API token with @", { apiTokens: [`${canary}@0123456789`] }, `apiTokens number 1 ${sign}`],
    ["an API token with #", { apiTokens: [`${canary}#0123456789`] }, `apiTokens number 1 ${sign}`],
    ["an API token with a colon", { apiTokens: [`${canary}:0123456789`] }, `apiTokens number 1 ${sign}`],
    [
      "an API token with = in the middle",
      { apiTokens: [`${canary}=0123456789`] },
      `apiTokens number 1 ${sign}`,
    ],
    ["an API token with an umlaut", { apiTokens: [`${canary}ü0123456789`] }, `apiTokens number 1 ${white}`],
    ["an API token of one letter", { apiTokens: ["x"] }, `apiTokens number 1 ${short}`],
    ["an API token of 15 characters", { apiTokens: [`${canary}01234`] }, `apiTokens number 1 ${short}`],
    [
      "an API token that is empty, after a good one",
      { apiTokens: [...complete.apiTokens, ""] },
      "apiTokens number 2 is empty",
    ],
    ["an API token that is a number", { apiTokens: [7] }, "apiTokens number 1 is not text"],
    [
      "more bytes than Secrets Manager accepts",
      { huaweiUser: "x".repeat(70_000) },
      "it has 70255 bytes, and Secrets Manager accepts at most 65536",
    ],
  ])("%s", (_, changed, fault) => {
    const json = JSON.stringify({ ...complete, ...signIn, ...changed });
    expect(faultsOf(json)).toEqual([fault]);
    const { finding } = examineSecret(json, "mend it");
    expect(finding).toEqual({
      mark: "✖",
      subject: "Secret",
      seen: `not usable: ${fault}`,
      remedy: "mend it",
    });
    expect(JSON.stringify(finding)).not.toContain(canary);
  });

  test.each<[string, string, string]>([
    ["nothing", "", "it is empty"],
    ["white space", " \n", "it is empty"],
    ["null", "null", "it is not a JSON object"],
    ["a list", "[]", "it is not a JSON object"],
    ["a number", "7", "it is not a JSON object"],
    ["a text", '"text"', "it is not a JSON object"],
    ["a shell's variable", `TOKEN=${canary}`, "it is not JSON: the first error is in line 1, column 1"],
    [
      "a text that is not closed",
      `{"slackBotToken": "xoxb-${canary}`,
      "it is not JSON: it ends too early, in line 1, column 35",
    ],
    [
      "a bracket that is not closed",
      '{\n  "a": "b"',
      "it is not JSON: it ends too early, in line 2, column 11",
    ],
    ["a line break in a text", '{\n "a": "b\n"}', "it is not JSON: the first error is in line 2, column 9"],
    [
      "a comma that is missing",
      `{\n "slackBotToken": "${canary}"\n "apiTokens": []\n}`,
      "it is not JSON: the first error is in line 3, column 2",
    ],
    ["a comma too many", '{\r\n  "a": "b",\r\n}', "it is not JSON: the first error is in line 3, column 1"],
    ["a name without quotes", '{\n  a: "b"}', "it is not JSON: the first error is in line 2, column 3"],
    ["single quotes", `{'a': 'b'}`, "it is not JSON: the first error is in line 1, column 2"],
    ["a comment", '{\n  // my key\n  "a": "b"}', "it is not JSON: the first error is in line 2, column 3"],
    ["a word", '{"a": yes}', "it is not JSON: the first error is in line 1, column 7"],
    ["a wrong escape", String.raw`{"a": "C:\x"}`, "it is not JSON: the first error is in line 1, column 11"],
    ["something after the end", '{"a": "b"}\n}', "it is not JSON: the first error is in line 2, column 1"],
    [
      "a text that reads like the engine's own error",
      '{\n"a": " at position 99", b}',
      "it is not JSON: the first error is in line 2, column 25",
    ],
  ])("%s in place of an object", (_what, json, fault) => {
    expect(faultsOf(json)).toEqual([fault]);
    expect(faultsOf(`\uFEFF${json}`)).toEqual([fault]);
  });

  test("are all listed in one message", () => {
    const { finding } = examineSecret(
      JSON.stringify({ slackBotToken: "xoxb-…", apiTokens: ["x", ""] }),
      "mend it",
    );
    expect(finding.seen).toBe(
      "missing: huaweiAccessKey and huaweiSecretKey (or huaweiUser, huaweiPassword and huaweiDomain); not usable: " +
        `slackBotToken ${placeholder}; apiTokens number 1 ${short}; apiTokens number 2 is empty`,
    );
  });
});

describe("a name that is not a field", () => {
  test.each([
    ["apiToken", "apiToken is not a field; did you mean apiTokens?"],
    ["huaweiAccesKey", "huaweiAccesKey is not a field; did you mean huaweiAccessKey?"],
    ["slackbottoken", "slackbottoken is not a field; did you mean slackBotToken?"],
    ["comment", "comment is not a field"],
    [
      "xoxb-0123456789",
      "an unknown field; the fields are slackBotToken, huaweiAccessKey, huaweiSecretKey, huaweiSecurityToken, huaweiUser, " +
        "huaweiPassword, huaweiDomain, apiTokens, slackSigningSecrets",
    ],
  ])("%s is named with the nearest known name", (name, told) => {
    const { finding } = examineSecret(JSON.stringify({ ...complete, [name]: "x" }), "mend it");
    expect(finding.seen).toBe(`not usable: ${told}`);
  });
});

test("a key is not used if its security token can't be used", () => {
  const { secret } = parseSecret(JSON.stringify({ ...complete, huaweiSecurityToken: "a b" }));
  expect(huaweiCredentialsOf(secret)).toBeUndefined();
});

describe("credentials.example.json", () => {
  const example = readFileSync(new URL("../../credentials.example.json", import.meta.url), "utf8");

  test("is refused while it contains its placeholders", () => {
    expect(faultsOf(example)).toEqual(
      ["slackBotToken", "huaweiAccessKey", "huaweiSecretKey", "slackSigningSecrets number 1"].map(
        (field) => `${field} ${placeholder}`,
      ),
    );
  });

  test("is complete when the placeholders are replaced", () => {
    const filled = {
      ...(JSON.parse(example) as object),
      ...complete,
      apiTokens: [],
      slackSigningSecrets: [],
    };
    expect(examineSecret(JSON.stringify(filled), "").finding.mark).toBe("✔");
  });
});
