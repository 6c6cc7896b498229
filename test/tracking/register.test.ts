import { describe, expect, test } from "@jest/globals";
import { registerBuild, stop, type Build, type Settings } from "../../lambda/domain/build.ts";
import { nothingPending, addCardRevision, settle, takeLease } from "../../lambda/domain/delivery.ts";
import type { Store } from "../../lambda/tracking/ports.ts";
import { decideRegistration, register } from "../../lambda/tracking/register.ts";
import { createMemoryStore } from "../../testing/memory-store.ts";
import { saveWhole } from "../../testing/save-whole.ts";

const now = Date.parse("2025-06-24T12:00:00Z");
const settings: Settings = { channel: "C0123456789", mention: ["U0000001", "S0000002"], thread: true };
const tracked = registerBuild("b1", "r1", settings, now);
const ended: Build = { ...tracked, status: "ended" };

const refused = (build: Build): Build => ({
  ...build,
  delivery: settle(build.delivery, { delivered: [], refusal: { of: "all", reason: "is_archived" } }, now),
});
const refusedEdit = (build: Build): Build => ({
  ...build,
  delivery: settle(build.delivery, { delivered: [], refusal: { of: "edits", reason: "is_archived" } }, now),
});
const leased = (build: Build): Build => ({ ...build, delivery: takeLease(build.delivery, "owner", now) });

describe("what a registration does to the build that is there", () => {
  test.each<[string, Build | undefined, Settings, string]>([
    ["creates one where none is", undefined, settings, "create"],
    ["changes nothing with the same settings", tracked, settings, "same"],
    [
      "takes mentions in another order for the same",
      tracked,
      { ...settings, mention: settings.mention.toReversed() },
      "same",
    ],
    ["is refused with a label where there was none", tracked, { ...settings, label: "x" }, "settingsDiffer"],
    ["is refused with fewer mentions", tracked, { ...settings, mention: [] }, "settingsDiffer"],
    ["is refused without the thread", tracked, { ...settings, thread: false }, "settingsDiffer"],
    ["is refused with another notify", tracked, { ...settings, notify: "end" }, "settingsDiffer"],
    [
      "takes notify: all for what an earlier version stored without",
      tracked,
      { ...settings, notify: "all" },
      "same",
    ],
    ["waits for a build that is being stopped", { ...tracked, stopRequestedAt: now }, settings, "stopping"],
    ["waits for a stopped build's card", stop(tracked, now), settings, "stillPending"],
    [
      "waits for an ended build's card",
      { ...ended, delivery: addCardRevision(nothingPending) },
      settings,
      "stillPending",
    ],
    [
      "waits for a lease that nobody released",
      { ...ended, delivery: takeLease(nothingPending, "owner", now) },
      settings,
      "stillPending",
    ],
    [
      "waits for a stopped build whose channel refuses what is pending",
      refused(stop(tracked, now)),
      settings,
      "stillPending",
    ],
    [
      "waits for a stopped build whose channel refuses an edit alone",
      refusedEdit(stop(tracked, now)),
      settings,
      "stillPending",
    ],
    [
      "waits for one whose channel refused, and which somebody delivers again",
      leased(refused(stop(tracked, now))),
      settings,
      "stillPending",
    ],
    [
      "changes nothing where a subscription registered the build with these settings",
      { ...tracked, registration: { ...tracked.registration, jobId: "job1" } },
      settings,
      "same",
    ],
    [
      "is refused while a build is tracked whose channel refuses",
      refused(tracked),
      { ...settings, label: "x" },
      "settingsDiffer",
    ],
    ["replaces an ended build that has nothing pending", ended, settings, "create"],
    [
      "replaces a stopped one with other settings",
      { ...ended, status: "stopped" },
      { ...settings, label: "x" },
      "create",
    ],
    ["replaces an abandoned one", { ...ended, status: "abandoned" }, settings, "create"],
    [
      "replaces an ended one that was stopped too late",
      { ...ended, stopRequestedAt: now },
      settings,
      "create",
    ],
  ])("it %s", (_sentence, existing, wanted, kind) => {
    expect(decideRegistration(existing, wanted).kind).toBe(kind);
  });

  test("every setting that differs is named", () => {
    expect(
      decideRegistration(tracked, {
        ...settings,
        label: "x",
        mention: [],
        thread: false,
        notify: "end",
      }),
    ).toEqual({
      kind: "settingsDiffer",
      build: tracked,
      differing: ["label", "mention", "thread", "notify"],
    });
  });
});

describe("registering", () => {
  const clock = { now: () => now };
  const parts = (store: Store) => ({ store, clock, newId: () => "r2" });

  test("a write whose answer was lost counts as new", async () => {
    const memory = createMemoryStore(clock);
    const store: Store = {
      ...memory,
      register: async (...write) => (await memory.register(...write), false),
    };
    expect(await register(parts(store), "b1", settings)).toMatchObject({ kind: "registered", isNew: true });
  });

  test("who always comes too late is told so, and does not try for ever", async () => {
    let writes = 0;
    const store: Store = { ...createMemoryStore(clock), register: async () => (writes++, false) };
    expect(await register(parts(store), "b1", settings)).toEqual({ kind: "contended" });
    expect(writes).toBe(5);
  });

  test("a build that is over gets a registration of its own", async () => {
    const store = createMemoryStore(clock);
    await saveWhole(store, ended);
    expect(await register(parts(store), "b1", settings)).toMatchObject({ kind: "registered", isNew: true });
    expect(await store.loadBuild("b1", settings.channel)).toMatchObject({
      status: "tracking",
      registration: { id: "r2" },
      version: 2,
    });
  });

  test.each<[string, Build]>([
    ["is tracked with other settings", { ...tracked, registration: { ...tracked.registration, label: "x" } }],
    ["is being stopped", { ...tracked, stopRequestedAt: now }],
    ["still has something pending", refused(stop(tracked, now))],
  ])("a build that %s in one channel is registered for another all the same", async (_sentence, build) => {
    const store = createMemoryStore(clock);
    const earlier = await saveWhole(store, build);
    const wanted = { ...settings, channel: "C9999999999" };
    expect(await register(parts(store), "b1", wanted)).toMatchObject({ kind: "registered", isNew: true });
    expect((await store.loadRegistrations("b1")).map(({ registration }) => registration.id)).toEqual([
      "r1",
      "r2",
    ]);
    expect(await store.loadBuild("b1", settings.channel)).toEqual(earlier);
  });
});
