import { describe, expect, test } from "@jest/globals";
import { createDigests } from "../../lambda/tracking/digests.ts";
import { createScene, minute } from "./scene.ts";

/** From the end of a build to the digest in its channel. The scene begins on Monday, 5 January 2026, at 10:00 UTC. */

const hour = 60 * minute;
const day = 24 * hour;
/** Every Monday at noon. */
const noon = { day: 1, minutes: 12 * 60, zone: "UTC", channel: "C1", shard: 0 };
const shards = Array.from({ length: 16 }, (_, shard) => shard);

/** A scene whose process remembers, and how often it asks for what the digest counts. */
function createDigestScene() {
  const scene = createScene();
  const reads: string[] = [];
  const store: typeof scene.store = {
    ...scene.store,
    load: (feed) => {
      if (feed.kind === "notices") reads.push("notices");
      return scene.store.load(feed);
    },
    loadDigestEntries: (channel) => {
      reads.push("entries");
      return scene.store.loadDigestEntries(channel);
    },
  };
  const restart = () => Object.assign(scene.options, { digests: createDigests([noon]) });
  Object.assign(scene.options, { store });
  restart();
  return { ...scene, store, reads, restart };
}

type Scene = ReturnType<typeof createDigestScene>;

async function build(scene: Scene, buildId: string, phases = "Build:Failed", channel = "C1"): Promise<void> {
  scene.serviceStage.set(buildId, phases, { jobId: "j1", jobName: "shop" });
  await scene.register(buildId, { channel });
  await scene.pass();
}

const toldIn = (scene: Scene, channel = "C1") =>
  scene.said(channel).filter((says) => says.includes("digest"));

describe("a digest", () => {
  test("is told when its time has come, once, and without a read before and after", async () => {
    const scene = createDigestScene();
    await build(scene, "b1");
    await build(scene, "b2", "Build:Building");
    scene.restart();
    expect(scene.reads.splice(0)).toEqual(["notices", "entries"]);
    await scene.pass();
    expect(scene.reads.splice(0)).toEqual(["notices", "entries"]);

    scene.clock.advance(2 * hour - minute);
    await scene.pass();
    expect(scene.reads).toEqual([]);
    expect(toldIn(scene)).toEqual([]);

    scene.clock.advance(minute);
    await scene.tick();
    expect(toldIn(scene)).toEqual(["1: digest of 1"]);
    expect(scene.reads.splice(0)).toEqual(["notices", "entries", "notices"]);
    await scene.tick();
    scene.clock.advance(6 * day);
    await scene.tick();
    expect(scene.reads).toEqual([]);
    scene.restart();
    await scene.tick();
    expect(scene.reads).toEqual(["notices"]);
    expect(toldIn(scene)).toHaveLength(1);
  });

  test("tells each week by itself, and nothing of a week without builds", async () => {
    const scene = createDigestScene();
    await build(scene, "b1");
    scene.clock.advance(2 * hour);
    await scene.tick();
    scene.clock.advance(7 * day);
    await scene.tick();
    expect(toldIn(scene)).toEqual(["1: digest of 1"]);
    await build(scene, "b2");
    await build(scene, "b3");
    scene.clock.advance(7 * day);
    await scene.tick();
    expect(toldIn(scene)).toEqual(["1: digest of 1", "2: digest of 2"]);
  });

  test("is told late, and once, if no tick ran when it was due", async () => {
    const scene = createDigestScene();
    await build(scene, "b1");
    scene.clock.advance(6 * day);
    await scene.tick();
    await scene.tick();
    expect(toldIn(scene)).toEqual(["1: digest of 1"]);
  });

  test("of a week that is more than a week ago is not told", async () => {
    const scene = createDigestScene();
    await build(scene, "b1");
    scene.clock.advance(8 * day);
    await scene.tick();
    expect(toldIn(scene)).toEqual([]);
  });

  test("goes only to channels that have one, and counts only their builds", async () => {
    const scene = createDigestScene();
    await build(scene, "b1", "Build:Failed", "C2");
    await build(scene, "b2");
    const entries = [];
    for await (const page of scene.store.loadDigestEntries("C2")) entries.push(...page);
    expect(entries).toEqual([]);
    scene.clock.advance(2 * hour);
    await scene.tick();
    expect([toldIn(scene), toldIn(scene, "C2")]).toEqual([["1: digest of 1"], []]);
  });

  test("is told by the tick that owns the channel's shard", () => {
    const digests = createDigests([noon]);
    const now = Date.parse("2026-01-05T12:00:00Z");
    expect(digests.due(shards, now)).toHaveLength(1);
    expect(digests.due([1, 2], now)).toEqual([]);
  });

  test("costs one write more of each build, and no call of ServiceStage", async () => {
    const [without, withDigest] = [createDigestScene(), createDigestScene()];
    without.options.digests = createDigests([]);
    for (const scene of [without, withDigest]) await build(scene, "b1");
    expect(withDigest.serviceStage.requests).toEqual(without.serviceStage.requests);
    expect(withDigest.writes).toEqual(without.writes);
  });

  test("is tried again in the next pass if the table can't be read, and holds up no build", async () => {
    const scene = createDigestScene();
    await build(scene, "b1");
    scene.clock.advance(2 * hour);
    const failing = {
      ...scene.store,
      loadDigestEntries: () => {
        throw new Error("Throttling");
      },
    };
    expect(await scene.pass({ store: failing })).toMatchObject({ errors: 1 });
    expect(toldIn(scene)).toEqual([]);
    await scene.pass();
    expect(toldIn(scene)).toEqual(["1: digest of 1"]);
  });

  test("is tried again if its write was lost", async () => {
    const scene = createDigestScene();
    await build(scene, "b1");
    scene.clock.advance(2 * hour);
    await scene.pass({ store: { ...scene.store, save: async () => undefined } });
    await scene.pass();
    expect(toldIn(scene)).toEqual(["1: digest of 1"]);
  });

  test("reads 50,000 builds at most, and says then that there are more", async () => {
    const scene = createDigestScene();
    await build(scene, "b1");
    const at = scene.clock.now();
    scene.clock.advance(2 * hour);
    const page = Array.from({ length: 20_000 }, (_, index) => ({
      buildId: `x${index}`,
      at,
      outcome: "succeeded" as const,
    }));
    let pages = 0;
    const busy = {
      ...scene.store,
      async *loadDigestEntries() {
        for (; ; pages++) yield page;
      },
    };
    await scene.pass({ store: busy });
    expect([toldIn(scene), pages]).toEqual([["1: digest of 50000"], 2]);
  });
});
