import { describe, expect, test } from "@jest/globals";
import { renderBuild } from "../../lambda/builds-api/view.ts";
import type { SlackAnswer } from "../../lambda/tracking/ports.ts";
import { tick } from "../../lambda/tracking/tick.ts";
import { createScene, leaseOf } from "./scene.ts";
import { saveWhole } from "../../testing/save-whole.ts";

type Scene = ReturnType<typeof createScene>;

/** A build whose card and first message are in the channel. */
async function running(settings: { thread?: boolean } = {}): Promise<Scene> {
  const scene = createScene();
  await scene.register("b1", settings);
  scene.serviceStage.set("b1", "Init:Building");
  await scene.pass();
  return scene;
}

const later: SlackAnswer = { kind: "later", retryAfterMillis: 5_000, reason: "ratelimited" };
const unknown: SlackAnswer = { kind: "unknown", reason: "timeout" };
const content: SlackAnswer = { kind: "content", reason: "invalid_blocks" };
const destination: SlackAnswer = { kind: "destination", reason: "not_in_channel" };
const unauthorized: SlackAnswer = { kind: "unauthorized", reason: "invalid_auth" };

const allTold = [
  "card 1: Init Successful, Build Building",
  "1: caught up Init Building",
  "2: Init Successful",
  "3: Build Building",
];

describe("whatever Slack answers to a message, in the end it is told once and in order", () => {
  test.each<[string, (scene: Scene) => void]>([
    ["it is throttled", ({ slack }) => slack.failNext({ answer: later })],
    ["the answer is lost, and the message is not there", ({ slack }) => slack.failNext({ answer: unknown })],
    [
      "the answer is lost, and the message is there",
      ({ slack }) => slack.failNext({ answer: unknown, stored: true }),
    ],
    [
      "the answer is lost twice",
      ({ slack }) => slack.failNext({ answer: unknown, stored: true }, { times: 2 }),
    ],
    ["the blocks are refused, the plain text is not", ({ slack }) => slack.failNext({ answer: content })],
    [
      "the bot is not in the channel for a while",
      ({ slack }) => slack.failNext({ answer: destination }, { times: 3 }),
    ],
    [
      "the token is refused for a while",
      ({ slack }) => slack.failNext({ answer: unauthorized }, { times: 2 }),
    ],
  ])("%s", async (_sentence, arrange) => {
    const scene = await running();
    arrange(scene);
    scene.serviceStage.set("b1", "Init:Successful Build:Building");
    for (let minutes = 0; minutes < 6; minutes++) await scene.tick();
    expect(scene.said()).toEqual(allTold);
    expect((await scene.load("b1")).delivery).toMatchObject({ outbox: [], history: { length: 3 } });
  });

  test.each<[string, (scene: Scene) => void]>([
    ["the card is throttled", ({ slack }) => slack.failNext({ answer: later })],
    ["the card's answer is lost, and it is not there", ({ slack }) => slack.failNext({ answer: unknown })],
    [
      "the card's answer is lost, and it is there",
      ({ slack }) => slack.failNext({ answer: unknown, stored: true }),
    ],
    ["the card's blocks are refused", ({ slack }) => slack.failNext({ answer: content })],
    [
      "the channel is archived for a while",
      ({ slack }) => slack.failNext({ answer: destination }, { times: 2 }),
    ],
  ])("and so is the first message, when %s", async (_sentence, arrange) => {
    const scene = createScene();
    arrange(scene);
    await scene.register("b1");
    scene.serviceStage.set("b1", "Init:Building");
    for (let minutes = 0; minutes < 6; minutes++) await scene.tick();
    expect(scene.said()).toEqual(["card 1: Init Building", "1: caught up Init Building"]);
  });

  test.each<[string, SlackAnswer, boolean]>([
    ["the edit's answer is lost, and it was made", unknown, true],
    ["the edit's answer is lost, and it was not made", unknown, false],
    ["the edit is throttled", later, false],
    ["the edit's blocks are refused", content, false],
  ])("and the card shows it, when %s", async (_sentence, answer, stored) => {
    const scene = await running({ thread: true });
    const editCard = scene.slack.editCard.bind(scene.slack);
    let failures = 1;
    scene.slack.editCard = async (build, form) => {
      if (failures-- > 0) scene.slack.failNext({ answer, stored });
      return editCard(build, form);
    };
    scene.serviceStage.set("b1", "Init:Successful Build:Building");
    for (let minutes = 0; minutes < 4; minutes++) await scene.tick();
    expect(scene.said()).toEqual(allTold);
  });
});

