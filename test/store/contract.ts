import { beforeEach, describe, expect, test } from "@jest/globals";
import { observe, registerBuild, type Build, type ShownStatus } from "../../lambda/domain/build.ts";
import { settle, takeLease } from "../../lambda/domain/delivery.ts";
import { expire, type Feed } from "../../lambda/domain/feed.ts";
import { noNotices, outOfReach } from "../../lambda/domain/notices.ts";
import { virtualShards } from "../../lambda/names.ts";
import type { Store } from "../../lambda/tracking/ports.ts";
import { createTestClock, type TestClock } from "../../testing/clock.ts";

const allShards = Array.from({ length: virtualShards }, (_, shard) => shard);
const retention = { abandonAfterMillis: 86_400_000, keepMillis: 1_000_000 };
const channel = "C0123456789";

/** What every store does. `createStore` gives an empty one. */
export function describeStore(name: string, createStore: (clock: TestClock) => Promise<Store>): void {
  describe(`the store: ${name}`, () => {
    let clock: TestClock;
    let store: Store;

    beforeEach(async () => {
      clock = createTestClock();
      store = await createStore(clock);
    });

    const newBuild = (buildId = "b1", settings = {}) =>
      registerBuild(
        buildId,
        `registration of ${buildId}`,
        { channel, mention: [], thread: true, ...settings },
        clock.now(),
      );
    const registered = async (buildId = "b1"): Promise<Build> => {
      await store.register(newBuild(buildId), undefined);
      return (await store.loadBuild(buildId))!;
    };
    const observed = (build: Build, state = "Building") =>
      observe(build, [{ id: "1", name: "Build", state }], { jobName: "shop" }, clock.now(), retention);
    const over = (build: Build): Build => {
      const ended = observed(build, "Failed");
      const { card, outbox } = ended.delivery;
      const delivered = outbox.map((message) => ({ message, how: "sent" as const, at: clock.now() }));
      const delivery = settle(
        ended.delivery,
        { delivered, card: { ...card!, shown: card!.revision } },
        clock.now(),
      );
      return expire({ ...ended, delivery }, clock.now(), retention);
    };
    const active = async (shards = allShards, rotation = 0): Promise<Feed[]> => {
      const feeds: Feed[] = [];
      for await (const feed of store.loadActive(shards, rotation)) {
        if (feed instanceof Error) throw feed;
        feeds.push(feed);
      }
      return feeds;
    };
    const nameOfEach = (feeds: Feed[]) =>
      feeds.map((feed) => (feed.kind === "build" ? feed.buildId : feed.channel)).toSorted();

    test("a build that was never registered is not there", async () => {
      expect(await store.loadBuild("b1")).toBeUndefined();
    });

    test("what is registered is read back whole, and is active", async () => {
      const build = newBuild("b1", { label: "nightly 夜", mention: ["U0123456789"], notify: "end" });
      expect(await store.register(build, undefined)).toBe(true);
      expect(await store.loadBuild("b1")).toEqual({ ...build, version: 1 });
      expect(await active()).toEqual([{ ...build, version: 1 }]);
    });

    test("what an end brought is kept with it", async () => {
      const closing = { logTail: ["npm error"], usual: { medianMillis: 61_000, builds: 3 } };
      const ended = { ...over(await registered()), closing };
      await store.save(ended, { history: true });
      expect(await store.loadBuild("b1")).toMatchObject({ closing, status: "ended" });
    });

    test("of two registrations at once one wins", async () => {
      const results = await Promise.all([1, 2, 3, 4].map(() => store.register(newBuild(), undefined)));
      expect(results.filter(Boolean)).toHaveLength(1);
    });

    test("a save gives the feed as it is now, its version one higher", async () => {
      const build = observed(await registered());
      const saved = await store.save(build);
      expect(saved).toEqual({ ...build, version: 2 });
      expect(await store.loadBuild("b1")).toEqual(saved);
    });

    test("a save over a version that moved on changes nothing", async () => {
      const build = await registered();
      await store.save(observed(build));
      expect(await store.save(observed(build, "Failed"))).toBeUndefined();
      expect((await store.loadBuild("b1"))?.outcome).toBeUndefined();
    });

    test("an attribute that is gone from the feed is gone from the item", async () => {
      const build = await registered();
      const leased = await store.save({ ...build, delivery: takeLease(build.delivery, "me", clock.now()) });
      const released = await store.save({
        ...leased!,
        delivery: settle(leased!.delivery, { delivered: [] }, clock.now()),
      });
      expect(released?.delivery.lease).toBeUndefined();
      expect((await store.loadBuild("b1"))?.delivery.lease).toBeUndefined();
    });

    test("the history is written when asked to, kept when not, and left out of the index", async () => {
      const build = observed(await registered());
      const [message] = build.delivery.outbox;
      const delivered = [{ message: message!, how: "sent" as const, at: 1, receipt: { channel, ts: "1.2" } }];
      const first = await store.save(
        { ...build, delivery: settle(build.delivery, { delivered }, 1) },
        { history: true },
      );
      expect(first?.delivery.history).toEqual(delivered);

      const [listed] = await active();
      expect(listed?.delivery.history).toEqual([]);
      const second = await store.save(observed(listed as Build, "Failed"));
      expect(second?.delivery.history).toEqual(delivered);
    });

    test("a stop mark stays through the saves of a tick that did not see it", async () => {
      const build = await registered();
      expect(await store.requestStop("b1", 5)).toBe(true);
      expect(await store.requestStop("b1", 6)).toBe(true);
      const saved = await store.save(observed(build));
      expect(saved?.stopRequestedAt).toBe(5);
      expect((await active())[0]).toMatchObject({ stopRequestedAt: 5 });
    });

    test("the newest request for a redelivery stays through the saves of a tick that did not see it", async () => {
      const build = await registered();
      expect(await store.requestRedelivery("b1", 5)).toBe(true);
      expect(await store.requestRedelivery("b1", 6)).toBe(true);
      const saved = await store.save(observed(build));
      expect(saved).toMatchObject({ redeliverRequestedAt: 6, version: 2 });
      expect((await active())[0]).toMatchObject({ redeliverRequestedAt: 6 });
    });

    test("a build that is not there can't be stopped or redelivered", async () => {
      expect(await store.requestStop("b1", 5)).toBe(false);
      expect(await store.requestRedelivery("b1", 5)).toBe(false);
      expect(await store.loadBuild("b1")).toBeUndefined();
    });

    test("what is over and owes nothing is no longer active, and is still there", async () => {
      const saved = await store.save(over(await registered()));
      expect(saved?.status).toBe("ended");
      expect(await active()).toEqual([]);
      expect(await store.loadBuild("b1")).toMatchObject({ status: "ended", outcome: "failed" });
    });

    test("what has expired counts as gone, and makes room", async () => {
      await store.save(over(await registered()));
      clock.advance(retention.keepMillis + 1_000);
      expect(await store.loadBuild("b1")).toBeUndefined();
      expect(await store.requestStop("b1", 5)).toBe(false);
      expect(await store.requestRedelivery("b1", 5)).toBe(false);
      expect((await store.list({ limit: 10 })).builds).toEqual([]);
      expect(await store.register(newBuild(), undefined)).toBe(true);
      expect((await store.loadBuild("b1"))?.status).toBe("tracking");
    });

    test("a new registration takes the place of the version it saw with all its marks, and of no other", async () => {
      const ended = (await store.save(over(await registered())))!;
      await store.requestStop("b1", 5);
      await store.requestRedelivery("b1", 6);
      const again = { ...newBuild(), registration: { ...newBuild().registration, id: "another" } };
      expect(await store.register(again, { ...ended, version: ended.version - 1 })).toBe(false);
      expect(await store.register(again, ended)).toBe(true);
      expect(await store.loadBuild("b1")).toEqual({ ...again, version: ended.version + 1 });
      expect(await store.save(observed(ended))).toBeUndefined();
    });

    test("each shard's feeds are read by its schedule alone, and all of them by all", async () => {
      const channels = Array.from({ length: 30 }, (_, index) => `C00000000${10 + index}`);
      for (const [index, each] of channels.entries())
        await store.register(newBuild(`b${index}`, { channel: each }), undefined);
      const byShard = await Promise.all(allShards.map((shard) => active([shard])));
      expect(nameOfEach(byShard.flat())).toEqual(channels.map((_, index) => `b${index}`).toSorted());
      expect(byShard.filter((feeds) => feeds.length > 0).length).toBeGreaterThan(5);
    });

    test("wherever a rotation begins, every build is read once", async () => {
      for (const buildId of ["0a", "5b", "Ac", "hd", "ze"])
        await store.register(newBuild(buildId), undefined);
      for (const rotation of [0, 1, 7, 35, 29_000_000]) {
        expect(nameOfEach(await active(allShards, rotation))).toEqual(["0a", "5b", "Ac", "hd", "ze"]);
      }
    });

    test("more builds than a page holds are all read, and listed page by page", async () => {
      const ids = Array.from({ length: 600 }, (_, index) => `b${1000 + index}`);
      for (let start = 0; start < ids.length; start += 50) {
        await Promise.all(
          ids.slice(start, start + 50).map((buildId) => store.register(newBuild(buildId), undefined)),
        );
      }
      expect(nameOfEach(await active())).toEqual(ids);

      const listed: string[] = [];
      let cursor: string | undefined;
      do {
        const page = await store.list({ limit: 170, ...(cursor && { cursor }) });
        expect(page.builds.length).toBeLessThanOrEqual(170);
        listed.push(...page.builds.map(({ buildId }) => buildId));
        cursor = page.cursor;
      } while (cursor);
      expect(listed.toSorted()).toEqual(ids);
    });

    test("the list shows one status when asked to, and no notices", async () => {
      await store.save(over(await registered("b1")));
      await registered("b2");
      await store.save(outOfReach(noNotices(channel, "n1"), "unavailable", clock.now()));
      await registered("b3");
      await store.requestStop("b3", clock.now());
      const of = async (status?: ShownStatus) =>
        (await store.list({ limit: 10, ...(status && { status }) })).builds
          .map(({ buildId }) => buildId)
          .toSorted();
      expect(await of()).toEqual(["b1", "b2", "b3"]);
      expect(await of("ended")).toEqual(["b1"]);
      expect(await of("tracking")).toEqual(["b2"]);
      expect(await of("stopping")).toEqual(["b3"]);
      expect(await of("stopped")).toEqual([]);
    });

    test("the list shows the newest registrations first, and pages neither repeat nor skip one", async () => {
      const registerAt = (buildId: string, at: number) => {
        const build = newBuild(buildId);
        return store.register({ ...build, registration: { ...build.registration, at } }, undefined);
      };
      const begin = clock.now();
      for (const [buildId, at] of [
        ["m", 1],
        ["z", 2],
        ["a", 3],
        ["k", 4],
        ["b", 4],
      ] as const)
        await registerAt(buildId, begin + at);
      const read = async (cursor?: string) => {
        const page = await store.list({ limit: 2, ...(cursor && { cursor }) });
        return { ids: page.builds.map(({ buildId }) => buildId), cursor: page.cursor };
      };
      const first = await read();
      expect(first.ids).toEqual(["b", "k"]);
      // One comes in between, and one of the first page is gone.
      await registerAt("new", begin + 5);
      await store.save(over((await store.loadBuild("k"))!));
      const second = await read(first.cursor);
      expect(second.ids).toEqual(["a", "z"]);
      expect(await read(first.cursor)).toEqual(second);
      expect(await read(second.cursor)).toEqual({ ids: ["m"], cursor: undefined });
      expect((await read()).ids).toEqual(["new", "b"]);
    });

    test("a cursor that no page gave is refused", async () => {
      await registered();
      await expect(store.list({ limit: 1, cursor: "!" })).rejects.toThrow(RangeError);
    });

    test("a page goes on after its cursor's build, though that build has expired", async () => {
      const registerAt = (buildId: string, at: number) => {
        const build = newBuild(buildId);
        return store.register({ ...build, registration: { ...build.registration, at } }, undefined);
      };
      const begin = clock.now();
      await registerAt("older", begin + 1);
      await registerAt("newer", begin + 2);
      const { builds, cursor = "" } = await store.list({ limit: 1 });
      expect(builds).toMatchObject([{ buildId: "newer" }]);
      await store.save(over((await store.loadBuild("newer"))!));
      clock.advance(retention.keepMillis + 1_000);
      expect((await store.list({ limit: 1, cursor })).builds).toMatchObject([{ buildId: "older" }]);
    });

    test("what a caller does to a feed changes nothing in the store", async () => {
      const given = newBuild();
      await store.register(given, undefined);
      for (const feed of [given, await store.loadBuild("b1"), (await active())[0]]) {
        // A store may refuse that, by a frozen feed.
        Reflect.set((feed as Build).registration, "channel", "C9999999999");
        Reflect.set((feed as Build).delivery.outbox, "length", 9);
      }
      expect(await store.loadBuild("b1")).toEqual({ ...newBuild(), version: 1 });
    });

    test("a channel's notices are created once, active while an outage lasts, and gone when expired", async () => {
      const fresh = outOfReach(noNotices(channel, "n1"), "unavailable", clock.now());
      const saved = await store.save(fresh);
      expect(saved).toEqual({ ...fresh, version: 1 });
      expect(await store.save(fresh)).toBeUndefined();
      expect(await store.load(fresh)).toEqual(saved);
      expect(nameOfEach(await active())).toEqual([channel]);

      const { outage: _over, ...quiet } = saved!;
      await store.save(expire(quiet, clock.now(), retention));
      expect(await active()).toEqual([]);
      clock.advance(retention.keepMillis + 1_000);
      expect(await store.load(fresh)).toBeUndefined();
      expect(await store.save(fresh)).toMatchObject({ version: 1 });
    });

    test("of all who open the circuit one wins, and it can be closed", async () => {
      expect(await store.loadCircuit()).toBeUndefined();
      const circuit = { openUntil: 1_000, reason: "refused" };
      const opened = await Promise.all([1, 2, 3].map(() => store.openCircuit(circuit, undefined)));
      expect(opened.filter(Boolean)).toHaveLength(1);
      expect(await store.loadCircuit()).toEqual(circuit);

      const later = { ...circuit, openUntil: 2_000 };
      const extended = await Promise.all([1, 2, 3].map(() => store.openCircuit(later, circuit)));
      expect(extended.filter(Boolean)).toHaveLength(1);
      await store.closeCircuit();
      expect(await store.loadCircuit()).toBeUndefined();
    });
  });
}
