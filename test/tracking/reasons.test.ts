import { describe, expect, test } from "@jest/globals";
import { renderBuild } from "../../lambda/builds-api/view.ts";
import type { SlackAnswer } from "../../lambda/tracking/ports.ts";
import { createScene, hour, leaseOf, minute } from "./scene.ts";
import { saveWhole } from "../../testing/save-whole.ts";

/** "Why was I not told?", after each of Slack's answers. */

type Scene = ReturnType<typeof createScene>;

const answers = {
  throttled: { kind: "later", retryAfterMillis: 90_000, reason: "429" },
  unreachable: { kind: "later", retryAfterMillis: 5_000, reason: "no connection to Slack: ECONNREFUSED" },
  lost: { kind: "unknown", reason: "timeout" },
  content: { kind: "content", reason: "invalid_blocks" },
  destination: { kind: "destination", reason: "is_archived" },
  gone: { kind: "gone", reason: "thread_not_found" },
  token: { kind: "unauthorized", reason: "invalid_auth: put a valid bot token into the secret" },
} satisfies Record<string, SlackAnswer>;

async function registered(buildIds: string[], { channels = false } = {}): Promise<Scene> {
  const scene = createScene();
  for (const buildId of buildIds) {
    await scene.register(buildId, { channel: channels ? buildId.replace("b", "C") : "C1" });
    scene.serviceStage.set(buildId, "Init:Building");
  }
  return scene;
}

async function show(scene: Scene, buildId = "b1") {
  const seen = {
    slackApiUrl: "https://slack.com/api/",
    now: scene.clock.now(),
    abandonAfterMillis: 24 * hour,
    keepMillis: hour,
  };
  return renderBuild(await scene.load(buildId), seen);
}

const began = "2026-01-05T10:00:00.000Z";

describe("a message that Slack does not take says why, since when, and when it is tried next", () => {
  test.each<[string, SlackAnswer, object]>([
    [
      "Slack asks for a pause",
      answers.throttled,
      {
        why: "unavailable",
        detail: `Slack has accepted no messages since ${began}: 429. The notifier tries again at 2026-01-05T10:01:30.000Z.`,
        since: began,
        nextTryAt: "2026-01-05T10:01:30.000Z",
      },
    ],
    [
      "Slack can't be reached",
      answers.unreachable,
      {
        why: "unavailable",
        detail:
          `Slack has accepted no messages since ${began}: no connection to Slack: ECONNREFUSED. ` +
          "The next pass tries again within a minute.",
        since: began,
      },
    ],
    [
      "its answer was lost",
      answers.lost,
      {
        why: "inDoubt",
        detail:
          "Slack's answer was lost, so the message may have arrived (timeout). The next pass checks in Slack before it sends anything. " +
          "The check needs the scope channels:history, or groups:history in a private channel.",
        since: began,
      },
    ],
    [
      "Slack refuses the card for what it says",
      answers.content,
      {
        why: "refused",
        detail: expect.stringMatching(
          /^Slack has refused the card's content since 2026.*: invalid_blocks\. .*redeliver/,
        ),
        since: began,
        nextTryAt: "2026-01-05T10:01:45.000Z",
      },
    ],
    [
      "the channel refuses",
      answers.destination,
      {
        why: "refused",
        detail: expect.stringMatching(
          /^Slack has refused messages for this channel since 2026.*: is_archived\./,
        ),
        since: began,
        nextTryAt: "2026-01-05T10:01:45.000Z",
      },
    ],
    [
      "the token is refused",
      answers.token,
      {
        why: "tokenRefused",
        detail:
          `Slack has rejected the bot token since ${began}: invalid_auth: put a valid bot token into the secret. ` +
          "No channel gets messages until the secret holds a valid bot token. The next pass tries again within a minute.",
        since: began,
      },
    ],
  ])("%s", async (_sentence, answer, reason) => {
    const scene = await registered(["b1"]);
    scene.slack.failNext({ answer }, { times: 1_000 });
    await scene.tick();
    const { pending } = await show(scene);
    expect(pending).toMatchObject([
      { kind: "card", ...reason },
      { kind: "caughtUp", ...reason },
    ]);
  });

  test("the answer was lost a moment ago: it is not being delivered any more", async () => {
    const scene = await registered(["b1"]);
    scene.slack.failNext({ answer: answers.lost });
    await scene.pass();
    expect((await show(scene)).pending[1]).toMatchObject({
      why: "inDoubt",
      detail:
        "Slack's answer was lost, so the message may have arrived (timeout). The notifier first checks in Slack, and only then sends anything again.",
      since: began,
      nextTryAt: "2026-01-05T10:01:00.000Z",
    });
  });

  test("the look at what arrived fails", async () => {
    const scene = await registered(["b1"]);
    scene.slack.failNext({ answer: answers.lost });
    scene.slack.readBackFails = true;
    for (let minutes = 0; minutes < 3; minutes++) await scene.tick();
    expect((await show(scene)).pending[1]).toMatchObject({
      why: "inDoubt",
      detail: expect.stringContaining(
        "so the message may have arrived (the check in Slack failed: ratelimited)",
      ),
      since: began,
    });
  });

  test("a message that was observed later was not sent yet, and follows the one in doubt", async () => {
    const scene = await registered(["b1"]);
    await scene.pass();
    scene.slack.failNext({ answer: answers.lost });
    scene.serviceStage.set("b1", "Init:Successful");
    await scene.pass();
    scene.serviceStage.set("b1", "Init:Successful Build:Building");
    await scene.pass();
    const messages = (await show(scene)).pending.filter(({ kind }) => kind !== "card");
    expect(messages).toMatchObject([
      { why: "inDoubt", nextTryAt: "2026-01-05T10:01:00.000Z" },
      {
        why: "waiting",
        detail: "The message is recorded. It is sent after the messages before it.",
        nextTryAt: "2026-01-05T10:01:00.000Z",
      },
    ]);
  });

  test("the process ended while it sent", async () => {
    const scene = await registered(["b1"]);
    const build = await scene.load("b1");
    const lease = leaseOf("dead", scene.clock.now(), minute);
    const card = { number: 1, revision: 1, shown: 0 };
    await saveWhole(scene.store, { ...build, delivery: { ...build.delivery, card, lease } });
    expect((await show(scene)).pending).toMatchObject([
      { why: "sending", detail: "The message is being sent now." },
    ]);
    scene.clock.advance(31_000);
    expect((await show(scene)).pending).toMatchObject([
      { why: "inDoubt", since: began, nextTryAt: "2026-01-05T10:01:00.000Z" },
    ]);
  });

  test("the card was deleted", async () => {
    const scene = await registered(["b1"]);
    await scene.pass();
    scene.serviceStage.set("b1", "Init:Successful Build:Building");
    scene.slack.failNext({ answer: answers.gone });
    await scene.pass();
    expect((await show(scene)).pending[1]).toMatchObject({
      why: "waiting",
      detail:
        "The card was deleted in Slack (thread_not_found). The next pass first posts a new card, within a minute.",
      since: began,
    });
  });

  test("edits are throttled: the card says so, and the messages wait for nothing", async () => {
    const scene = await registered(["b1"]);
    await scene.pass();
    scene.slack.editCard = async () => answers.throttled;
    scene.serviceStage.set("b1", "Init:Successful Build:Building");
    await scene.pass();
    expect((await show(scene)).pending).toMatchObject([
      { kind: "card", why: "unavailable", detail: expect.stringContaining("has accepted no edits since") },
    ]);
  });

  test("it is being tried again: what kept it before stands there", async () => {
    const scene = await registered(["b1"]);
    scene.slack.failNext({ answer: answers.unreachable }, { times: 1_000 });
    await scene.tick();
    const postCard = scene.slack.postCard.bind(scene.slack);
    let shown: Awaited<ReturnType<typeof show>> | undefined;
    scene.slack.postCard = async (...call) => {
      shown ??= await show(scene);
      return postCard(...call);
    };
    await scene.tick();
    expect(shown!.pending[1]).toMatchObject({
      why: "unavailable",
      detail: expect.stringMatching(/ECONNREFUSED.* A retry is running now\.$/),
      since: began,
    });
  });
});