describe("a card whose answer was lost", () => {
  test.each<[string, boolean, object[]]>([
    [
      "and that is there stands in the history as found",
      true,
      [{ kind: "caughtUp" }, { kind: "card", what: "the card", how: "found", link: expect.any(String) }],
    ],
    ["and that is not there is posted, and not found", false, [{ kind: "caughtUp" }]],
  ])("%s", async (_sentence, stored, history) => {
    const scene = createScene();
    scene.slack.failNext({ answer: unknown, stored });
    await scene.register("b1");
    scene.serviceStage.set("b1", "Init:Building");
    for (let minutes = 0; minutes < 6; minutes++) await scene.tick();
    const build = await scene.load("b1");
    const view = renderBuild(build, {
      slackApiUrl: "https://slack.com/api/",
      now: scene.clock.now(),
      abandonAfterMillis: 0,
    });
    expect(view.history).toMatchObject(history);
    expect(view.history).toHaveLength(history.length);
  });
});

describe("a message that Slack refuses for what it says, even as plain text", () => {
  test("is in the history with its reason, and the next one is told", async () => {
    const scene = await running();
    scene.slack.failNext({ answer: content }, { times: 2 });
    scene.serviceStage.set("b1", "Init:Successful Build:Building");
    await scene.tick();
    expect(scene.said()).toEqual(allTold.toSpliced(2, 1));
    const [, undeliverable] = (await scene.load("b1")).delivery.history;
    expect(undeliverable).toMatchObject({
      how: "undeliverable",
      reason: "invalid_blocks",
      message: { number: 2 },
    });
  });
});

describe("a destination that refuses", () => {
  test("keeps everything pending, and is tried less and less often", async () => {
    const scene = await running();
    scene.slack.failNext({ answer: destination }, { times: 1_000 });
    scene.serviceStage.set("b1", "Init:Successful Build:Building");
    for (let minutes = 0; minutes < 30; minutes++) await scene.tick();
    const { outbox, postponed } = (await scene.load("b1")).delivery;
    expect(outbox).toHaveLength(2);
    expect(postponed!.reason).toBe("not_in_channel");
    expect(scene.slack.calls).toBeLessThan(15);
  });

  test("does not stop the other channels", async () => {
    const scene = await running();
    await scene.register("b2", { channel: "C2" });
    scene.serviceStage.set("b2", "Init:Building");
    scene.serviceStage.set("b1", "Init:Successful Build:Building");
    scene.slack.failNext({ answer: destination }, { channel: "C1", times: 100 });
    await scene.tick();
    expect(scene.said("C2")).toEqual(["card 1: Init Building", "1: caught up Init Building"]);
  });
});

describe("a refused token", () => {
  test("stops all sending for the tick, and loses nothing", async () => {
    const scene = await running();
    for (const buildId of ["b2", "b3", "b4"]) {
      await scene.register(buildId, { channel: buildId.replace("b", "C") });
      scene.serviceStage.set(buildId, "Init:Building");
    }
    scene.slack.calls = 0;
    scene.slack.failNext({ answer: unauthorized }, { times: 3 });
    await scene.tick();
    expect(scene.slack.calls).toBeLessThanOrEqual(3);
    scene.slack.faults.length = 0;
    await scene.tick();
    for (const channel of ["C2", "C3", "C4"]) expect(scene.said(channel)).toHaveLength(2);
  });
});

