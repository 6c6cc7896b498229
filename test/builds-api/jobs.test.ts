import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import type { ServiceStageFailure } from "../../lambda/tracking/ports.ts";
import { minute, start, startApi, type Api } from "./system.ts";

let api: Api;
beforeEach(async () => {
  api = await startApi();
  for (const [jobId, jobName] of [
    ["j1", "shop"],
    ["j2", "shop"],
    ["j3", "Shop"],
    ["j4", "shop-api"],
    ["j5", "商店 🛒"],
  ] as const)
    api.serviceStage.setJob({ jobId, jobName });
});
afterEach(() => api.close());

describe("finding a job by its name", () => {
  test.each<[string, string, string[], string[]]>([
    ["one job", "shop-api", ["j4"], []],
    ["several jobs of one name", "shop", ["j1", "j2"], []],
    ["a name of another script", "商店 🛒", ["j5"], []],
    ["upper and lower case differ", "Shop", ["j3"], []],
    ["none, but some that were probably meant", "shpo-api", [], ["j4"]],
    ["none at all", "payment", [], []],
  ])("%s", async (_sentence, name, found, nearest) => {
    const { status, body } = await api.call("GET", `/jobs?name=${encodeURIComponent(name)}`);
    const answer = body as Record<"jobs" | "nearest", { jobId: string }[]>;
    expect(status).toBe(200);
    expect(answer.jobs.map(({ jobId }) => jobId)).toEqual(found);
    expect(answer.nearest.map(({ jobId }) => jobId)).toEqual(nearest);
    expect(body).toMatchObject({ complete: true });
  });

  test.each([
    ["", ["name"]],
    ["?name=", ["name"]],
    ["?name=%20", ["name"]],
    ["?name=a%0Ab", ["name"]],
    [`?name=${"x".repeat(129)}`, ["name"]],
    ["?name=shop&page=2", ["page"]],
    ["?nam=shop", ["nam", "name"]],
  ])("GET /jobs%s names %j, and ServiceStage is not asked", async (query, parameters) => {
    const { status, body } = await api.call("GET", `/jobs${query}`);
    const { errors } = body as { errors: { parameter: string }[] };
    expect(status).toBe(400);
    expect(errors.map(({ parameter }) => parameter).toSorted()).toEqual(parameters);
    expect(api.serviceStage.requests).toEqual([]);
  });

  test.each<[ServiceStageFailure, number, string, RegExp]>([
    ["refused", 502, "serviceStageRefuses", /Check the secret/],
    ["forbidden", 502, "serviceStageRefuses", /ServiceStage ReadOnlyAccess/],
    ["notUnderstood", 502, "serviceStageRefuses", /Report it/],
    ["throttled", 503, "serviceStageUnavailable", /again in a moment/],
    ["unavailable", 503, "serviceStageUnavailable", /check the stack's region and the secret/],
  ])(
    "when ServiceStage's answer is %s, the answer is %i and says what to do",
    async (reason, status, kind, detail) => {
      api.serviceStage.fault = reason;
      const answer = await api.call("GET", "/jobs?name=shop");
      expect(answer).toMatchObject({
        status,
        body: { type: `urn:build-notifier:problem:${kind}`, detail: expect.stringMatching(detail) },
      });
      expect(answer.headers["retry-after"]).toBe(status === 503 ? "10" : undefined);
      expect(api.log.lines).toMatchObject([{ level: "warn", fields: { error: { cause: { reason } } } }]);
    },
  );

  test("while the credentials are refused, ServiceStage is not asked", async () => {
    await api.store.openCircuit({ openUntil: start + minute, reason: "refused" }, undefined);
    expect((await api.call("GET", "/jobs?name=shop")).status).toBe(502);
    expect(api.serviceStage.requests).toEqual([]);
  });

  test.each<[string, string, object]>([
    [
      "with what it found by then",
      "shop",
      { status: 200, body: { jobs: [{ jobId: "j1" }], complete: false } },
    ],
    ["or with nothing", "shpo", { status: 503, body: { detail: expect.stringContaining("too long") } }],
  ])("a search that takes too long ends before API Gateway gives up, %s", async (_sentence, name, answer) => {
    api.serviceStage.perPage = 1;
    api.serviceStage.failsFor = () => {
      api.clock.advance(13_000);
      return false;
    };
    expect(await api.call("GET", `/jobs?name=${name}`)).toMatchObject(answer);
    expect(api.serviceStage.requests).toHaveLength(1);
  });

  test("a list of jobs that breaks off says that a job may be missing", async () => {
    api.serviceStage.perPage = 2;
    api.serviceStage.failsFor = (path) => path.includes("page=2");
    expect(await api.call("GET", "/jobs?name=shpo-api")).toMatchObject({
      status: 200,
      body: { jobs: [], complete: false },
    });
  });
});
