import { beforeEach, describe, expect, test } from "@jest/globals";
import { askServiceStage } from "../../lambda/tracking/ask-service-stage.ts";
import { createCircuitBreaker, type Answers } from "../../lambda/tracking/circuit-breaker.ts";
import { ServiceStageError } from "../../lambda/tracking/ports.ts";
import { createTestClock } from "../../testing/clock.ts";
import { MemoryServiceStage } from "../../testing/memory-servicestage.ts";
import { createMemoryStore } from "../../testing/memory-store.ts";
import { silentLog } from "../../testing/silent-log.ts";

const clock = createTestClock();
let store: ReturnType<typeof createMemoryStore>;
let serviceStage: MemoryServiceStage;
let answers: Answers;
beforeEach(() => {
  store = createMemoryStore(clock);
  serviceStage = new MemoryServiceStage();
  serviceStage.set("b1", "Init:Building");
  answers = { refusals: 0 };
});

const refuse = () => Promise.reject(new ServiceStageError("refused", "401"));
const reasonOf = (call: Promise<unknown>) =>
  call.then(
    () => "answered",
    (error: unknown) => (error instanceof ServiceStageError ? error.reason : "a bug"),
  );

describe("in a pass of a process that had answers,", () => {
  test("four calls that are refused at once count as one refusal, and the next call goes on", async () => {
    const breaker = createCircuitBreaker(serviceStage, store, clock, answers);
    await breaker.fetchPhases("b1");
    const four = await Promise.all([1, 2, 3, 4].map(() => reasonOf(breaker.run(refuse))));
    expect(four).toEqual(["forbidden", "forbidden", "forbidden", "forbidden"]);
    expect(await reasonOf(breaker.fetchPhases("b1"))).toBe("answered");
    await breaker.conclude();
    expect(await store.loadCircuit()).toBeUndefined();
  });

  test("credentials that are refused from now on cost three calls, one after the other", async () => {
    const breaker = createCircuitBreaker(serviceStage, store, clock, answers);
    await breaker.fetchPhases("b1");
    serviceStage.fault = "refused";
    const before = serviceStage.requests.length;
    expect(await reasonOf(breaker.fetchPhases("b1"))).toBe("forbidden");
    await Promise.all(Array.from({ length: 20 }, () => reasonOf(breaker.fetchPhases("b1"))));
    expect(serviceStage.requests.length - before).toBe(3);
    await breaker.conclude();
    expect(await store.loadCircuit()).toMatchObject({ reason: "refused" });
  });
});

test("one refusal of a caller's request stops no other, if this process had answers", async () => {
  const parts = { store, clock, log: silentLog, serviceStage: () => serviceStage, answers };
  serviceStage.setJob({ jobId: "j1", jobName: "shop" });
  await askServiceStage(parts, (asked) => asked.fetchJob("j1"));
  serviceStage.fault = "refused";
  expect(await reasonOf(askServiceStage(parts, (asked) => asked.fetchJob("j1")))).toBe("forbidden");
  expect(await store.loadCircuit()).toBeUndefined();
});
