import { beforeEach, describe, expect, test } from "@jest/globals";
import { createScene } from "./scene.ts";

const channels = ["C1", "C2", "C3"];
let scene: ReturnType<typeof createScene>;

/** A build that three channels want, each in its own way. */
beforeEach(async () => {
  scene = createScene();
  await scene.register("b1", { channel: "C1" });
  await scene.register("b1", { channel: "C2", notify: "end" });
  await scene.register("b1", { channel: "C3", thread: false });
  scene.serviceStage.set("b1", "Init:Building");
});

const phasesRequests = () => scene.serviceStage.requests.filter((path) => path === "b1/phases").length;

describe("a build in three channels", () => {
  test("has three cards and threads, each by its own settings", async () => {
    await scene.pass();
    scene.serviceStage.set("b1", "Init:Successful Build:Failed");
    await scene.tick();
    expect(scene.said("C1")).toEqual([
      "card 1: Init Successful, Build Failed (failed)",
      "1: caught up Init Building",
      "2: Init Successful",
      "3: Build Failed",
    ]);
    expect(scene.said("C2")).toEqual(["card 1: Init Successful, Build Failed (failed)", "3: Build Failed"]);
    expect(scene.said("C3")).toHaveLength(4);
  });

  test("is asked for once in a pass", async () => {
    await scene.pass();
    expect(phasesRequests()).toBe(1);
    scene.clock.advance(15_000);
    await scene.pass();
    expect(phasesRequests()).toBe(2);
  });

  test("is asked for again for a channel that already knows more than the answer", async () => {
    await scene.pass();
    scene.clock.advance(1_000);
    scene.serviceStage.requests.length = 0;
    await scene.pass();
    expect(scene.said("C1")).toEqual(["card 1: Init Building", "1: caught up Init Building"]);
    expect(phasesRequests()).toBeGreaterThanOrEqual(1);
  });

  test("is not held up in two of them when the third refuses", async () => {
    scene.slack.failNext(
      { answer: { kind: "destination", reason: "not_in_channel" } },
      { times: 100, channel: "C1" },
    );
    await scene.tick();
    scene.serviceStage.set("b1", "Init:Successful Build:Failed");
    await scene.tick();
    expect(scene.said("C1")).toEqual([]);
    expect(scene.said("C2")).toHaveLength(2);
    expect(scene.said("C3")).toHaveLength(4);
    expect((await scene.load("b1", "C1")).delivery.postponed?.of).toBe("all");
  });

  test("stopped in one of them goes on in the others", async () => {
    await scene.pass();
    await scene.store.requestStop("b1", "C2", scene.clock.now());
    scene.serviceStage.set("b1", "Init:Successful Build:Failed");
    await scene.tick();
    const status = await Promise.all(
      channels.map(async (channel) => (await scene.load("b1", channel)).status),
    );
    expect(status).toEqual(["ended", "stopped", "ended"]);
  });
});
