import { describe, expect, test } from "@jest/globals";
import { durationOfPhase } from "../../lambda/domain/duration.ts";
import { isFull } from "../../lambda/domain/delivery.ts";
import { noNotices } from "../../lambda/domain/notices.ts";
import { virtualShards } from "../../lambda/names.ts";
import { createLastPolls } from "../../lambda/tracking/last-polls.ts";
import { createPace } from "../../lambda/tracking/pace.ts";
import type { SlackAnswer } from "../../lambda/tracking/ports.ts";
import type { Feed } from "../../lambda/domain/feed.ts";
import { createScene, minute } from "./scene.ts";

/** Whatever happens to a build's delivery, the build is polled at its interval, and what is observed is recorded. */

type Scene = ReturnType<typeof createScene>;

const refusals: Record<string, SlackAnswer> = {
  "loses every answer": { kind: "unknown", reason: "timeout" },
  "takes nothing for now": { kind: "later", retryAfterMillis: 30_000, reason: "503" },
  "refuses the channel": { kind: "destination", reason: "is_archived" },
  "refuses the token": { kind: "unauthorized", reason: "invalid_auth" },
};

const steps = [
  "Init:Building",
  "Init:Successful Download:Building",
  "Init:Successful Download:Successful PreProcess:Building",
  "Init:Successful Download:Successful PreProcess:Successful Build:Building",
  "Init:Successful Download:Successful PreProcess:Successful Build:Failed",
];

/** In the order in which they are told. */
const told = [
  "1: caught up Init Building",
  "2: Init Successful",
  "3: Download Building",
  "4: Download Successful",
  "5: PreProcess Building",
  "6: PreProcess Successful",
  "7: Build Building",
  "8: Build Failed",
];

/** The build takes a step every three minutes, which the next poll finds. */
async function runThrough(scene: Scene): Promise<void> {
  await scene.register("b1");
  const lastPolls = createLastPolls();
  for (const step of steps) {
    scene.serviceStage.set("b1", step);
    for (let minutes = 0; minutes < 3; minutes++) await scene.tick({ lastPolls });
  }
}

