import { describe, expect, test } from "@jest/globals";
import { localSigningSecret } from "../../local/canary.ts";
import { heldCredentials } from "../../testing/held-credentials.ts";
import { commandFields, eventOf, minute, responseUrl, signedEvent, start, startSlack } from "./system.ts";

/** What a request to `POST /slack` is answered with, before a command is looked at. */

const form = new URLSearchParams(commandFields("help")).toString();
const formType = { "content-type": "application/x-www-form-urlencoded" };
const other = "another0123456789secret";
const unreadable = {
  read: async () => {
    throw new Error("The secret can't be read");
  },
  renew: async () => undefined,
};

describe("a request is answered", () => {
  test.each<[string, ReturnType<typeof eventOf>, number]>([
    ["200 if Slack signed it", signedEvent(form, start), 200],
    [
      "200 if its body is not base64",
      {
        ...signedEvent(form, start),
        body: form,
        isBase64Encoded: false,
      },
      200,
    ],
    ["401 if another secret signed it", signedEvent(form, start, { secret: other }), 401],
    ["401 if it is old", signedEvent(form, start - 6 * minute), 401],
    ["401 if it comes from the future", signedEvent(form, start + 6 * minute), 401],
    ["401 without a signature", eventOf(form, false, formType), 401],
    ["401 without anything", eventOf(undefined, false, {}), 401],
    ["401 if its body was changed", { ...signedEvent(form, start), body: "eA==" }, 401],
    ["413 if its body is too large", signedEvent("x".repeat(1_048_576), start), 413],
    ["200 if it is Slack's probe", signedEvent("ssl_check=1&token=x", start), 200],
    ["400 if it is JSON", signedEvent("{}", start, { type: "application/json" }), 400],
    ["400 if it is an empty form", signedEvent("", start), 400],
    ["400 if its payload is no JSON", signedEvent("payload=%7B", start), 400],
    ["400 if its payload has no type", signedEvent("payload=%7B%7D", start), 400],
    [
      "200 if it is a click",
      signedEvent(`payload=${encodeURIComponent('{"type":"block_actions"}')}`, start),
      200,
    ],
    [
      "200 if it is a dialog",
      signedEvent(`payload=${encodeURIComponent('{"type":"view_submission"}')}`, start),
      200,
    ],
  ])("%s", async (_, event, status) => {
    const { run, deferred, replies } = startSlack();
    expect(await run(event)).toMatchObject({ statusCode: status });
    expect({ deferred, replies }).toEqual({ deferred: [], replies: [] });
  });

  test("404 if the secret has no signing secret, signed or not", async () => {
    const { run } = startSlack({ signingSecrets: heldCredentials<string[]>([]) });
    expect(await run(signedEvent(form, start))).toMatchObject({ statusCode: 404 });
    expect(await run(eventOf(form, false, formType))).toMatchObject({ statusCode: 404 });
  });

  test("500 if the secret can't be read, and only the log says why", async () => {
    const { run, log } = startSlack({ signingSecrets: unreadable });
    expect(await run(signedEvent(form, start))).toMatchObject({
      statusCode: 500,
      body: "The request failed.\n",
    });
    expect(log.lines).toMatchObject([
      { level: "error", fields: { error: { message: "The secret can't be read" } } },
    ]);
  });

  test("500 if Lambda does not take a deferred command", async () => {
    const { run, deferred } = startSlack();
    deferred.push = () => {
      throw new Error("Lambda answered 429");
    };
    const event = signedEvent(new URLSearchParams(commandFields("list")).toString(), start);
    expect(await run(event)).toMatchObject({ statusCode: 500 });
  });
});

describe("a signing secret that is rotated", () => {
  test("works as soon as it is in the secret, beside the old one", async () => {
    const held = heldCredentials([other], [other, localSigningSecret]);
    const { run } = startSlack({ signingSecrets: held });
    expect(await run(signedEvent(form, start))).toMatchObject({ statusCode: 200 });
    expect(await run(signedEvent(form, start, { secret: other }))).toMatchObject({ statusCode: 200 });
  });

  test("is looked for at most once a minute, whatever others send", async () => {
    const held = heldCredentials([other]);
    const { run, clock } = startSlack({ signingSecrets: held });
    for (let count = 0; count < 5; count++) await run(eventOf(form, false, formType));
    expect(held.refused).toHaveLength(1);
    clock.advance(minute);
    await run(eventOf(form, false, formType));
    expect(held.refused).toHaveLength(2);
  });
});

describe("the address of a later answer", () => {
  const slack = "https://slack.com/api/";
  const deferredWith = async (response_url: string, slackApiUrl: string) => {
    const { send, deferred } = startSlack({ slackApiUrl });
    const answer = await send(commandFields("list", { response_url }));
    return { status: answer?.statusCode, deferred: deferred.length };
  };

  test.each<[string, string, string]>([
    ["is Slack's own", responseUrl, slack],
    ["is of GovSlack, if the app is there", "https://hooks.slack-gov.com/x", "https://slack-gov.com/api/"],
    ["is of a Slack on this machine", "http://127.0.0.1:4001/commands/x", "http://127.0.0.1:4001/api/"],
  ])("%s", async (_, url, slackApiUrl) => {
    expect(await deferredWith(url, slackApiUrl)).toEqual({ status: 200, deferred: 1 });
  });

  test.each<[string, string, string]>([
    ["is on another host", "https://evil.example/commands/x", slack],
    ["only begins like Slack's", "https://hooks.slack.com.evil.example/x", slack],
    ["only ends like Slack's", "https://evilhooks.slack.com/x", slack],
    ["names Slack as a user", "https://hooks.slack.com@evil.example/x", slack],
    ["has a user", "https://ann@hooks.slack.com/x", slack],
    ["is not protected", "http://hooks.slack.com/x", slack],
    ["has another port", "https://hooks.slack.com:8443/x", slack],
    ["is of this machine", "http://127.0.0.1/x", slack],
    ["is of another port of this machine", "http://127.0.0.1:80/x", "http://127.0.0.1:4001/api/"],
    ["is no address", "hooks.slack.com", slack],
    ["is empty", "", slack],
    ["is too long", `https://hooks.slack.com/${"x".repeat(500)}`, slack],
    ["is a file", "file:///etc/passwd", slack],
  ])("is never called if it %s", async (_, url, slackApiUrl) => {
    expect(await deferredWith(url, slackApiUrl)).toEqual({ status: 400, deferred: 0 });
  });
});

test("a deferred event that this function did not send fails, and calls nobody", async () => {
  const { run, replies } = startSlack();
  const deferred = { ...commandFields("list"), response_url: "https://evil.example/" };
  await expect(run({ deferred } as never)).rejects.toThrow("is not as this function sent it");
  expect(replies).toEqual([]);
});