describe("those that were not tried themselves say the same", () => {
  const buildIds = ["b1", "b2", "b3", "b4", "b5"];
  const whysOf = async (scene: Scene) =>
    Promise.all(buildIds.map(async (buildId) => (await show(scene, buildId)).pending[0]?.why));
  const never = { times: 100_000 };

  test.each<[string, SlackAnswer, boolean, string]>([
    ["the token is refused, in all channels", answers.token, true, "tokenRefused"],
    [
      "Slack asks for a pause in their channel",
      { ...answers.throttled, retryAfterMillis: 10 * minute },
      false,
      "unavailable",
    ],
  ])("%s; it is written once for each", async (_sentence, answer, channels, why) => {
    const scene = await registered(buildIds, { channels });
    scene.slack.failNext({ answer }, never);
    await scene.tick();
    expect(await whysOf(scene)).toEqual(buildIds.map(() => why));
    scene.writes.length = 0;
    for (let minutes = 0; minutes < 5; minutes++) await scene.tick();
    expect(scene.writes.filter((write) => write === "record")).toEqual([]);
    expect(await whysOf(scene)).toEqual(buildIds.map(() => why));
  });

  test("with a refused token one build tries in each tick, and all follow once it is taken", async () => {
    const scene = await registered(buildIds, { channels: true });
    scene.slack.failNext({ answer: answers.token }, never);
    const postCard = scene.slack.postCard.bind(scene.slack);
    scene.slack.postCard = async (...call) => {
      await scene.clock.sleep(300);
      return postCard(...call);
    };
    await scene.tick();
    scene.slack.calls = 0;
    for (let minutes = 0; minutes < 5; minutes++) await scene.tick();
    expect(scene.slack.calls).toBe(5);
    scene.slack.faults.length = 0;
    await scene.tick();
    expect(await whysOf(scene)).toEqual(buildIds.map(() => undefined));
    expect((await scene.load("b3")).delivery).not.toHaveProperty("setback");
  });

  test("the log says it once for each build and reason", async () => {
    const scene = await registered(buildIds, { channels: true });
    scene.slack.failNext({ answer: answers.token }, never);
    for (let minutes = 0; minutes < 3; minutes++) await scene.tick();
    const lines = scene.log.lines.filter(({ level }) => level === "warn");
    for (const { fields } of lines)
      expect(fields).toMatchObject({ reason: answers.token.reason, since: began });
    const untried = lines.filter(
      ({ message }) => message === "Messages are recorded but can't be sent now (unauthorized)",
    );
    // One build tried itself.
    expect(untried).toHaveLength(4);
    expect(new Set(untried.map(({ fields }) => fields?.["feed"])).size).toBe(4);
  });
});
