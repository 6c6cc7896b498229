import { createServer } from "node:http";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { isSigned } from "../../../lambda/slack-requests/signature.ts";
import { parseClick } from "../../../lambda/slack-requests/parse-click.ts";
import { parseRequest } from "../../../lambda/slack-requests/parse.ts";
import { localSigningSecret } from "../../../local/canary.ts";
import { guard, type Handle } from "../../../local/guard.ts";
import { listen, type Listening } from "../../../local/listen.ts";
import { createPerson, type Person } from "../../../local/slack/person.ts";
import { createSlackServer, type SlackServer } from "../../../local/slack/server.ts";

/**
 * The local Slack's requests have the shapes that Slack documents:
 * https://docs.slack.dev/interactivity/implementing-slash-commands
 */

const channel = { id: "C0BUILDS001", name: "builds" };

interface Received {
  method: string | undefined;
  headers: Record<string, string | undefined>;
  body: Buffer;
}

let app: Listening;
let slack: SlackServer;
let person: Person;
let received: Received[];
/** What the app answers. */
let answer: { status: number; body: string };

beforeAll(async () => {
  const take: Handle = ({ method, headers }, response, body) => {
    received.push({ method, headers: headers as Received["headers"], body });
    response.writeHead(answer.status).end(answer.body);
  };
  app = await listen(guard(createServer(), take, { methods: ["POST"] }), 0);
});
afterAll(() => app.close());
afterEach(() => slack.close());

beforeEach(async () => {
  received = [];
  answer = { status: 200, body: "" };
  slack = createSlackServer({ channels: [channel] });
  await slack.start();
  person = createPerson({ slack, appUrl: app.url, signingSecret: localSigningSecret, userId: "U0JONAS001" });
});

const formOf = ({ body }: Received): Record<string, string> =>
  Object.fromEntries(new URLSearchParams(body.toString()));
const type = (text: string) => person.type(channel.id, text);

/** Answers later, as an app does after its three seconds. */
const replyTo = (form: Record<string, string>, body: object) =>
  fetch(form["response_url"]!, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });

describe("a command", () => {
  test("is a form with one field for each fact, which the app understands", async () => {
    expect(await type("/builds subscribe webshop-search failures")).toBeUndefined();
    const [{ method, headers, body }] = received as [Received];
    expect([method, headers["content-type"]]).toEqual(["POST", "application/x-www-form-urlencoded"]);
    expect(formOf(received[0]!)).toEqual({
      token: expect.any(String),
      team_id: expect.stringMatching(/^T[A-Z0-9]+$/),
      team_domain: expect.any(String),
      channel_id: channel.id,
      channel_name: channel.name,
      user_id: "U0JONAS001",
      user_name: expect.any(String),
      command: "/builds",
      text: "subscribe webshop-search failures",
      api_app_id: expect.stringMatching(/^A[A-Z0-9]+$/),
      is_enterprise_install: "false",
      response_url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/commands\/T[A-Z0-9]+\/[\w-]+$/),
      trigger_id: expect.any(String),
    });
    expect(parseRequest(body, headers["content-type"], slack.url)).toMatchObject({ kind: "command" });
  });

  test("is signed", async () => {
    await type("/builds list");
    const [{ headers, body }] = received as [Received];
    const signed = {
      signature: headers["x-slack-signature"],
      timestamp: headers["x-slack-request-timestamp"],
      body,
    };
    expect(isSigned(signed, [localSigningSecret], Date.now())).toBe(true);
    expect(isSigned(signed, ["another secret"], Date.now())).toBe(false);
  });

  test.each([
    ["/builds", ""],
    ["  /builds   list ", "list"],
    ["/builds subscribe a&b <c>", "subscribe a&amp;b &lt;c&gt;"],
    ["/builds subscribe docs @Mei Lin", "subscribe docs <@U0MEILIN01|Mei Lin>"],
    ["/builds subscribe docs @on-call end", "subscribe docs <!subteam^S0ONCALL01|@on-call> end"],
    ["/builds subscribe docs @nobody", "subscribe docs @nobody"],
  ])("%s has the text “%s”", async (typed, text) => {
    await type(typed);
    expect(formOf(received[0]!)["text"]).toBe(text);
  });
});

