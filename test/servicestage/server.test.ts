import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { createServiceStage } from "../../lambda/servicestage/client.ts";
import { sign } from "../../lambda/huawei-cloud/signer.ts";
import type { HuaweiCredentials } from "../../lambda/tracking/ports.ts";
import { canary } from "../../local/canary.ts";
import { phasesAt, scenarios } from "../../local/servicestage/scenarios.ts";
import { createServiceStageServer, type ServiceStageServer } from "../../local/servicestage/server.ts";
import { createTestClock, type TestClock } from "../../testing/clock.ts";
import { createQuietLog } from "../../testing/quiet-log.ts";
import { accessKey, otherAccessKey } from "./credentials.ts";
import { heldCredentials } from "../../testing/held-credentials.ts";

const secondMillis = 1_000;
const minuteMillis = 60_000;

let clock: TestClock;
let server: ServiceStageServer;

beforeEach(async () => {
  clock = createTestClock();
  server = createServiceStageServer({ credentials: accessKey, clock, speed: 2 });
  await server.start();
});

afterEach(() => server.close());

const createClient = (credentials: HuaweiCredentials = accessKey) =>
  createServiceStage({
    endpoint: server.url,
    iamEndpoint: server.url,
    region: "cn-north-4",
    credentials: heldCredentials(credentials),
    clock,
    log: createQuietLog(),
  });

const statesOf = (phases: { state: string }[]) => phases.map(({ state }) => state).join(" ");

describe("a scenario", () => {
  const waiting = "NotStarted NotStarted";

  test.each<[keyof typeof scenarios, number, string]>([
    ["succeeds", 0, `Queuing NotStarted NotStarted NotStarted ${waiting}`],
    ["succeeds", 1, `Queuing NotStarted NotStarted NotStarted ${waiting}`],
    ["succeeds", 2, `Building NotStarted NotStarted NotStarted ${waiting}`],
    ["succeeds", 14, `Successful Successful Successful Building ${waiting}`],
    ["succeeds", 28, "Successful Successful Successful Successful Pushing NotStarted"],
    ["succeeds", 60, "Successful Successful Successful Successful Successful Successful"],
    ["fails", 60, `Successful Successful Successful Failed ${waiting}`],
    ["isCancelled", 60, `Successful Successful Successful Cancel ${waiting}`],
    ["timesOut", 60, `Successful Successful Successful Timeout ${waiting}`],
  ])("%s: after %p s its phases are %s", (name, seconds, states) => {
    expect(statesOf(phasesAt(scenarios[name], seconds * secondMillis))).toBe(states);
  });

  test.each(Object.entries(scenarios))("%s takes 20 to 40 s, and its times are sorted", (_, { timeline }) => {
    const times = timeline.map(([afterMillis]) => afterMillis);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    expect(times.at(-1)).toBeGreaterThanOrEqual(20 * secondMillis);
    expect(times.at(-1)).toBeLessThanOrEqual(40 * secondMillis);
  });
});

