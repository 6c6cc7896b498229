import { describe, expect, test } from "@jest/globals";
import { ServiceStageError } from "../../lambda/tracking/ports.ts";
import { tick } from "../../lambda/tracking/tick.ts";
import { MemoryServiceStage } from "../../testing/memory-servicestage.ts";
import { createScene, hour, leaseOf, minute } from "./scene.ts";
import { saveWhole } from "../../testing/save-whole.ts";

describe("one build that can't be read, while others can", () => {
  test("is shown on its card after three minutes, and no longer once it can", async () => {
    const scene = createScene();
    for (const buildId of ["b1", "b2"]) {
      await scene.register(buildId, { channel: buildId.replace("b", "C") });
      scene.serviceStage.set(buildId, "Init:Building");
    }
    await scene.tick();
    scene.serviceStage.fail("b1", "notUnderstood");
    for (let minutes = 0; minutes < 3; minutes++) await scene.tick();
    expect(scene.said()[0]).toBe("card 1: Init Building");
    await scene.tick();
    expect(scene.said()[0]).toBe("card 1: Init Building notUnderstood");
    scene.serviceStage.set("b1", "Init:Building");
    await scene.tick();
    expect(scene.said()).toEqual(["card 1: Init Building", "1: caught up Init Building"]);
    expect(scene.said("C2")).toEqual(["card 1: Init Building", "1: caught up Init Building"]);
  });

  test("and many more like it, keep no tick beyond its time, however slowly the store answers", async () => {
    const scene = createScene();
    await scene.register("b0");
    scene.serviceStage.set("b0", "Init:Building");
    await scene.pass();
    for (let each = 1; each <= 40; each++) {
      await scene.register(`b${each}`);
      scene.serviceStage.fail(`b${each}`, "notUnderstood");
    }
    const store = { ...scene.store };
    Object.assign(scene.options.store, {
      save: (...feed: Parameters<typeof store.save>) => {
        scene.clock.advance(4_000);
        return store.save(...feed);
      },
    });
    const began = scene.clock.now();
    await scene.tick();
    expect(scene.clock.now() - began).toBeLessThan(75_000);
  });

  test("that ServiceStage does not know is abandoned after an hour, and told so", async () => {
    const scene = createScene();
    await scene.register("b1");
    for (let minutes = 0; minutes <= 61; minutes++) await scene.tick();
    expect(scene.said()).toEqual(["card 1:  (abandoned)", "1: abandoned"]);
    expect((await scene.load("b1")).abandoned).toBe("unknownBuild");
  });

  test("that never ends is abandoned after a day without a change, and told so", async () => {
    const scene = createScene();
    await scene.register("b1");
    scene.serviceStage.set("b1", "Init:Successful Build:NotStarted");
    await scene.tick();
    scene.clock.advance(24 * hour);
    await scene.tick();
    expect(scene.said()).toEqual([
      "card 1: Init Successful, Build NotStarted (abandoned)",
      "1: caught up Init Successful",
      "2: abandoned",
    ]);
  });

  test.each(["Init:Successful Build:NotStarted", "Init:NotStarted", "Build:Building", "Build:Skipped"])(
    "whose end only the details tell (%s) is told within minutes",
    async (phases) => {
      const scene = createScene();
      await scene.register("b1");
      scene.serviceStage.set("b1", phases);
      await scene.tick();
      scene.serviceStage.set("b1", phases, { state: "Cancel" });
      for (let minutes = 0; minutes < 7; minutes++) await scene.tick();
      expect((await scene.load("b1")).outcome).toBe("cancelled");
    },
  );

  test("alone, for want of a permission, is abandoned after a day: no outage lasts for ever", async () => {
    const scene = createScene();
    await scene.register("b1");
    scene.serviceStage.fail("b1", "forbidden");
    for (let minutes = 0; minutes < 5; minutes++) await scene.tick();
    scene.clock.advance(24 * hour);
    await scene.tick();
    expect((await scene.load("b1")).status).toBe("abandoned");
  });

  test("has its trouble recorded although Slack takes nothing of what is pending", async () => {
    const scene = createScene();
    for (const buildId of ["b1", "b2"]) {
      await scene.register(buildId, { channel: buildId.replace("b", "C") });
      scene.serviceStage.set(buildId, "Init:Building");
    }
    const later = { kind: "later", retryAfterMillis: 1_000, reason: "ratelimited" } as const;
    scene.slack.failNext({ answer: later }, { channel: "C1", times: 1_000 });
    await scene.tick();
    scene.serviceStage.fail("b1", "unknownBuild");
    for (let minutes = 0; minutes < 4; minutes++) await scene.tick();
    expect((await scene.load("b1")).trouble).toMatchObject({ reason: "unknownBuild", shown: true });
  });

  test("whose end only the details tell after a day is told as ended, not abandoned", async () => {
    const scene = createScene();
    await scene.register("b1");
    scene.serviceStage.set("b1", "Build:Building");
    await scene.tick();
    scene.serviceStage.set("b1", "Build:Building", { state: "Cancel" });
    scene.clock.advance(24 * hour);
    await scene.tick();
    expect(scene.said()).toEqual([
      "card 1: Build Building (cancelled)",
      "1: caught up Build Building",
      "2: ended",
    ]);
  });
});

