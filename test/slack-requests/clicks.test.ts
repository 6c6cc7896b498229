import { beforeEach, describe, expect, test } from "@jest/globals";
import type { Button } from "@slack/types";
import type { Action } from "../../lambda/domain/action.ts";
import { renderButtons } from "../../lambda/slack/buttons.ts";
import { wordingIn } from "../../lambda/slack/wording/wording.ts";
import { parseClick, buttonOf } from "../../lambda/slack-requests/parse-click.ts";
import { register } from "../../lambda/tracking/register.ts";
import { channel, startSlack, type SlackSystem } from "./system.ts";

/** Clicks from Slack's payload to the answer that their caller gets. */

const responseUrl = "https://hooks.slack.com/actions/T0/1/x";
const slackApiUrl = "https://slack.com/api/";
const [ann, ben] = ["U0ANN000001", "U0BEN000001"];
const target = { build: "b1", channel, registration: "r1" };

/** As Slack sends it, with more than the app reads. */
const payloadOf = (action_id: string, value: unknown, more: Record<string, unknown> = {}) => ({
  type: "block_actions",
  user: { id: ann, username: "ann", name: "ann", team_id: "T0123456789" },
  api_app_id: "A0123456789",
  token: "xyz",
  container: { type: "message", message_ts: "1700000000.000100", channel_id: channel, is_ephemeral: false },
  trigger_id: "1.2.3",
  team: { id: "T0123456789", domain: "example" },
  enterprise: null,
  channel: { id: channel, name: "builds" },
  message: { type: "message", ts: "1700000000.000100", text: "Running", blocks: [] },
  response_url: responseUrl,
  actions: [
    {
      type: "button",
      block_id: "x1y2",
      action_id,
      text: { type: "plain_text", text: "Mute" },
      value: typeof value === "object" ? JSON.stringify(value) : value,
      action_ts: "1700000000.500000",
    },
  ],
  ...more,
});

describe("a payload is a click on a button of a card", () => {
  const value = JSON.stringify(target);
  const asked = { action: "mute", target };
  const long = { ...target, build: "b".repeat(129) };
  test.each<[string, unknown, unknown]>([
    ["if Slack sends it so", payloadOf("mute", target), asked],
    ["in a private channel", payloadOf("mute", target, { channel: { id: "G0123456789" } }), asked],
    ["of a user of a grid", payloadOf("mute", target, { user: { id: "W0123456789" } }), asked],
    ["also without a message", payloadOf("mute", target, { message: undefined }), asked],
    ["but not with an unknown name", payloadOf("explode", target), undefined],
    ["but not with a name of JavaScript", payloadOf("constructor", target), undefined],
    ["but not without a value", payloadOf("mute", undefined), undefined],
    ["but not with a value that is no JSON", payloadOf("mute", "b1"), undefined],
    ["but not with a value that is a list", payloadOf("mute", [value]), undefined],
    ["but not without a registration", payloadOf("mute", { ...target, registration: "" }), undefined],
    ["but not with a path as its build", payloadOf("mute", { ...target, build: "../x" }), undefined],
    ["but not with an endless build", payloadOf("mute", long), undefined],
    ["but not with a strange channel", payloadOf("mute", { ...target, channel: "C1 C2" }), undefined],
  ])("%s", (_, payload, expected) => {
    const click = parseClick(payload, slackApiUrl);
    expect(click).toBeDefined();
    expect(buttonOf(click!)).toEqual(expected);
  });

  test.each<[string, unknown]>([
    ["of another type", payloadOf("mute", target, { type: "view_submission" })],
    ["without a user", payloadOf("mute", target, { user: undefined })],
    ["of a user that is markup", payloadOf("mute", target, { user: { id: "<!channel>" } })],
    ["without a channel, as in a dialog", payloadOf("mute", target, { channel: undefined })],
    ["without an address for the answer", payloadOf("mute", target, { response_url: undefined })],
    ["with another host's address", payloadOf("mute", target, { response_url: "https://evil.example/x" })],
    ["without actions", payloadOf("mute", target, { actions: [] })],
    ["with too long a value", payloadOf("mute", "x".repeat(2_001))],
    [
      "with too many actions",
      payloadOf("mute", target, { actions: Array.from({ length: 26 }, () => ({ action_id: "mute" })) }),
    ],
    ["that is null", null],
    ["that is a text", "block_actions"],
  ])("and nothing is known of one %s", (_, payload) => {
    expect(parseClick(payload, slackApiUrl)).toBeUndefined();
  });
});