describe("a simulated build", () => {
  test("has an id like ServiceStage's, and follows its scenario at the given speed", async () => {
    const buildId = server.startBuild(scenarios.succeeds);
    expect(buildId).toMatch(/^[a-z0-9]{40}$/);
    clock.advance(14 * secondMillis);
    const phases = await createClient().fetchPhases(buildId);
    expect(phases[0]).toEqual({ id: "1627984", name: "Init", state: "Successful" });
    expect(statesOf(phases)).toBe("Successful Successful Successful Successful Pushing NotStarted");
  });

  test("has its end in its details", async () => {
    const startedAt = clock.now();
    const buildId = server.startBuild(scenarios.fails);
    const building = await createClient().fetchDetails(buildId);
    expect(building).toMatchObject({ state: "Building", jobName: "webshop-search", index: "87", startedAt });
    expect(building).not.toHaveProperty("endedAt");
    clock.advance(minuteMillis);
    const ended = { state: "Failed", endedAt: startedAt + 11 * secondMillis };
    expect(await createClient().fetchDetails(buildId)).toMatchObject(ended);
  });

  test("has a log that is read from an offset", async () => {
    const buildId = server.startBuild(scenarios.fails);
    clock.advance(minuteMillis);
    const url = new URL(
      `${server.url}/assembling/v1/builds/${buildId}/logs?from=${"[Init] starts\n".length}`,
    );
    const response = await fetch(url, {
      headers: sign({ method: "GET", url, headers: {} }, accessKey, clock.now()),
    });
    expect(await response.json()).toMatchObject({
      buildlog: expect.stringMatching(/^\[Download\] starts\n[^]*npm error code ELIFECYCLE\n$/),
      phases: "Init,Download,PreProcess,Build,Artifact,PostProcess",
      phase_states: "Successful,Successful,Successful,Failed,NotStarted,NotStarted",
    });
  });

  test("can be set by hand, step by step", async () => {
    const client = createClient();
    for (const state of ["Building", "Successful"]) {
      server.setPhases("b1", [{ name: "Init", state }], { job_name: "webshop" });
      expect(await client.fetchPhases("b1")).toEqual([{ id: "1627984", name: "Init", state }]);
    }
    expect(await client.fetchDetails("b1")).toMatchObject({ jobName: "webshop" });
  });

  test("is unknown until somebody starts it", async () => {
    await expect(createClient().fetchPhases("b1")).rejects.toMatchObject({
      reason: "unknownBuild",
      status: 404,
      code: "SVCSTG.CPE.4040401",
    });
  });
});

describe("a key", () => {
  const wrongKey = { ...accessKey, secretKey: `${canary}-wrong` };
  const failTimes = async (times: number, credentials: HuaweiCredentials = wrongKey) => {
    const client = createClient(credentials);
    for (let count = 0; count < times; count++) await client.fetchPhases("b1").catch(() => {});
  };

  beforeEach(() => server.setPhases("b1", []));

  test("still works after five failures in a row", async () => {
    await failTimes(5);
    expect(await createClient().fetchPhases("b1")).toEqual([]);
    await failTimes(5);
    expect(await createClient().fetchPhases("b1")).toEqual([]);
  });

  test("is locked for five minutes after six failures, also for correct signatures", async () => {
    await failTimes(6);
    await expect(createClient().fetchPhases("b1")).rejects.toThrow("AK access failed to reach the limit");
    clock.advance(5 * minuteMillis);
    expect(await createClient().fetchPhases("b1")).toEqual([]);
  });

  test("is not locked by failures of another key", async () => {
    await failTimes(6, otherAccessKey);
    expect(await createClient().fetchPhases("b1")).toEqual([]);
  });
});

describe("a fault", () => {
  beforeEach(() => {
    for (const buildId of ["b1", "b2"]) server.setPhases(buildId, []);
  });

  test("lasts for the given number of requests", async () => {
    server.fault = { kind: "throttled", times: 2 };
    const client = createClient();
    await expect(client.fetchPhases("b1")).rejects.toMatchObject({ reason: "throttled" });
    await expect(client.fetchPhases("b1")).rejects.toMatchObject({ reason: "throttled" });
    expect(await client.fetchPhases("b1")).toEqual([]);
  });

  test("affects only the given path, until it is switched off", async () => {
    server.fault = { kind: "error", path: "/b2/" };
    const client = createClient();
    expect(await client.fetchPhases("b1")).toEqual([]);
    await expect(client.fetchPhases("b2")).rejects.toMatchObject({ reason: "unavailable" });
    server.fault = undefined;
    expect(await client.fetchPhases("b2")).toEqual([]);
  });

  test.each(["refused", "forbidden"] as const)("%s gives its own reason", async (kind) => {
    server.fault = { kind };
    await expect(createClient().fetchPhases("b1")).rejects.toMatchObject({ reason: kind });
  });
});
