import { beforeEach, describe, expect, test } from "@jest/globals";
import type { SlackAnswer } from "../../lambda/tracking/ports.ts";
import { createScene, leaseOf, minute } from "./scene.ts";
import { saveWhole } from "../../testing/save-whole.ts";

const destination: SlackAnswer = { kind: "destination", reason: "not_in_channel" };
const unknown: SlackAnswer = { kind: "unknown", reason: "timeout" };

const allTold = [
  "card 1: Init Successful, Build Failed (failed)",
  "1: caught up Init Building",
  "2: Init Successful",
  "3: Build Failed",
];
const nothingNewTold = ["card 1: Init Building", allTold[1]];

let scene: ReturnType<typeof createScene>;
const requestRedelivery = () => {
  scene.clock.advance(1_000);
  return scene.store.requestRedelivery("b1", "C1", scene.clock.now());
};

/** A build whose card and first message are in the channel, and which then fails. */
beforeEach(async () => {
  scene = createScene();
  await scene.register("b1");
  scene.serviceStage.set("b1", "Init:Building");
  await scene.pass();
  scene.serviceStage.set("b1", "Init:Successful Build:Failed");
});

describe("a channel that has refused for ten minutes, so that it is tried every five", () => {
  beforeEach(async () => {
    scene.slack.failNext({ answer: destination }, { times: 1_000 });
    for (let minutes = 0; minutes < 10; minutes++) await scene.tick();
    scene.slack.calls = 0;
  });
  const mend = () => (scene.slack.faults.length = 0);

  test("is not tried at once when it is mended, unless somebody asks", async () => {
    mend();
    await scene.pass();
    expect(scene.slack.calls).toBe(0);
    expect(scene.said()).toEqual(nothingNewTold);
  });

  test.each([["once"], ["twice", "again"]])(
    "is told everything once by the next pass, asked %s",
    async (...asked) => {
      mend();
      for (const _each of asked) await requestRedelivery();
      await scene.pass();
      expect(scene.said()).toEqual(allTold);
      for (let minutes = 0; minutes < 3; minutes++) await scene.tick();
      expect(scene.said()).toEqual(allTold);
      expect((await scene.load("b1")).delivery).toMatchObject({ outbox: [], history: { length: 3 } });
    },
  );

  test("asked again once all is told, it is told nothing twice", async () => {
    mend();
    await requestRedelivery();
    await scene.pass();
    await requestRedelivery();
    await scene.tick();
    expect(scene.said()).toEqual(allTold);
  });

  test("asked before it is mended, it is tried once, and its pauses count again", async () => {
    const before = (await scene.load("b1")).delivery.postponed!;
    await requestRedelivery();
    for (let passes = 0; passes < 3; passes++) await scene.pass();
    expect(scene.slack.calls).toBe(1);
    expect((await scene.load("b1")).delivery.postponed).toEqual({
      of: "all",
      reason: "not_in_channel",
      at: scene.clock.now(),
      since: before.since,
      until: scene.clock.now() + 5 * minute,
      refusals: before.refusals + 1,
    });

    mend();
    for (let minutes = 0; minutes <= 5; minutes++) await scene.tick();
    expect(scene.said()).toEqual(allTold);
  });
});

describe("asking while a lease stands changes nothing: it is told once", () => {
  test("while another holds it, the build is left alone until the lease has run out", async () => {
    const build = await scene.load("b1");
    const lease = leaseOf("another", scene.clock.now(), minute);
    await saveWhole(scene.store, { ...build, delivery: { ...build.delivery, lease } });
    await requestRedelivery();
    scene.slack.calls = 0;
    await scene.pass();
    expect(scene.slack.calls).toBe(0);
    for (let minutes = 0; minutes < 3; minutes++) await scene.tick();
    expect(scene.said()).toEqual(allTold);
  });

  test.each([true, false])("while an answer is lost, and the message is there: %s", async (stored) => {
    scene.slack.failNext({ answer: unknown, stored });
    await scene.pass();
    await requestRedelivery();
    for (let minutes = 0; minutes < 3; minutes++) {
      await scene.tick();
      await requestRedelivery();
    }
    expect(scene.said()).toEqual(allTold);
  });
});