describe("ServiceStage out of reach", () => {
  const outOfReach = async (reason: "unavailable" | "throttled" | "notUnderstood") => {
    const scene = createScene();
    for (const buildId of ["b1", "b2", "b3"]) {
      await scene.register(buildId, { channel: buildId === "b3" ? "C2" : "C1" });
      scene.serviceStage.set(buildId, "Init:Building");
    }
    await scene.tick();
    scene.slack.messages.length = 0;
    scene.serviceStage.fault = reason;
    return scene;
  };

  test.each(["unavailable", "throttled", "notUnderstood"] as const)(
    "%s: each channel is told once after three minutes, and once when it is back",
    async (reason) => {
      const scene = await outOfReach(reason);
      for (let minutes = 0; minutes < 3; minutes++) await scene.tick();
      expect(scene.slack.messages).toEqual([]);
      for (let minutes = 0; minutes < 10; minutes++) await scene.tick();
      expect([scene.said("C1"), scene.said("C2")]).toEqual([["1: outOfReach"], ["1: outOfReach"]]);

      scene.serviceStage.fault = undefined;
      for (let minutes = 0; minutes < 3; minutes++) await scene.tick();
      expect([scene.said("C1"), scene.said("C2")]).toEqual([
        ["1: outOfReach", "2: backInReach"],
        ["1: outOfReach", "2: backInReach"],
      ]);
      expect((await scene.load("b1")).trouble).toBeUndefined();
    },
  );

  test("for less than three minutes is not told at all", async () => {
    const scene = await outOfReach("unavailable");
    for (let minutes = 0; minutes < 2; minutes++) await scene.tick();
    scene.serviceStage.fault = undefined;
    for (let minutes = 0; minutes < 5; minutes++) await scene.tick();
    expect(scene.slack.messages).toEqual([]);
  });

  test("with so many builds that their time-outs would fill the tick, is told all the same", async () => {
    const scene = createScene();
    for (let index = 0; index < 1_000; index++) await scene.register(`b${index}`);
    const hang = async (): Promise<never> => {
      await scene.clock.sleep(5_000);
      throw new ServiceStageError("unavailable", "no answer in time");
    };
    for (let minutes = 0; minutes < 5; minutes++) {
      await scene.tick({ serviceStage: new MemoryServiceStage({ run: hang }) });
    }
    expect(scene.said()).toEqual(["1: outOfReach"]);
  });

  test("goes on while another process holds the leases of all builds", async () => {
    const scene = await outOfReach("unavailable");
    await scene.tick();
    for (const buildId of ["b1", "b2", "b3"]) {
      const build = await scene.load(buildId);
      const lease = leaseOf("another", scene.clock.now(), 50_000);
      await saveWhole(scene.store, { ...build, delivery: { ...build.delivery, lease } });
    }
    for (let minutes = 0; minutes < 3; minutes++) await scene.tick();
    expect([scene.said("C1"), scene.said("C2")]).toEqual([["1: outOfReach"], ["1: outOfReach"]]);
  });

  test("that began when a build was followed is none of the channel's concern once none is", async () => {
    const scene = await outOfReach("unavailable");
    await scene.tick();
    for (const buildId of ["b1", "b2", "b3"]) {
      const channel = buildId === "b3" ? "C2" : "C1";
      await scene.store.requestStop(buildId, channel, scene.clock.now());
    }
    for (let minutes = 0; minutes < 5; minutes++) await scene.tick();
    await scene.register("b4");
    await scene.tick();
    expect(scene.slack.messages.filter(({ says }) => says.includes("Reach"))).toEqual([]);
  });

  test("a second time is told again", async () => {
    const scene = await outOfReach("unavailable");
    for (let round = 0; round < 2; round++) {
      scene.serviceStage.fault = "unavailable";
      for (let minutes = 0; minutes < 5; minutes++) await scene.tick();
      scene.serviceStage.fault = undefined;
      for (let minutes = 0; minutes < 2; minutes++) await scene.tick();
    }
    expect(scene.said("C2")).toEqual(["1: outOfReach", "2: backInReach", "3: outOfReach", "4: backInReach"]);
  });
});