describe.each(Object.entries(refusals))("while Slack %s", (_sentence, answer) => {
  async function outage(): Promise<Scene> {
    const scene = createScene();
    scene.slack.failNext({ answer, reads: true }, { times: 10_000 });
    await runThrough(scene);
    return scene;
  }

  test("a build is polled at its interval from its first poll to its end", async () => {
    const scene = await outage();
    const polls = scene.serviceStage.requests.filter((path) => path === "b1/phases");
    // Four in each minute, as long as it moves: the last step is its end.
    expect(polls.length).toBe(12 * 4 + 1);
  });

  test("every transition is recorded with its time, and told once Slack is back, once and in order", async () => {
    const scene = await outage();
    const build = await scene.load("b1");
    expect(build.delivery.outbox.map(({ number }) => number)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    const lasted = build.snapshot.slice(1).map((phase) => durationOfPhase(phase, build));
    expect(lasted).toEqual(lasted.map(() => ({ kind: "exact", millis: 3 * minute })));
    scene.slack.faults.length = 0;
    for (let minutes = 0; minutes < 8; minutes++) await scene.tick();
    expect(scene.said().slice(1)).toEqual(told);
  });

  test("nothing is written by a poll that finds no change", async () => {
    const scene = createScene();
    scene.slack.failNext({ answer, reads: true }, { times: 10_000 });
    await scene.register("b1");
    scene.serviceStage.set("b1", steps[0]!);
    await scene.tick();
    scene.writes.length = 0;
    await scene.tick();
    expect(scene.writes).not.toContain("observation");
  });
});

/** A build whose first message is sent. */
async function running(): Promise<Scene> {
  const scene = createScene();
  await scene.register("b1");
  scene.serviceStage.set("b1", "Init:Building");
  await scene.pass();
  return scene;
}

async function active(scene: Scene): Promise<(Feed | Error)[]> {
  const feeds = [];
  for await (const feed of scene.store.loadActive(
    Array.from({ length: virtualShards }, (_, shard) => shard),
    0,
  ))
    feeds.push(feed);
  return feeds;
}

/** Another process polls, and may send. */
const another = (scene: Scene) => scene.pass({ pace: createPace() });

describe("what is observed while another process delivers", () => {
  test("is recorded at once, leaves the lease as it is, and is told by the next one", async () => {
    const scene = await running();
    scene.serviceStage.set("b1", "Init:Successful");
    const postMessage = scene.slack.postMessage.bind(scene.slack);
    let during: Awaited<ReturnType<typeof scene.load>> | undefined;
    scene.slack.postMessage = async (feed, message, form) => {
      scene.slack.postMessage = postMessage;
      scene.serviceStage.set("b1", "Init:Successful Build:Building");
      await another(scene);
      during = await scene.load("b1");
      expect(during.delivery.lease).toEqual(feed.delivery.lease);
      return postMessage(feed, message, form);
    };
    await scene.pass();
    expect(during!.delivery.outbox.map(({ number }) => number)).toEqual([2, 3]);
    const after = await scene.load("b1");
    expect(after.delivery.lease).toBeUndefined();
    expect(after.delivery.outbox.map(({ number }) => number)).toEqual([3]);
    await scene.pass();
    expect(scene.said().slice(1)).toEqual([
      "1: caught up Init Building",
      "2: Init Successful",
      "3: Build Building",
    ]);
  });

  test("is not in doubt when that one dies: only what it may have sent is read back", async () => {
    const scene = await running();
    scene.slack.failNext({ answer: refusals["loses every answer"]!, stored: true });
    scene.serviceStage.set("b1", "Init:Successful");
    await scene.pass();
    scene.serviceStage.set("b1", "Init:Successful Build:Building");
    await scene.pass();
    expect((await scene.load("b1")).delivery.lease).toMatchObject({ covers: { before: 3 } });
    scene.clock.advance(minute);
    await scene.pass();
    await scene.pass();
    expect(scene.said().slice(1)).toEqual([
      "1: caught up Init Building",
      "2: Init Successful",
      "3: Build Building",
    ]);
    const { history } = (await scene.load("b1")).delivery;
    expect(history.map(({ message, how }) => [message.number, how])).toEqual([
      [3, "sent"],
      [2, "found"],
      [1, "sent"],
    ]);
  });

  test("needs no reading back when that one confirmed all that it sent, and only its edit was lost", async () => {
    const scene = await running();
    const editCard = scene.slack.editCard.bind(scene.slack);
    scene.slack.editCard = async () => refusals["loses every answer"]!;
    scene.serviceStage.set("b1", "Init:Successful");
    await scene.pass();
    scene.slack.editCard = editCard;
    scene.serviceStage.set("b1", "Init:Successful Build:Building");
    scene.slack.readBackFails = true;
    scene.clock.advance(minute);
    await scene.pass();
    expect(scene.said()).toEqual([
      "card 1: Init Successful, Build Building",
      "1: caught up Init Building",
      "2: Init Successful",
      "3: Build Building",
    ]);
  });

  test("keeps the build among the active ones, also where that one had told all it knew", async () => {
    const scene = await running();
    const save = scene.store.save.bind(scene.store);
    scene.serviceStage.set("b1", "Init:Failed");
    let noted = false;
    const store = {
      ...scene.store,
      save: async <F extends Feed>(before: F, after: F, writer: Parameters<typeof save>[2]) => {
        if (writer === "delivery" && after.expiresAt !== undefined && !noted) {
          noted = true;
          const build = await scene.load("b1");
          await save(build, { ...build, omittedPhases: 1 }, "observation");
        }
        return save(before, after, writer);
      },
    };
    await scene.pass({ store });
    expect(await active(scene)).toMatchObject([{ buildId: "b1", delivery: { outbox: [] } }]);
    await scene.pass();
    expect(await active(scene)).toEqual([]);
    expect(await scene.load("b1")).toMatchObject({ omittedPhases: 1, expiresAt: expect.any(Number) });
  });

  test("is recorded even where that one has just taken the lease", async () => {
    const scene = await running();
    scene.serviceStage.set("b1", "Init:Successful");
    // Its lease is recorded, and it dies before it sends.
    scene.slack.postMessage = () => new Promise(() => undefined);
    void another(scene);
    while ((await scene.load("b1")).delivery.lease === undefined) await new Promise(setImmediate);
    const stale = { ...(await scene.load("b1")) };
    const { lease: _unseen, ...delivery } = stale.delivery;
    const behind = {
      ...stale,
      delivery: { ...delivery, version: delivery.version - 1 },
    };
    scene.serviceStage.set("b1", "Init:Successful Build:Building");
    const loadActive = async function* () {
      yield behind;
    };
    await scene.pass({ store: { ...scene.store, loadActive } });
    expect((await scene.load("b1")).delivery.outbox.map(({ number }) => number)).toEqual([2, 3]);
  });
});

describe("an outbox that is full", () => {
  /** With each poll a phase begins anew. */
  async function overflow(scene: Scene): Promise<void> {
    await scene.register("b1");
    scene.slack.failNext({ answer: refusals["refuses the channel"]! }, { times: 10_000 });
    for (let polls = 0; polls < 1_000; polls++) {
      scene.serviceStage.set("b1", polls % 2 === 0 ? "Build:Building" : "Build:Queuing");
      await scene.pass();
      scene.clock.advance(15_000);
    }
  }

  test("takes no more changes, which are counted, and told as one line once there is room", async () => {
    const scene = createScene();
    await overflow(scene);
    const full = await scene.load("b1");
    expect(isFull(full.delivery)).toBe(true);
    const recorded = full.delivery.outbox.length;
    expect(recorded + full.omittedChanges!).toBe(1_000);
    expect(full.snapshot).toMatchObject([{ state: "Queuing" }]);

    scene.slack.faults.length = 0;
    for (let minutes = 0; minutes < 60; minutes++) await scene.tick();
    expect(scene.said().filter((each) => each.endsWith("omitted"))).toHaveLength(1);
    expect(scene.said()).toHaveLength(1 + recorded + 1);
    expect((await scene.load("b1")).omittedChanges).toBeUndefined();
  });

  test("takes the end of the build all the same, with what was left out", async () => {
    const scene = createScene();
    await overflow(scene);
    const { omittedChanges, delivery } = await scene.load("b1");
    scene.serviceStage.set("b1", "Build:Failed");
    await scene.pass();
    const ended = await scene.load("b1");
    expect(ended.delivery.outbox.slice(delivery.outbox.length)).toMatchObject([
      { kind: "omitted", count: omittedChanges },
      { kind: "transition", outcome: "failed" },
    ]);
    expect(await scene.store.load(noNotices("C1", ""))).toBeUndefined();
  });
});
