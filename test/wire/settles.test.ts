import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "@jest/globals";
import * as fc from "fast-check";
import pMap from "p-map";
import { behaviour, known, type Behaviour } from "./behaviour.ts";
import { callers, typedAnswers } from "./callers.ts";
import { startRawServer } from "./raw-server.ts";

/** Each call settles within its limit with a typed answer, whatever the server sends or does not send. */

/** Hundreds of times the limit of a call. After this time a call hangs, also on a busy machine. */
const guardMillis = 30_000;
const cases = 400;
const atOnce = 50;

const isTyped = (answer: string): boolean => Object.values(typedAnswers).flat().includes(answer);

/** @returns what is wrong, or undefined if nothing is */
async function faultOf(
  call: (url: string) => Promise<string>,
  behaviour: Behaviour,
): Promise<string | undefined> {
  const server = await startRawServer(behaviour);
  const guard = new AbortController();
  const hangs = sleep(guardMillis, "it hangs", { signal: guard.signal }).catch(() => "");
  try {
    const answer = await Promise.race([call(server.url), hangs]);
    return isTyped(answer) ? undefined : answer;
  } catch (error) {
    return `it throws ${String(error)}`;
  } finally {
    guard.abort();
    await server.close();
  }
}

describe.each(Object.entries(callers))("%s settles", (_, call) => {
  test.each(Object.entries(known))("on %s", async (_, behaviour) => {
    expect(await faultOf(call, behaviour)).toBeUndefined();
  });

  test("on all behaviours of a server", async () => {
    const seed = Number(process.env["SEED"] ?? Date.now() % 2 ** 31);
    const faults = await pMap(
      fc.sample(behaviour, { numRuns: cases, seed }),
      async (each) => {
        const fault = await faultOf(call, each);
        return fault === undefined ? [] : [{ seed, fault, behaviour: JSON.stringify(each).slice(0, 1_000) }];
      },
      { concurrency: atOnce },
    );
    expect(faults.flat()).toEqual([]);
  }, 120_000);
});