describe("a lease", () => {
  test("that somebody else holds stays as it is, and nothing is sent: what is observed is recorded", async () => {
    const scene = await running();
    const build = await scene.load("b1");
    const lease = leaseOf("another", scene.clock.now(), 60_000);
    await saveWhole(scene.store, { ...build, delivery: { ...build.delivery, lease } });
    scene.serviceStage.set("b1", "Init:Successful");
    scene.serviceStage.requests.length = scene.writes.length = 0;
    await scene.pass();
    expect(scene.serviceStage.requests).toContain("b1/phases");
    expect(scene.writes).toEqual(["observation"]);
    expect((await scene.load("b1")).delivery.lease).toEqual(lease);
    expect(scene.said()).toHaveLength(2);
  });

  test.each([
    ["before anything was sent", 0],
    ["after one message", 1],
    ["after all of them, before the settling", 2],
  ])("whose owner died %s is taken over, with a look first", async (_sentence, sends) => {
    const scene = await running();
    const postMessage = scene.slack.postMessage.bind(scene.slack);
    let left = sends;
    scene.slack.postMessage = async (feed, message, form) => {
      if (left-- <= 0) throw new Error("the process died");
      return postMessage(feed, message, form);
    };
    const save: typeof scene.store.save = async (before, after, writer) => {
      if (writer === "delivery") throw new Error("the process died");
      return scene.store.save(before, after, writer);
    };
    scene.serviceStage.set("b1", "Init:Successful Build:Building");
    await scene.tick({ store: { ...scene.store, save } });

    scene.slack.postMessage = postMessage;
    for (let minutes = 0; minutes < 3; minutes++) await scene.tick();
    expect(scene.said()).toEqual(allTold);
  });

  test("in doubt stays so while the look fails: nothing is sent", async () => {
    const scene = await running();
    scene.slack.failNext({ answer: unknown, stored: true });
    scene.serviceStage.set("b1", "Init:Successful Build:Building");
    await scene.pass();
    scene.slack.readBackFails = true;
    for (let minutes = 0; minutes < 5; minutes++) await scene.tick();
    expect(scene.said()).toEqual([
      "card 1: Init Building",
      "1: caught up Init Building",
      "2: Init Successful",
    ]);
    scene.slack.readBackFails = false;
    for (let minutes = 0; minutes < 3; minutes++) await scene.tick();
    expect(scene.said()).toEqual(allTold);
  });

  test("whose write was made although its answer was lost is ours all the same", async () => {
    const scene = await running();
    const lossy: typeof scene.store.save = async (before, after, writer) => {
      await scene.store.save(before, after, writer);
      throw new Error("the answer was lost");
    };
    scene.serviceStage.set("b1", "Init:Successful Build:Building");
    await scene.tick({ store: { ...scene.store, save: lossy } });
    expect(scene.said()).toEqual(allTold);
  });
});