describe("refused credentials", () => {
  const refused = async () => {
    const scene = createScene();
    for (let index = 0; index < 10; index++) {
      await scene.register(`b${index}`);
      scene.serviceStage.set(`b${index}`, "Init:Building");
    }
    scene.serviceStage.fault = "refused";
    return scene;
  };

  test("cost one request, then none for six minutes, then one at a time, whoever asks", async () => {
    const scene = await refused();
    await scene.tick();
    expect(scene.serviceStage.requests).toHaveLength(1);
    for (let minutes = 1; minutes < 6; minutes++) await scene.tick();
    expect(scene.serviceStage.requests).toHaveLength(1);
    await scene.tick();
    await Promise.all([scene.pass(), scene.pass()]);
    expect(scene.serviceStage.requests).toHaveLength(2);
  });

  test("are told like an outage, and all goes on once they are accepted again", async () => {
    const scene = await refused();
    for (let minutes = 0; minutes < 4; minutes++) await scene.tick();
    expect(scene.said()).toEqual(["1: outOfReach"]);
    scene.serviceStage.fault = undefined;
    for (let minutes = 0; minutes < 3; minutes++) await scene.tick();
    expect(await scene.store.loadCircuit()).toBeUndefined();
    expect(scene.said()).toEqual(expect.arrayContaining(["1: outOfReach", "2: backInReach"]));
    expect((await scene.load("b0")).observedAt).toBeDefined();
  });
  test("that are accepted again are used although the circuit can't be closed at once", async () => {
    const scene = await refused();
    await scene.tick();
    scene.serviceStage.fault = undefined;
    scene.clock.advance(6 * minute);
    const closeCircuit = async () => Promise.reject(new Error("ThrottlingException"));
    const { errors } = await scene.tick({ store: { ...scene.store, closeCircuit } });
    expect(errors).toBeGreaterThan(0);
    expect((await scene.load("b0")).observedAt).toBeDefined();
  });

  test("are not risked while the circuit can't be read", async () => {
    const scene = await refused();
    const loadCircuit = async () => Promise.reject(new Error("ProvisionedThroughputExceeded"));
    await scene.tick({ store: { ...scene.store, loadCircuit } });
    expect(scene.serviceStage.requests).toEqual([]);
  });

  test("of a circuit whose time is over are tried by a tick that has a build to poll, not by one that has none", async () => {
    const scene = await refused();
    await scene.tick();
    scene.serviceStage.fault = undefined;
    scene.clock.advance(6 * minute);
    const empty = {
      shard: 1,
      shards: 16,
      scheduledTime: scene.clock.now(),
      processEnd: scene.clock.now() + 75_000,
    };
    const idle: number[] = [];
    for (let shard = 0; shard < 16; shard++) {
      const { builds } = await tick({ ...empty, shard }, scene.options, 16);
      idle.push(builds);
    }
    expect(idle.filter((builds) => builds === 0).length).toBe(15);
    expect(await scene.store.loadCircuit()).toBeUndefined();
  });
});
