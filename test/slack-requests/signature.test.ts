import { describe, expect, test } from "@jest/globals";
import { isSigned } from "../../lambda/slack-requests/signature.ts";
import { signatureOf } from "../../local/slack/send.ts";

/** Slack's published example: https://docs.slack.dev/authentication/verifying-requests-from-slack */
const published = {
  secret: "8f742231b10e8888abcd99yyyzzz85a5",
  timestamp: "1531420618",
  body:
    "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar" +
    "&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com" +
    "%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c",
  signature: "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503",
};
const { secret, timestamp, body, signature } = published;
const now = Number(timestamp) * 1_000;
const minute = 60_000;
const other = "0123456789abcdef0123456789abcdef";

interface Case {
  signature?: string | undefined;
  timestamp?: string | undefined;
  body?: string;
  secrets?: string[];
  now?: number;
}

describe("a request is genuine", () => {
  test.each<[string, Case]>([
    ["as Slack's published example", {}],
    ["for five minutes", { now: now + 5 * minute }],
    ["if Slack's clock is five minutes ahead", { now: now - 5 * minute }],
    ["if the second of two secrets signed it", { secrets: [other, secret] }],
    ["if the first of two secrets signed it", { secrets: [secret, other] }],
  ])("%s", (_, changed) => {
    expect(verdict(changed)).toBe(true);
  });

  test("if its body is no text", () => {
    const bytes = new Uint8Array([0xff, 0, 0xfe]);
    const signed = { signature: signatureOf(bytes, timestamp, secret), timestamp, body: bytes };
    expect(isSigned(signed, [secret], now)).toBe(true);
  });
});

describe("a request is refused", () => {
  test.each<[string, Case]>([
    ["with another body", { body: `${body}&text=x` }],
    ["with a body that lacks its last letter", { body: body.slice(0, -1) }],
    ["with an empty body", { body: "" }],
    ["with another timestamp", { timestamp: "1531420619" }],
    ["after more than five minutes", { now: now + 5 * minute + 1 }],
    ["more than five minutes before its time", { now: now - 5 * minute - 1 }],
    ["signed with another secret", { secrets: [other] }],
    ["without any secret", { secrets: [] }],
    ["without a signature", { signature: undefined }],
    ["without a timestamp", { timestamp: undefined }],
    ["with an empty signature", { signature: "" }],
    ["with a signature of another version", { signature: signature.replace("v0", "v1") }],
    ["with the beginning of the signature", { signature: signature.slice(0, -2) }],
    ["with more than the signature", { signature: `${signature}00` }],
    ["with two signatures", { signature: `${signature},${signature}` }],
    ["with a signature of other characters", { signature: `v0=${"é".repeat(64)}` }],
    ["with a timestamp of other characters", { timestamp: "1531420618.0" }],
    ["with a timestamp in milliseconds", { timestamp: `${timestamp}000` }],
    ["with a negative timestamp", { timestamp: `-${timestamp}` }],
    ["with a timestamp that is no number", { timestamp: "NaN", now: Number.NaN }],
  ])("%s", (_, changed) => {
    expect(verdict(changed)).toBe(false);
  });
});

function verdict(changed: Case): boolean {
  const { secrets, now: at, body: sent, ...signed } = { ...published, secrets: [secret], now, ...changed };
  return isSigned({ ...signed, body: Buffer.from(sent) }, secrets, at);
}