describe("a click on a button", () => {
  const plain = (text: string) => ({ type: "plain_text", text });
  const button = { type: "button", text: plain("Cancel"), action_id: "cancel", value: '{"build":"b1"}' };
  const confirm = {
    title: plain("Cancel?"),
    text: plain("Really."),
    confirm: plain("Yes"),
    deny: plain("No"),
  };
  const actions = { type: "actions", elements: [{ ...button, confirm }] };

  async function post(content: object): Promise<string> {
    slack.act("chat.postMessage", { channel: channel.id, text: "card", ...content });
    return slack.channel(channel.id).messages.at(-1)!.ts;
  }

  test("is a form whose one field is JSON about the button, its message and who pressed it", async () => {
    const ts = await post({ blocks: [actions] });
    expect(await person.press(channel.id, ts, "cancel")).toBeUndefined();
    const { payload, ...others } = formOf(received[0]!);
    expect(others).toEqual({});
    expect(parseClick(JSON.parse(payload!), slack.url)).toBeDefined();
    expect(JSON.parse(payload!)).toEqual({
      type: "block_actions",
      user: {
        id: "U0JONAS001",
        username: expect.any(String),
        name: expect.any(String),
        team_id: expect.stringMatching(/^T[A-Z0-9]+$/),
      },
      api_app_id: expect.stringMatching(/^A[A-Z0-9]+$/),
      token: expect.any(String),
      container: { type: "message", message_ts: ts, channel_id: channel.id, is_ephemeral: false },
      trigger_id: expect.any(String),
      team: { id: expect.stringMatching(/^T[A-Z0-9]+$/), domain: expect.any(String) },
      enterprise: null,
      is_enterprise_install: false,
      channel,
      message: expect.objectContaining({ type: "message", ts, text: "card", blocks: [actions] }),
      state: { values: {} },
      response_url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/commands\/T[A-Z0-9]+\/[\w-]+$/),
      actions: [
        { ...button, block_id: expect.any(String), action_ts: expect.stringMatching(/^\d{10}\.\d{6}$/) },
      ],
    });
  });

  test("of an attachment, with the app's own block_id", async () => {
    const ts = await post({ attachments: [{ color: "#f00", blocks: [{ ...actions, block_id: "mine" }] }] });
    await person.press(channel.id, ts, "cancel");
    expect(JSON.parse(formOf(received[0]!)["payload"]!)).toMatchObject({ actions: [{ block_id: "mine" }] });
  });

  test("is answered beside the message", async () => {
    const ts = await post({ blocks: [actions] });
    await person.press(channel.id, ts, "cancel");
    const { response_url = "" } = JSON.parse(formOf(received[0]!)["payload"]!) as Record<string, string>;
    await replyTo({ response_url }, { response_type: "ephemeral", replace_original: false, text: "done" });
    expect(person.answers(channel.id)).toMatchObject([{ text: "done", to: "Cancel" }]);
  });

  test("that the message no longer has sends nothing", async () => {
    const ts = await post({ blocks: [actions] });
    expect(await person.press(channel.id, ts, "mute")).toBe(
      "The message does not have this button any more.",
    );
    expect(await person.press(channel.id, "1.1", "mute")).toBe("The message does not exist any more.");
    expect(received).toEqual([]);
  });
});

describe("the app's answer", () => {
  const toCaller = { response_type: "ephemeral", text: "*only* you" };

  test("in the response is for the caller alone, and is no message of the channel", async () => {
    answer.body = JSON.stringify(toCaller);
    await type("/builds help");
    expect(person.answers(channel.id)).toEqual([
      { text: "*only* you", to: "/builds help", ts: expect.stringMatching(/^\d{10}\.\d{6}$/) },
    ]);
    expect(slack.channel(channel.id).messages).toEqual([]);
  });

  test("may come later, at the address in the form", async () => {
    await type("/builds list");
    expect(person.answers(channel.id)).toEqual([]);
    await replyTo(formOf(received[0]!), toCaller);
    expect(person.answers(channel.id)).toMatchObject([{ text: "*only* you", to: "/builds list" }]);
  });

  test("for the channel becomes a message", async () => {
    await type("/builds subscribe docs");
    await replyTo(formOf(received[0]!), { response_type: "in_channel", text: "subscribed" });
    expect(slack.channel(channel.id).messages).toMatchObject([{ text: "subscribed" }]);
    expect(person.answers(channel.id)).toEqual([]);
  });

  test("stays until five newer ones have come", async () => {
    answer.body = JSON.stringify(toCaller);
    for (let number = 1; number <= 6; number += 1) await type(`/builds help ${number}`);
    expect(person.answers(channel.id).map(({ to }) => to.at(-1))).toEqual(["2", "3", "4", "5", "6"]);
  });
});

describe("what goes wrong is said in a sentence:", () => {
  test("a text that is no command of the app", async () => {
    expect(await type("hello")).toBe(
      "This Slack takes only the command /builds. Type /builds help to see what it can do.",
    );
    expect(received).toEqual([]);
  });

  test("an app that refuses", async () => {
    answer = { status: 404, body: "Slack can't call: the secret has no slackSigningSecrets.\n" };
    expect(await type("/builds list")).toBe(
      "The app answered Slack with 404: Slack can't call: the secret has no slackSigningSecrets.",
    );
  });

  test.each(["no JSON", "[]", '{"response_type":"loud"}'])("an answer like %s", async (body) => {
    answer.body = body;
    expect(await type("/builds list")).toBe("Slack does not understand the app’s answer.");
  });

  test("an app that is not there", async () => {
    const appUrl = "http://127.0.0.1:1";
    const alone = createPerson({ slack, appUrl, signingSecret: localSigningSecret, userId: "U0JONAS001" });
    expect(await alone.type(channel.id, "/builds list")).toBe(
      "The app gave Slack no answer within three seconds.",
    );
  });
});