describe("a click", () => {
  let slack: SlackSystem;

  const send = (payload: unknown) => slack.send({ payload: JSON.stringify(payload) });
  /** Sends the click, and carries out what it defers. @returns the answers that callers get */
  async function press(payload: unknown) {
    expect(await send(payload)).toEqual({ statusCode: 200 });
    for (const event of slack.deferred.splice(0)) await slack.run(event);
    return slack.replies.splice(0);
  }
  /** The button as the card has it. */
  async function clickOn(action: Action, more: Record<string, unknown> = {}) {
    const build = (await slack.store.loadBuild("b1", channel))!;
    const [block] = renderButtons(build, { actions: [action] }, wordingIn("en"));
    const [button] = block?.type === "actions" ? (block.elements as Button[]) : [];
    return payloadOf(button!.action_id!, button!.value, more);
  }
  async function begin(settings: Parameters<typeof startSlack>[0] = {}) {
    slack = startSlack(settings);
    slack.serviceStage.set("b1", "Init:Building");
    await register({ ...slack, newId: () => "r1" }, "b1", { channel, mention: [], thread: true });
  }
  beforeEach(() => begin());

  test("is acknowledged at once, and its caller alone gets an answer, beside the card", async () => {
    const click = await clickOn("mute");
    await send(click);
    expect(slack.replies).toEqual([]);
    expect((await slack.store.loadBuild("b1", channel))!.actions).toBeUndefined();
    expect(await press(click)).toEqual([
      {
        responseUrl,
        reply: {
          response_type: "ephemeral",
          replace_original: false,
          text: "This build is muted: from here on only its end is shown. The thread says so within a minute.",
        },
      },
      expect.objectContaining({
        reply: expect.objectContaining({ text: `<@${ann}> has muted this build already.` }),
      }),
    ]);
  });

  test("by two people is done once, and both are answered", async () => {
    const click = await clickOn("stop");
    const first = await press(click);
    const [second] = await press({ ...click, user: { id: ben } });
    expect(first).toHaveLength(1);
    expect(second!.reply.text).toBe(`<@${ann}> has stopped following this build already.`);
    expect((await slack.store.loadBuild("b1", channel))!.actions!.stop).toMatchObject({ number: 1, by: ann });
  });

  const inOtherWorkspace = { channel: { id: "C9876543210", name: "spies" }, team: { id: "T9999999999" } };
  test.each<[string, () => Promise<unknown>, RegExp]>([
    [
      "on a copy of the card in another channel",
      () => clickOn("cancel", inOtherWorkspace),
      /another channel/,
    ],
    ["with another version's name", async () => payloadOf("snooze", target), /another version/],
    ["with another version's value", async () => payloadOf("mute", "b1"), /another version/],
    [
      "on another registration",
      async () => payloadOf("mute", { ...target, registration: "r0" }),
      /no longer knows/,
    ],
    ["on an unknown build", async () => payloadOf("mute", { ...target, build: "b2" }), /no longer knows/],
    ["to start a build that runs", async () => payloadOf("start", target), /still runs/],
  ])("%s is answered, and does nothing", async (_, create, expected) => {
    const before = await slack.store.loadBuild("b1", channel);
    const answers = await press(await create());
    expect(answers).toHaveLength(1);
    expect(answers[0]!.reply).toMatchObject({
      response_type: "ephemeral",
      text: expect.stringMatching(expected),
    });
    expect(await slack.store.loadBuild("b1", channel)).toEqual(before);
    expect(slack.serviceStage.requests).toEqual([]);
  });

  test("that the operator does not allow is answered, also if an old card offers it", async () => {
    const click = await clickOn("cancel");
    await begin({ allowed: ["mute", "stop"] });
    const [answer] = await press(click);
    expect(answer!.reply.text).toContain("slackActions");
    expect(slack.serviceStage.requests).toEqual([]);
  });

  test("that needs a permission says which", async () => {
    slack.serviceStage.fault = "forbidden";
    const [answer] = await press(await clickOn("cancel"));
    expect(answer!.reply.text).toContain("ServiceStage Development");
  });

  test("is answered in the team's language", async () => {
    await begin({ language: "zh" });
    const [answer] = await press(await clickOn("cancel"));
    expect(answer!.reply.text).toBe("ServiceStage 已接受取消请求。构建取消后卡片会显示。");
  });

  test("that fails is answered, and the alarm sees it", async () => {
    slack.store.requestAction = () => Promise.reject(new Error("DynamoDB gave no answer"));
    await send(await clickOn("mute"));
    await expect(slack.run(slack.deferred.pop()!)).rejects.toThrow("DynamoDB gave no answer");
    expect(slack.replies).toMatchObject([
      { responseUrl, reply: { text: expect.stringContaining("could not") } },
    ]);
  });

  test("that this function did not defer fails, and calls nobody", async () => {
    const clicked = payloadOf("mute", target, { response_url: "https://evil.example/" });
    await expect(slack.run({ clicked } as never)).rejects.toThrow("is not as this function sent it");
    expect(slack.replies).toEqual([]);
  });

  test("fifty times at once cancels once, and answers each", async () => {
    const click = await clickOn("cancel");
    await Promise.all(Array.from({ length: 50 }, () => send(click)));
    await Promise.all(slack.deferred.map((event) => slack.run(event)));
    expect(slack.serviceStage.changes).toEqual(["cancel b1"]);
    expect(slack.replies).toHaveLength(50);
  });
});
