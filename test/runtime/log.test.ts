import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { createLog } from "../../lambda/runtime/log.ts";
import { canary, localBotToken } from "../../local/canary.ts";
import { catchOutput } from "./output.ts";

/** An exception may quote a secret, and the log must hide it. */

const lines = catchOutput();
const processSecret = `${canary}/aws`;
let before: string | undefined;
beforeEach(() => {
  before = process.env["AWS_SESSION_TOKEN"];
  process.env["AWS_SESSION_TOKEN"] = processSecret;
});
afterEach(() => {
  if (before === undefined) delete process.env["AWS_SESSION_TOKEN"];
  else process.env["AWS_SESSION_TOKEN"] = before;
});

const quoted = `"Bearer ${localBotToken}\n" is an invalid header value`;

test.each<[string, string, Record<string, unknown>]>([
  ["a message", quoted, {}],
  ["a field", "Refused", { reason: quoted }],
  ["a list in a field", "Refused", { answer: { messages: [quoted] } }],
  ["an error", "Failed", { error: new TypeError(quoted) }],
  ["an error's cause", "Failed", { error: new Error("Failed", { cause: new Error(quoted) }) }],
  ["an error's own fields", "Failed", { error: Object.assign(new Error("Failed"), { data: { quoted } }) }],
  ["a header that AWS quotes", "Failed", { error: new Error(`x-amz-security-token:${processSecret}`) }],
  ["JSON in a text", "Failed", { body: JSON.stringify({ token: localBotToken }) }],
])("a secret in %s is hidden", (_, message, fields) => {
  const log = createLog("poll", () => [localBotToken]);
  log.info(message, fields);
  log.warn(message, fields);
  log.error(message, fields);
  expect(lines).toHaveLength(3);
  for (const line of lines) {
    expect(line).toContain("[…]");
    expect(line).not.toContain(canary);
  }
});
