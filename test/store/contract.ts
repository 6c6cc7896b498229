import { beforeEach, describe, expect, test } from "@jest/globals";
import type { ActionRequest } from "../../lambda/domain/action.ts";
import { unknownCommitter } from "../../lambda/domain/committer.ts";
import { observe, registerBuild, type Build, type ShownStatus } from "../../lambda/domain/build.ts";
import { addPending, settle, takeLease } from "../../lambda/domain/delivery.ts";
import { channelOf, expire, nameOf, type Feed } from "../../lambda/domain/feed.ts";
import { nothingTold } from "../../lambda/domain/row.ts";
import { seenHash } from "../../lambda/domain/seen.ts";
import {
  endSubscription,
  observeJob,
  observeJobTrouble,
  subscribe,
  type Subscription,
} from "../../lambda/domain/subscription.ts";
import { noNotices, outOfReach } from "../../lambda/domain/notices.ts";
import { virtualShards } from "../../lambda/names.ts";
import type { Store, SubscriptionQuery, Writer } from "../../lambda/tracking/ports.ts";
import { createTestClock, type TestClock } from "../../testing/clock.ts";
import { saveWhole } from "../../testing/save-whole.ts";

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
      return (await store.loadBuild(buildId, channel))!;
    };
    const observed = (build: Build, state = "Building") =>
      observe(build, [{ id: "1", name: "Build", state }], { jobName: "shop" }, clock.now(), retention);
    /** With all that is pending delivered, and nothing held. */
    const delivered = (build: Build): Build => {
      const { card, outbox } = build.delivery;
      const attempt = {
        delivered: outbox.map((message) => ({ message, how: "sent" as const, at: clock.now() })),
        ...(card && { card: { ...card, shown: card.revision } }),
      };
      return { ...build, delivery: settle(build.delivery, attempt, clock.now()) };
    };
    const over = (build: Build): Build =>
      expire(delivered(observed(build, "Failed")), clock.now(), retention);
    const leased = (build: Build, owner = "me"): Build => ({
      ...build,
      delivery: takeLease(build.delivery, owner, clock.now()),
    });
    const versionsOf = (build: Build | undefined) => [build?.version, build?.delivery.version];
    /** As it is once it was created. */
    const asSaved = <F extends Feed>(feed: F): F => ({
      ...feed,
      version: 1,
      delivery: { ...feed.delivery, version: 1 },
    });
    const active = async (shards = allShards, rotation = 0): Promise<Feed[]> => {
      const feeds: Feed[] = [];
      for await (const feed of store.loadActive(shards, rotation)) {
        if (feed instanceof Error) throw feed;
        feeds.push(feed);
      }
      return feeds;
    };
    const nameOfEach = (feeds: Feed[]) =>
      feeds.map((feed) => (feed.kind === "build" ? feed.buildId : channelOf(feed))).toSorted();

    test("a build that was never registered is not there", async () => {
      expect(await store.loadBuild("b1", channel)).toBeUndefined();
    });

    test("what is registered is read back whole, and is active", async () => {
      const build = newBuild("b1", { label: "nightly 夜", mention: ["U0123456789"], notify: "end" });
      expect(await store.register(build, undefined)).toBe(true);
      expect(await store.loadBuild("b1", channel)).toEqual(asSaved(build));
      expect(await active()).toEqual([asSaved(build)]);
    });

    describe("a build in two channels", () => {
      const other = "C9876543210";
      const inBoth = async () => {
        await registered();
        await store.register(newBuild("b1", { channel: other, notify: "end" }), undefined);
      };

      test("is two items, in the order of the channels", async () => {
        await inBoth();
        const channels = (await store.loadRegistrations("b1")).map(
          ({ registration }) => registration.channel,
        );
        expect(channels).toEqual([channel, other]);
        expect(await active()).toHaveLength(2);
      });

      test("what is written of one leaves the other as it was", async () => {
        await inBoth();
        const before = await store.loadBuild("b1", other);
        const build = (await store.loadBuild("b1", channel))!;
        await saveWhole(store, delivered(observed(build)));
        await store.requestStop("b1", channel, clock.now());
        await store.requestRedelivery("b1", channel, clock.now());
        expect(await store.loadBuild("b1", other)).toEqual(before);
      });

      test("one that has expired is gone, and the other is not", async () => {
        await inBoth();
        await saveWhole(store, over((await store.loadBuild("b1", channel))!));
        clock.advance(retention.keepMillis + 1_000);
        const left = await store.loadRegistrations("b1");
        expect(left.map(({ registration }) => registration.channel)).toEqual([other]);
      });

      test("a build whose id begins with this one's is not among its registrations", async () => {
        await inBoth();
        await registered("b11");
        expect(await store.loadRegistrations("b1")).toHaveLength(2);
        expect(await store.loadRegistrations("b")).toEqual([]);
      });
    });

    describe("a subscription", () => {
      const settings = { channel, mention: ["U0123456789"], thread: true, branches: ["release/*"] };
      const newSubscription = (jobId = "j1", its = settings) =>
        subscribe(jobId, "webshop", `subscription to ${jobId}`, its, clock.now());
      const subscribed = async (jobId = "j1", its = settings): Promise<Subscription> => {
        await store.register(newSubscription(jobId, its), undefined);
        return (await store.loadSubscription(jobId, its.channel))!;
      };
      const polled = (subscription: Subscription, ...buildIds: string[]) =>
        observeJob(
          subscription,
          { jobId: "j1", jobName: "webshop", lastBuildId: "b9" },
          { builds: [], pages: 1, whole: {} },
          {
            decided: buildIds,
            later: [{ buildId: "b7", isRunning: true }],
            isCutShort: false,
            isLate: false,
            isInTime: false,
          },
          clock.now(),
        );

      test("is read back whole, and is active without what it has seen", async () => {
        const subscription = await subscribed();
        expect(subscription).toEqual(asSaved(newSubscription()));
        const { seen: _apart, ...indexed } = subscription;
        expect(await active()).toEqual([indexed]);
      });

      test("keeps what was observed of its job, and what it has seen, in order", async () => {
        const subscription = await subscribed();
        const saved = await store.save(subscription, polled(subscription, "b1", "b2"), "observation");
        expect(saved).toEqual({ ...polled(subscription, "b1", "b2"), version: 2 });
        expect(saved?.seen).toEqual(["b1", "b2"].map(seenHash));
        expect(await store.loadSubscription("j1", channel)).toEqual(saved);
      });

      test("a write that was decided on an older version changes nothing", async () => {
        const subscription = await subscribed();
        const saved = await store.save(subscription, polled(subscription, "b1"), "observation");
        expect(await store.save(subscription, polled(subscription, "b2"), "observation")).toBeUndefined();
        expect(await store.loadSubscription("j1", channel)).toEqual(saved);
      });

      test("a write of what the index holds keeps what it has seen", async () => {
        const subscription = await subscribed();
        await store.save(subscription, polled(subscription, "b1"), "observation");
        const [indexed] = (await active()) as [Subscription];
        await store.save(
          indexed,
          observeJobTrouble(indexed, "unavailable", true, clock.now()),
          "observation",
        );
        expect(await store.loadSubscription("j1", channel)).toMatchObject({
          seen: [seenHash("b1")],
          trouble: { reason: "unavailable" },
        });
      });

      test("its settings change, and nothing else", async () => {
        const subscription = await subscribed();
        const changed = { ...subscription, settings: { channel, mention: [], thread: false } };
        expect(await store.save(subscription, changed, "observation")).toEqual({ ...changed, version: 2 });
        expect(await store.loadSubscription("j1", channel)).toEqual({ ...changed, version: 2 });
      });

      test("one that has ended leaves the index, and another takes its place with the next version", async () => {
        const subscription = await subscribed();
        const ended = expire(endSubscription(subscription), clock.now(), retention);
        await store.save(subscription, ended, "observation");
        expect(await active()).toEqual([]);
        const left = (await store.loadSubscription("j1", channel))!;
        expect(await store.register(newSubscription(), undefined)).toBe(false);
        expect(await store.register(newSubscription(), left)).toBe(true);
        expect((await store.loadSubscription("j1", channel))?.version).toBe(left.version + 1);
        expect(await store.save(subscription, polled(subscription, "b1"), "observation")).toBeUndefined();
      });

      test("is no build, and a build is no subscription", async () => {
        await subscribed("b1");
        await registered("j1");
        expect(await store.loadBuild("b1", channel)).toBeUndefined();
        expect(await store.loadSubscription("j1", channel)).toBeUndefined();
      });

      test("the active ones are listed page by page, each once, and only those asked for", async () => {
        const other = { ...settings, channel: "C9876543210" };
        for (const jobId of ["j1", "j2", "j3", "j4"]) await subscribed(jobId);
        for (const jobId of ["j1", "j2"]) await subscribed(jobId, other);
        const ended = (await store.loadSubscription("j4", channel))!;
        await store.save(ended, expire(endSubscription(ended), clock.now(), retention), "observation");
        await registered("j5");
        const listed = async (query: Partial<SubscriptionQuery>) => {
          const names: string[] = [];
          let cursor: string | undefined;
          do {
            const page = await store.listSubscriptions({ limit: 2, ...query, ...(cursor && { cursor }) });
            names.push(...page.subscriptions.map((each) => `${each.jobId} ${channelOf(each)}`));
            cursor = page.cursor;
          } while (cursor !== undefined);
          return names.toSorted();
        };
        const here = ["j1", "j2", "j3"].map((jobId) => `${jobId} ${channel}`);
        const there = ["j1", "j2"].map((jobId) => `${jobId} ${other.channel}`);
        expect(await listed({})).toEqual([...here, ...there].toSorted());
        expect(await listed({ channel })).toEqual(here);
        expect(await listed({ channel: other.channel, limit: 1 })).toEqual(there);
        expect(await listed({ jobId: "j1", limit: 1 })).toEqual([here[0], there[0]]);
        await subscribed("j11");
        await subscribed("j");
        expect(await listed({ jobId: "j1" })).toEqual([here[0], there[0]]);
        expect(await listed({ jobId: "j" })).toEqual([`j ${channel}`]);
        expect(await listed({ channel: channel.slice(0, -1) })).toEqual([]);
      });

      test("a cursor of another list of subscriptions, or that no page gave, is refused", async () => {
        for (const jobId of ["j1", "j2", "j3"]) await subscribed(jobId);
        const { cursor = "" } = await store.listSubscriptions({ limit: 1 });
        const { cursor: inChannel = "" } = await store.listSubscriptions({ limit: 1, channel });
        const queries = [
          { cursor: "none" },
          { cursor: Buffer.from(`0 ${channel} job/j1`).toString("base64url") },
          { cursor: inChannel },
          { cursor, channel },
          { cursor, jobId: "j1" },
          { cursor: inChannel, channel: "C9876543210" },
        ];
        for (const query of queries)
          await expect(store.listSubscriptions({ limit: 1, ...query })).rejects.toThrow(RangeError);
        await registered("b1");
        await registered("b2");
        await expect(store.list({ limit: 1, cursor })).rejects.toThrow(RangeError);
        const { cursor: ofBuilds = "" } = await store.list({ limit: 1 });
        await expect(store.listSubscriptions({ limit: 1, cursor: ofBuilds })).rejects.toThrow(RangeError);
      });

      test("a channel's active feeds are loaded without those of other channels", async () => {
        const other = { ...settings, channel: "C9876543210" };
        for (const jobId of ["j1", "j2"]) await subscribed(jobId);
        await subscribed("j1", other);
        await registered("b1");
        const ended = (await store.loadSubscription("j2", channel))!;
        await store.save(ended, expire(endSubscription(ended), clock.now(), retention), "observation");
        const names = (await store.loadChannel(channel)).map(nameOf);
        expect(names.toSorted()).toEqual(["build b1", `subscription of channel ${channel} to job j1`]);
        expect(await store.loadChannel("C1111111111")).toEqual([]);
      });
    });

    test("what an end brought is kept with it", async () => {
      const found = {
        closing: { logTail: ["npm error"] },
        usual: { medianMillis: 61_000, builds: 3 },
        row: { of: "failures" as const, builds: 2, orMore: true as const, open: ["0123456789ab"] },
        slowSince: 1_000,
      } satisfies Partial<Build>;
      const ended: Build = { ...over(await registered()), ...found };
      await saveWhole(store, ended);
      expect(await store.loadBuild("b1", channel)).toMatchObject({ ...found, status: "ended" });
    });

    test("of two registrations at once one wins", async () => {
      const results = await Promise.all([1, 2, 3, 4].map(() => store.register(newBuild(), undefined)));
      expect(results.filter(Boolean)).toHaveLength(1);
    });

    test("an observation gives the feed as it is now, its version one higher", async () => {
      const build = await registered();
      const saved = await store.save(build, observed(build), "observation");
      expect(saved).toEqual({ ...observed(build), version: 2 });
      expect(await store.loadBuild("b1", channel)).toEqual(saved);
    });

    test("a lease raises the delivery's version, and the feed's where something was observed", async () => {
      const build = await registered();
      const observedToo = await store.save(build, leased(observed(build)), "lease");
      expect(versionsOf(observedToo)).toEqual([2, 2]);
      const again = await store.save(observedToo!, leased(observedToo!, "another"), "lease");
      expect(versionsOf(again)).toEqual([2, 3]);
    });

    test.each<[string, Writer, Writer, boolean]>([
      ["an observation after an observation", "observation", "observation", false],
      ["an observation after a delivery", "delivery", "observation", true],
      ["a lease after an observation", "observation", "lease", false],
      ["a lease after a delivery", "delivery", "lease", false],
      ["a delivery after an observation", "observation", "delivery", true],
      ["a delivery after a delivery", "delivery", "delivery", false],
      ["a delivery after a lease", "lease", "delivery", false],
      ["an observation after a lease that came with an observation", "lease", "observation", false],
    ])(
      "%s, which did not see it: it is made, or changes nothing",
      async (_sentence, first, second, isMade) => {
        const build = (await store.save(await registered(), observed(await registered()), "observation"))!;
        const next = (writer: Writer, state: string) =>
          writer === "observation"
            ? observed(build, state)
            : writer === "lease"
              ? leased(observed(build, state))
              : delivered(build);
        expect(await store.save(build, next(first, "Failed"), first)).toBeDefined();
        const before = await store.loadBuild("b1", channel);
        const saved = await store.save(build, next(second, "Cancel"), second);
        expect(saved !== undefined).toBe(isMade);
        expect(await store.loadBuild("b1", channel)).toEqual(isMade ? saved : before);
      },
    );

    test("neither an observation nor a delivery undoes what the other wrote", async () => {
      const first = await registered();
      const build = (await store.save(first, leased(observed(first)), "lease"))!;
      await store.save(build, observed(build, "Failed"), "observation");
      const settled = await store.save(build, delivered(build), "delivery");
      expect(settled).toMatchObject({
        outcome: "failed",
        version: 3,
        delivery: { version: 3, nextNumber: 3 },
      });
      expect(settled!.delivery.outbox.map(({ number }) => number)).toEqual([2]);
      expect(settled!.delivery.history.map(({ message }) => message.number)).toEqual([1]);
      expect(settled!.delivery.card).toEqual({ number: 1, revision: 2, shown: 1 });
      expect(settled!.delivery.lease).toBeUndefined();

      const late = await registered("b2");
      const moving = (await store.save(late, leased(observed(late)), "lease"))!;
      await store.save(moving, delivered(moving), "delivery");
      const observedLate = await store.save(moving, observed(moving, "Failed"), "observation");
      expect(observedLate!.delivery).toEqual({
        ...settled!.delivery,
        history: observedLate!.delivery.history,
      });
      expect(observedLate!.delivery.history.map(({ message }) => message.number)).toEqual([1]);
    });

    test("what was observed meanwhile keeps a feed in the index, and so does what was delivered", async () => {
      const first = await registered();
      const build = (await store.save(first, leased(observed(first, "Failed")), "lease"))!;
      const gone = expire(delivered(build), clock.now(), retention);
      const noted = (await store.save(build, { ...build, changedAt: clock.now() + 1 }, "observation"))!;
      expect(await store.save(build, gone, "delivery")).toBeUndefined();
      expect(await store.save(build, delivered(build), "delivery")).toBeDefined();
      expect(nameOfEach(await active())).toEqual(["b1"]);

      expect(await store.save(noted, expire(delivered(noted), 1, retention), "observation")).toBeUndefined();
      const left = (await store.loadBuild("b1", channel))!;
      expect(await store.save(left, expire(left, clock.now(), retention), "observation")).toBeDefined();
      expect(await active()).toEqual([]);
    });

    test("a hundred messages are added and removed by one write", async () => {
      const build = await registered();
      const contents = Array.from({ length: 100 }, (_, count) => ({ kind: "omitted" as const, count }));
      const full = { ...build, delivery: addPending(build.delivery, contents, clock.now()) };
      const saved = (await store.save(build, full, "observation"))!;
      expect(saved.delivery.outbox).toEqual(full.delivery.outbox);
      expect((await store.save(saved, delivered(saved), "delivery"))!.delivery.outbox).toEqual([]);
    });

    test("why nothing is sent is written by either, and changes no version of the observation", async () => {
      const build = await registered();
      const setback = { kind: "later", of: "all", reason: "429", since: 1 } as const;
      const saved = await store.save(
        build,
        { ...build, delivery: { ...build.delivery, setback } },
        "observation",
      );
      expect(saved).toMatchObject({ version: 1, delivery: { setback } });
      expect((await store.save(saved!, delivered(saved!), "delivery"))!.delivery.setback).toBeUndefined();
    });

    test("why nothing is sent does not outlive the delivery that it was seen of", async () => {
      const first = await registered();
      const build = (await store.save(first, observed(first), "observation"))!;
      const setback = { kind: "later", of: "all", reason: "429", since: 1 } as const;
      await store.save(build, delivered(build), "delivery");
      const stale = { ...build, delivery: { ...build.delivery, setback } };
      expect((await store.save(build, stale, "observation"))?.delivery.setback).toBeUndefined();
      expect((await store.loadBuild("b1", channel))!.delivery.setback).toBeUndefined();
    });

    test("an attribute that is gone from the feed is gone from the item", async () => {
      const build = await registered();
      const held = await store.save(build, leased(build), "lease");
      expect(held?.delivery.lease).toMatchObject({ owner: "me" });
      const released = await store.save(held!, delivered(held!), "delivery");
      expect(released?.delivery.lease).toBeUndefined();
      expect((await store.loadBuild("b1", channel))?.delivery.lease).toBeUndefined();
    });

    test("the history is written by a delivery alone, and left out of the index", async () => {
      const first = await registered();
      const build = (await store.save(first, observed(first), "observation"))!;
      const history = (await store.save(build, delivered(build), "delivery"))!.delivery.history;
      expect(history).toMatchObject([{ message: { number: 1 } }]);

      const listed = (await active())[0] as Build;
      expect(listed.delivery.history).toEqual([]);
      const second = await store.save(listed, leased(observed(listed, "Failed")), "lease");
      expect(second?.delivery.history).toEqual(history);
    });

    test("a stop mark stays through the saves of a tick that did not see it", async () => {
      const build = await registered();
      expect(await store.requestStop("b1", channel, 5)).toBe(true);
      expect(await store.requestStop("b1", channel, 6)).toBe(true);
      const saved = await store.save(build, observed(build), "observation");
      expect(saved?.stopRequestedAt).toBe(5);
      expect((await active())[0]).toMatchObject({ stopRequestedAt: 5 });
    });

    test("the newest request for a redelivery stays through the saves of a tick that did not see it", async () => {
      const build = await registered();
      expect(await store.requestRedelivery("b1", channel, 5)).toBe(true);
      expect(await store.requestRedelivery("b1", channel, 6)).toBe(true);
      const saved = await store.save(build, observed(build), "observation");
      expect(saved).toMatchObject({ redeliverRequestedAt: 6, version: 2 });
      expect((await active())[0]).toMatchObject({ redeliverRequestedAt: 6 });
    });

    test("a build that is not there can't be stopped or redelivered", async () => {
      expect(await store.requestStop("b1", channel, 5)).toBe(false);
      expect(await store.requestRedelivery("b1", channel, 5)).toBe(false);
      expect(await store.loadBuild("b1", channel)).toBeUndefined();
    });

    test("what is over and has nothing pending is no longer active, and is still there", async () => {
      const saved = await saveWhole(store, over(await registered()));
      expect(saved?.status).toBe("ended");
      expect(await active()).toEqual([]);
      expect(await store.loadBuild("b1", channel)).toMatchObject({ status: "ended", outcome: "failed" });
    });

    test("what has expired counts as gone, and makes room", async () => {
      await saveWhole(store, over(await registered()));
      clock.advance(retention.keepMillis + 1_000);
      expect(await store.loadBuild("b1", channel)).toBeUndefined();
      expect(await store.requestStop("b1", channel, 5)).toBe(false);
      expect(await store.requestRedelivery("b1", channel, 5)).toBe(false);
      expect((await store.list({ limit: 10 })).builds).toEqual([]);
      expect(await store.register(newBuild(), undefined)).toBe(true);
      expect((await store.loadBuild("b1", channel))?.status).toBe("tracking");
    });

    test("a new registration takes the place of the version it saw with all its marks, and of no other", async () => {
      const ended = await saveWhole(store, over(await registered()));
      await store.requestStop("b1", channel, 5);
      await store.requestRedelivery("b1", channel, 6);
      const again = { ...newBuild(), registration: { ...newBuild().registration, id: "another" } };
      const { version, delivery } = ended;
      const earlier = { ...delivery, version: delivery.version - 1 };
      expect(await store.register(again, { ...ended, version: version - 1 })).toBe(false);
      expect(await store.register(again, { ...ended, delivery: earlier })).toBe(false);
      expect(await store.register(again, ended)).toBe(true);
      expect(await store.loadBuild("b1", channel)).toEqual({
        ...again,
        version: version + 1,
        delivery: { ...again.delivery, version: delivery.version + 1 },
      });
      expect(await store.save(ended, observed(ended), "observation")).toBeUndefined();
      expect(await store.save(ended, delivered(ended), "delivery")).toBeUndefined();
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

    describe("a request that somebody made with a button", () => {
      const requestOf = (build: Build, fields: Partial<ActionRequest> = {}): ActionRequest => ({
        id: "request-1",
        number: (build.requestsVersion ?? 0) + 1,
        by: "U0123456789",
        at: 5,
        ...fields,
      });
      const read = async () => (await store.loadBuild("b1", channel))!;

      test("is read back, also from the index, and changes nothing else", async () => {
        const build = await registered();
        const request = requestOf(build, { result: "done" });
        const after = { ...build, actions: { mute: request }, requestsVersion: 1 };
        expect(await store.requestAction(build, "mute", request)).toEqual(after);
        expect(await read()).toEqual(after);
        expect(await active()).toEqual([after]);
      });

      test("to stop is a request to stop, like the API's", async () => {
        const build = await registered();
        await store.requestAction(build, "stop", requestOf(build));
        expect(await read()).toMatchObject({ stopRequestedAt: 5, actions: { stop: { by: "U0123456789" } } });
      });

      test("is stored for one of many callers that read the same", async () => {
        const build = await registered();
        const requests = Array.from({ length: 50 }, (_, index) =>
          requestOf(build, { id: `request-${index}` }),
        );
        const stored = await Promise.all(
          requests.map((request) => store.requestAction(build, "cancel", request)),
        );
        expect(stored.filter(Boolean)).toHaveLength(1);
      });

      test("keeps those of the other buttons, can be replaced, and can be removed", async () => {
        const build = await registered();
        const cancelling = (await store.requestAction(build, "cancel", requestOf(build)))!;
        const muted = (await store.requestAction(cancelling, "mute", requestOf(cancelling)))!;
        const { cancel } = muted.actions!;
        const settled = (await store.requestAction(muted, "cancel", { ...cancel!, result: "unknown" }))!;
        expect(settled.actions).toMatchObject({
          mute: { number: 2 },
          cancel: { number: 1, result: "unknown" },
        });
        await store.requestAction(settled, "cancel", undefined);
        expect((await read()).actions).toEqual({ mute: requestOf(cancelling) });
        expect((await read()).requestsVersion).toBe(4);
      });

      test.each<[string, (build: Build) => Promise<unknown>]>([
        ["was observed", (build) => store.save(build, observed(build), "observation")],
        ["got another request", (build) => store.requestAction(build, "mute", requestOf(build))],
        [
          "was registered anew",
          async (build) => {
            const ended = await saveWhole(store, over(build));
            const again = newBuild();
            const { registration } = again;
            await store.register({ ...again, registration: { ...registration, id: "another" } }, ended);
          },
        ],
      ])("is not stored for a build that %s since it was read", async (_, happen) => {
        const build = await registered();
        await happen(build);
        const before = await read();
        expect(await store.requestAction(build, "stop", requestOf(build))).toBeUndefined();
        expect(await read()).toEqual(before);
      });

      test("is not stored for a build that is not there", async () => {
        expect(await store.requestAction(newBuild(), "stop", requestOf(newBuild()))).toBeUndefined();
        expect(await store.loadBuild("b1", channel)).toBeUndefined();
      });

      test("makes a build active again that is over, and keeps it", async () => {
        await saveWhole(store, over(await registered()));
        expect(await active()).toEqual([]);
        const ended = await read();
        await store.requestAction(ended, "start", requestOf(ended));
        expect(nameOfEach(await active())).toEqual(["b1"]);
        clock.advance(retention.keepMillis + 1_000);
        expect(await read()).toMatchObject({ status: "ended", actions: { start: { number: 1 } } });
      });

      test.each<[string, Writer]>([
        ["an observation", "observation"],
        ["a delivery", "delivery"],
      ])("lets no build leave the index by %s that did not know it", async (_, writer) => {
        const build = (await store.save(
          await registered(),
          observed(await read(), "Failed"),
          "observation",
        ))!;
        const left = expire(delivered(build), clock.now(), retention);
        await store.requestAction(build, "mute", requestOf(build));
        expect(await store.save(build, left, writer)).toBeUndefined();
        expect(await active()).toMatchObject([{ actions: { mute: { number: 1 } } }]);
      });

      test("lets no registration be replaced by a caller that did not know it", async () => {
        await saveWhole(store, over(await registered()));
        const ended = await read();
        await store.requestAction(ended, "start", requestOf(ended));
        expect(await store.register(newBuild(), ended)).toBe(false);
        expect(await store.register(newBuild(), await read())).toBe(true);
        expect(await read()).not.toHaveProperty("actions");
      });
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
      await saveWhole(store, over(await registered("b1")));
      await registered("b2");
      await saveWhole(store, outOfReach(noNotices(channel, "n1"), "unavailable", clock.now()));
      await registered("b3");
      await store.requestStop("b3", channel, clock.now());
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
      await saveWhole(store, over((await store.loadBuild("k", channel))!));
      const second = await read(first.cursor);
      expect(second.ids).toEqual(["a", "z"]);
      expect(await read(first.cursor)).toEqual(second);
      expect(await read(second.cursor)).toEqual({ ids: ["m"], cursor: undefined });
      expect((await read()).ids).toEqual(["new", "b"]);
    });

    test("a cursor of another list of builds, or that no page gave, is refused", async () => {
      await registered();
      await registered("b2");
      const { cursor = "" } = await store.list({ limit: 1 });
      const made = Buffer.from(`0 b1 ${channel}`).toString("base64url");
      const queries = [
        { cursor: "!" },
        { cursor: made },
        { cursor, channel },
        { cursor, jobId: "j1" },
        { cursor, status: "tracking" as const },
      ];
      for (const query of queries)
        await expect(store.list({ limit: 1, ...query })).rejects.toThrow(RangeError);
      expect((await store.list({ limit: 2, cursor })).builds).toHaveLength(1);
    });

    test("the builds of a job are not those of a job whose id begins in the same way", async () => {
      for (const jobId of ["j1", "j11", "j"]) {
        const build = await registered(`build of ${jobId}`);
        await saveWhole(store, { ...build, details: { jobId } });
      }
      for (const jobId of ["j1", "j11", "j"]) {
        const { builds } = await store.list({ limit: 9, jobId });
        expect(builds.map(({ buildId }) => buildId)).toEqual([`build of ${jobId}`]);
      }
      expect((await store.list({ limit: 9, channel: channel.slice(0, -1) })).builds).toEqual([]);
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
      await saveWhole(store, over((await store.loadBuild("newer", channel))!));
      clock.advance(retention.keepMillis + 1_000);
      expect((await store.list({ limit: 1, cursor })).builds).toMatchObject([{ buildId: "older" }]);
    });

    test("what a caller does to a feed changes nothing in the store", async () => {
      const given = structuredClone(newBuild());
      await store.register(given, undefined);
      for (const feed of [given, await store.loadBuild("b1", channel), (await active())[0]]) {
        // A store may refuse that, by a frozen feed.
        Reflect.set((feed as Build).registration, "channel", "C9999999999");
        Reflect.set((feed as Build).delivery.outbox, "length", 9);
      }
      expect(await store.loadBuild("b1", channel)).toEqual(asSaved(newBuild()));
    });

    test("a channel's notices are created once, active while an outage lasts, and gone when expired", async () => {
      const fresh = outOfReach(noNotices(channel, "n1"), "unavailable", clock.now());
      const saved = await store.save(fresh, fresh, "lease");
      expect(saved).toEqual(asSaved(fresh));
      expect(await store.save(fresh, fresh, "lease")).toBeUndefined();
      expect(await store.load(fresh)).toEqual(saved);
      expect(nameOfEach(await active())).toEqual([channel]);

      const { outage: _over, ...quiet } = saved!;
      await store.save(saved!, expire(quiet, clock.now(), retention), "observation");
      expect(await active()).toEqual([]);
      clock.advance(retention.keepMillis + 1_000);
      expect(await store.load(fresh)).toBeUndefined();
      expect(await store.save(fresh, fresh, "observation")).toMatchObject({ version: 1 });
    });

    test("the ends of a job's builds are kept for each job and channel; of all who saw the same, one writes", async () => {
      const ends = [{ build: "0123456789ab", startedAt: 1_000, of: "failures" as const }];
      const earlier = { of: "successes" as const, builds: 12, orMore: true as const };
      expect(await store.loadEnds("j1", channel)).toBeUndefined();
      const told = { ...nothingTold("j1", channel), ends, earlier };
      const saved = await Promise.all([1, 2, 3].map(() => store.saveEnds(told)));
      expect(saved.filter(Boolean)).toHaveLength(1);
      const stored = (await store.loadEnds("j1", channel))!;
      expect(stored).toEqual({ ...told, version: 1 });
      expect(await store.saveEnds({ ...stored, ends: [] })).toBe(true);
      expect(await store.saveEnds(stored)).toBe(false);
      expect(await store.loadEnds("j1", channel)).toMatchObject({ ends: [], version: 2 });
      for (const other of [store.loadEnds("j2", channel), store.loadEnds("j1", "C0987654321")])
        expect(await other).toBeUndefined();
      expect(await store.list({ limit: 10 })).toEqual({ builds: [] });
      expect(await active()).toEqual([]);
    });

    test("the ends of a job's builds are forgotten after 90 days without one", async () => {
      await store.saveEnds(nothingTold("j1", channel));
      clock.advance(91 * 86_400_000);
      expect(await store.loadEnds("j1", channel)).toBeUndefined();
      expect(await store.saveEnds(nothingTold("j1", channel))).toBe(true);
    });

    describe("a committer's name", () => {
      const link = { user: "U0ANN000001", linkedAt: 1_000 };

      test("is kept with its link and its hint; of all who saw the same, one writes", async () => {
        const ada = { ...unknownCommitter("ada lovelace"), link, hintedBy: "registration of b1" };
        expect(await store.loadCommitter(ada.name)).toBeUndefined();
        const saved = await Promise.all([1, 2, 3].map(() => store.saveCommitter(ada)));
        expect(saved.filter(Boolean)).toHaveLength(1);
        const known = { ...ada, version: 1 };
        expect(await store.loadCommitter(ada.name)).toEqual(known);
        expect(await store.saveCommitter({ ...unknownCommitter(ada.name), version: 1 })).toBe(true);
        expect(await store.saveCommitter(known)).toBe(false);
        expect(await store.loadCommitter(ada.name)).toEqual({ name: ada.name, version: 2 });
        expect([await active(), await store.list({ limit: 10 })]).toEqual([[], { builds: [] }]);
      });

      test("is listed if it has a link, in the order of the names", async () => {
        const others = ["李雷", "zoë", "x".repeat(100), "ada", "!"];
        for (const name of others) await store.saveCommitter({ ...unknownCommitter(name), link });
        await store.saveCommitter({ ...unknownCommitter("bob"), hintedBy: "registration of b1" });
        const listed = await store.listCommitters();
        expect(listed).toEqual(
          ["!", "ada", "x".repeat(100), "zoë", "李雷"].map((name) => ({ name, version: 1, link })),
        );
      });

      test("is forgotten after a year without a link, and never with one", async () => {
        await store.saveCommitter({ ...unknownCommitter("ada"), link });
        await store.saveCommitter({ ...unknownCommitter("bob"), hintedBy: "registration of b1" });
        clock.advance(366 * 86_400_000);
        expect(await store.loadCommitter("ada")).toMatchObject({ link });
        expect(await store.loadCommitter("bob")).toBeUndefined();
        expect(await store.saveCommitter(unknownCommitter("bob"))).toBe(true);
      });
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
