import { expect, test } from "@jest/globals";
import { subscribe } from "../../lambda/domain/subscription.ts";
import { createLastPolls } from "../../lambda/tracking/last-polls.ts";
import { pollJob } from "../../lambda/tracking/poll-job.ts";
import { shareCalls } from "../../lambda/tracking/shared-calls.ts";
import { timesOf } from "../../lambda/tracking/times.ts";
import { MemoryServiceStage } from "../../testing/memory-servicestage.ts";
import { createMemoryStore } from "../../testing/memory-store.ts";
import { silentLog } from "../../testing/silent-log.ts";

/** A first listing of more pages than one pass reads, newest first, while new builds begin. */
test("a build that begins while a long list is read for the first time is found, though a newer one hides it", async () => {
  const clock = { now: () => 1_000_000 };
  const store = createMemoryStore(clock);
  const serviceStage = new MemoryServiceStage();
  serviceStage.perPage = 1;
  const old = Array.from({ length: 25 }, (_, index) => ({ buildId: `old${index}`, state: "Successful" }));
  const running = (...ids: string[]) => ids.map((buildId) => ({ buildId, state: "Building" }));
  const list = (...newest: string[]) =>
    serviceStage.setJob({
      jobId: "j1",
      jobName: "shop",
      lastBuildId: newest[0] ?? "old0",
      builds: [...running(...newest), ...old],
    });
  for (const id of ["old0", "b1", "b2"]) serviceStage.set(id, "Build:Building", { startedAt: clock.now() });
  const settings = { channel: "C1", mention: [], thread: true };
  await store.register(subscribe("j1", "shop", "s1", settings, clock.now()), undefined);
  async function poll() {
    const parts = {
      serviceStage: shareCalls(serviceStage, clock),
      store,
      lastPolls: createLastPolls(),
      clock,
      log: silentLog,
      logOnce: silentLog,
    };
    const times = timesOf(clock.now(), clock.now() + 60_000, 60_000);
    const polled = await pollJob((await store.loadSubscription("j1", "C1"))!, { ...parts, times });
    if (polled.kind !== "read") throw new Error(polled.kind);
    await store.save(polled.before, polled.next, "observation");
    return polled;
  }

  list();
  expect((await poll()).next.nextPage).toBe(20);
  list("b2", "b1");
  const { found, next } = await poll();

  expect(found.map(({ buildId }) => buildId).toSorted()).toEqual(["b1", "b2"]);
  expect(next).toMatchObject({ nextPage: undefined, lastBuildId: "b2" });
});