describe("where the app lacks the scope to look", () => {
  async function blind(): Promise<Scene> {
    const scene = await running();
    scene.slack.readBacks = "forbidden";
    scene.serviceStage.set("b1", "Init:Successful Build:Building");
    return scene;
  }
  const ticks = async (scene: Scene, minutes: number) => {
    const reports = [];
    for (let minute = 0; minute < minutes; minute++) reports.push(await scene.tick());
    return reports;
  };
  const times = (scene: Scene, said: string) => scene.said().filter((each) => each === said).length;

  test("only what is in doubt is sent again: what was told before it in the same turn is not", async () => {
    const scene = await blind();
    const postMessage = scene.slack.postMessage.bind(scene.slack);
    scene.slack.postMessage = async (feed, message, form) => {
      if (message.number === 3 && times(scene, "3: Build Building") === 0)
        scene.slack.failNext({ answer: unknown, stored: true });
      return postMessage(feed, message, form);
    };
    const reports = await ticks(scene, 3);
    expect(scene.said()).toEqual([...allTold, "3: Build Building"]);
    expect(reports.filter(({ tokenRefused }) => tokenRefused === 1)).toHaveLength(1);
    expect((await scene.load("b1")).delivery).toMatchObject({ outbox: [], history: { length: 3 } });
  });

  test("nor is it when the turn broke off", async () => {
    const scene = await blind();
    const postMessage = scene.slack.postMessage.bind(scene.slack);
    let broken = false;
    scene.slack.postMessage = async (feed, message, form) => {
      if (message.number === 3 && !broken) {
        broken = true;
        throw new Error("a defect");
      }
      return postMessage(feed, message, form);
    };
    await ticks(scene, 3);
    expect([broken, scene.said()]).toEqual([true, allTold]);
  });

  test("a message is sent again five times at most; then the history says what nobody knows, and the next is told", async () => {
    const scene = await blind();
    scene.slack.failNext({ answer: unknown, stored: true }, { times: 9 });
    const postMessage = scene.slack.postMessage.bind(scene.slack);
    scene.slack.postMessage = async (feed, message, form) => {
      if (message.number === 3) scene.slack.faults.length = 0;
      return postMessage(feed, message, form);
    };
    await ticks(scene, 12);
    expect(times(scene, "2: Init Successful")).toBe(6);
    expect(scene.said().at(-1)).toBe("3: Build Building");
    const { outbox, history } = (await scene.load("b1")).delivery;
    expect(outbox).toEqual([]);
    expect(history[1]).toMatchObject({
      message: { number: 2 },
      how: "undeliverable",
      reason: expect.stringMatching(/again 5 times.*the message may have arrived.*missing_scope/),
    });
  });

  test("so is every message when a process dies at the same one again and again", async () => {
    const scene = await blind();
    const postMessage = scene.slack.postMessage.bind(scene.slack);
    const save = scene.store.save.bind(scene.store);
    let dead = false;
    scene.slack.postMessage = async (feed, message, form) => {
      await postMessage(feed, message, form);
      dead = message.number === 3;
      if (dead) throw new Error("the process died");
      return { kind: "sent", receipt: { channel: "C1", ts: scene.slack.messages.at(-1)!.ts } };
    };
    const dying: typeof save = async (before, after, writer) => {
      const settles = writer === "delivery" && !after.delivery.lease?.blind;
      if (settles && dead) throw new Error("the process died");
      dead = false;
      return save(before, after, writer);
    };
    for (let minutes = 0; minutes < 20; minutes++)
      await scene.tick({ store: { ...scene.store, save: dying } });
    expect([times(scene, "2: Init Successful"), times(scene, "3: Build Building")]).toEqual([2, 6]);
    expect((await scene.load("b1")).delivery.outbox).toEqual([]);
  });

  test.each([true, false])(
    "a card is sent again five times at most; then all is kept until the app may look (it arrived: %s)",
    async (stored) => {
      const scene = createScene();
      scene.slack.readBacks = "forbidden";
      await scene.register("b1");
      scene.serviceStage.set("b1", "Init:Building");
      scene.slack.failNext({ answer: unknown, stored }, { times: 9 });
      await ticks(scene, 12);
      expect(scene.slack.faults).toHaveLength(3);
      expect((await scene.load("b1")).delivery.outbox).toHaveLength(1);

      scene.slack.faults.length = 0;
      scene.slack.readBacks = "all";
      await ticks(scene, 3);
      expect(scene.said().at(-1)).toBe("1: caught up Init Building");
      expect(times(scene, "card 1: Init Building")).toBe(stored ? 6 : 1);
    },
  );

  test("no try is spent while Slack answers no look", async () => {
    const scene = await blind();
    scene.slack.failNext({ answer: unknown });
    scene.slack.readBackFails = true;
    await ticks(scene, 12);
    scene.slack.readBackFails = false;
    await ticks(scene, 3);
    expect(scene.said()).toEqual(allTold);
  });

  test("a channel that asks to wait costs no try", async () => {
    const scene = await blind();
    scene.slack.failNext({ answer: unknown });
    await scene.tick();
    scene.slack.failNext({ answer: later }, { times: 9 });
    await ticks(scene, 6);
    expect(scene.said()).toEqual(allTold);
  });
});

test("a process that is frozen before its request leaves sends nothing under a lease that ran out meanwhile", async () => {
  const scene = await running();
  const postMessage = scene.slack.postMessage.bind(scene.slack);
  let frozenMillis = 60_000;
  scene.slack.postMessage = async (feed, message, form) => {
    scene.clock.advance(frozenMillis);
    frozenMillis = 0;
    if (form.mayLeave!()) return postMessage(feed, message, form);
    return { kind: "later", retryAfterMillis: 5_000, reason: "too late" };
  };
  scene.serviceStage.set("b1", "Init:Successful Build:Building");
  await scene.tick();
  expect(scene.said()).toEqual(["card 1: Init Building", "1: caught up Init Building"]);
  for (let minutes = 0; minutes < 3; minutes++) await scene.tick();
  expect(scene.said()).toEqual(allTold);
});

describe("a card that a person deleted", () => {
  test.each([
    ["an edit finds it gone", true],
    ["a reply finds it gone", false],
  ])("is posted anew once, and the thread goes on there, when %s", async (_sentence, byEdit) => {
    const scene = await running();
    scene.slack.delete(scene.slack.messages[0]!.ts);
    if (!byEdit) scene.slack.failNext({ answer: { kind: "gone", reason: "thread_not_found" } });
    scene.serviceStage.set("b1", "Init:Successful");
    for (let minutes = 0; minutes < 3; minutes++) await scene.tick();
    scene.serviceStage.set("b1", "Init:Successful Build:Building");
    await scene.tick();

    const cards = scene.slack.messages.filter(({ says, deleted }) => says.startsWith("card") && !deleted);
    expect(cards.map(({ says }) => says)).toEqual(["card 2: Init Successful, Build Building"]);
    const last = scene.slack.messages.at(-1)!;
    expect(last).toMatchObject({ says: "3: Build Building", thread: cards[0]!.ts });
  });
});

