import { expect, test } from "@jest/globals";
import { busyChannel, runSoak, type SoakOptions } from "./soak.ts";

const minute = 60_000;
const kept = { lost: 0, duplicated: 0, disordered: 0, faults: [] };

test("a channel that is pending more than Slack takes is told all of it, about a message a second", async () => {
  const soak = await runSoak(busyChannel);
  expect(soak).toMatchObject(kept);
  expect(soak.delivered).toBeGreaterThan(500);
  expect(soak.throttled).toBeGreaterThan(0);
  expect(soak.postsPerSecondAtMost).toBeLessThan(1.1);
});

test("a channel that Slack closes for a while holds up no other, and is told all of it afterwards", async () => {
  const soak = await runSoak(soakOf({ builds: 40, channels: 8, closedMillis: 3 * minute }));
  expect(soak).toMatchObject(kept);
  const { C0: closed, ...others } = Object.fromEntries(soak.waitMillisAtMost);
  expect(closed).toBeGreaterThan(2 * minute);
  expect(Math.max(...Object.values(others))).toBeLessThan(5_000);
});

test("edits keep to what Slack takes in any minute, and every card shows at last how its build ended", async () => {
  const soak = await runSoak(soakOf({ builds: 120, channels: 3, stepMillis: 45_000 }));
  expect(soak).toMatchObject(kept);
  // 40 are begun in a minute; those that waited for their channel fall into the next.
  expect(soak.editsPerMinuteAtMost).toBeLessThanOrEqual(50);
});

function soakOf(options: Pick<SoakOptions, "builds" | "channels"> & Partial<SoakOptions>): SoakOptions {
  return { beginWithinMillis: minute, stepMillis: 20_000, burst: 4, ...options };
}
