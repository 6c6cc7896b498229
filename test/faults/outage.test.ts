import { expect, test } from "@jest/globals";
import { runOutage } from "./outage.ts";

/** A share of `npm run faults`. */
test("an outage of Slack costs no observation: every change is told afterwards, or counted where an item is full", async () => {
  const outage = await runOutage({ builds: 6, channels: 2, restless: 1, outageMillis: 3 * 60 * 60_000 });
  expect(outage).toMatchObject({ lost: 0, duplicated: 0, disordered: 0, faults: [] });
  expect(outage.pollsPerHourAtLeast).toBe(240);
  expect(outage.omitted).toBeGreaterThan(0);
  expect(outage.told).toBeGreaterThan(500);
  expect(outage.itemBytesAtMost).toBeLessThan(120 * 1024);
  expect(outage.lastTickMillisAtMost).toBe(outage.firstTickMillisAtMost);
}, 120_000);