describe("the pace", () => {
  test("of one channel is one message a second after a short burst; all are told in order", async () => {
    const scene = createScene();
    for (let index = 0; index < 20; index++) {
      await scene.register(`b${index}`);
      scene.serviceStage.set(`b${index}`, "Init:Building");
    }
    for (let minutes = 0; minutes < 3; minutes++) await scene.tick();
    const times = scene.slack.messages.map(({ at }) => at);
    expect(times).toHaveLength(40);
    for (const [index, at] of times.entries()) {
      const within = times.filter((other) => other > at - 10_000 && other <= at).length;
      expect({ index, within }).toEqual({ index, within: Math.min(within, 13) });
    }
  });

  test("a channel that is told to wait waits, and no other does", async () => {
    const scene = createScene();
    for (const buildId of ["b1", "b2"]) {
      await scene.register(buildId, { channel: buildId.replace("b", "C") });
      scene.serviceStage.set(buildId, "Init:Building");
    }
    const started = scene.clock.now();
    scene.slack.failNext(
      { answer: { kind: "later", retryAfterMillis: 40_000, reason: "ratelimited" } },
      { channel: "C1" },
    );
    await scene.tick();
    const at = (channel: string) =>
      scene.slack.messages.find((message) => message.channel === channel)!.at - started;
    expect(at("C2")).toBeLessThan(1_000);
    expect(at("C1")).toBeGreaterThanOrEqual(40_000);
  });

  test("a long pause that Slack asks for outlasts the tick, and stops what was reserved before it", async () => {
    const scene = createScene();
    for (const buildId of ["b1", "b2", "b3"]) {
      await scene.register(buildId);
      scene.serviceStage.set(buildId, "Init:Building");
    }
    scene.slack.failNext({ answer: { kind: "later", retryAfterMillis: 150_000, reason: "ratelimited" } });
    const postCard = scene.slack.postCard.bind(scene.slack);
    scene.slack.postCard = async (build, form) => {
      // Meanwhile the other builds are leased too.
      await scene.clock.sleep(500);
      return postCard(build, form);
    };
    await scene.tick();
    await scene.tick();
    expect(scene.slack.calls).toBe(1);
    for (let minutes = 0; minutes < 3; minutes++) await scene.tick();
    expect(scene.said()).toHaveLength(6);
  });

  test("nothing is sent that the tick's end could cut off, however slow Slack is", async () => {
    const scene = createScene();
    for (let index = 0; index < 10; index++) {
      await scene.register(`b${index}`);
      scene.serviceStage.set(`b${index}`, "Init:Building");
    }
    const now = scene.clock.now();
    const starts: number[] = [];
    const postCard = scene.slack.postCard.bind(scene.slack);
    scene.slack.postCard = async (build, form) => {
      starts.push(scene.clock.now() - now);
      await scene.clock.sleep(7_000);
      return postCard(build, form);
    };
    await tick({ shard: 0, shards: 1, scheduledTime: now, processEnd: now + 24_000 }, scene.options, 16);
    expect(starts).toEqual([0, 7_000]);
  });
});

describe("an edit that Slack does not take", () => {
  test.each<[string, SlackAnswer]>([
    ["the channel refuses edits", destination],
    ["edits are throttled for long", { kind: "later", retryAfterMillis: 10 * 60_000, reason: "ratelimited" }],
  ])("holds back no message: %s", async (_sentence, answer) => {
    const scene = await running();
    scene.slack.editCard = async () => answer;
    for (const phases of [
      "Init:Successful",
      "Init:Successful Build:Queuing",
      "Init:Successful Build:Building",
    ]) {
      scene.serviceStage.set("b1", phases);
      await scene.pass();
    }
    expect(scene.said().slice(1)).toEqual([
      "1: caught up Init Building",
      "2: Init Successful",
      "3: Build Queuing",
      "4: Build Building",
    ]);
  });
});
