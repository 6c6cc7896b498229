import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { createServiceStage } from "../../lambda/servicestage/client.ts";
import { scenarios, type Scenario } from "../../local/servicestage/scenarios.ts";
import { createServiceStageServer } from "../../local/servicestage/server.ts";
import { scenarioFor } from "../../local/system.ts";
import { createTestClock } from "../../testing/clock.ts";
import { createQuietLog } from "../../testing/quiet-log.ts";
import { accessKey } from "../servicestage/credentials.ts";
import { heldCredentials } from "../../testing/held-credentials.ts";

const clock = createTestClock();
const server = createServiceStageServer({ credentials: accessKey, clock });
beforeAll(() => server.start());
afterAll(() => server.close());

test.each<[string, Scenario | undefined]>([
  ["fails-1", scenarios.fails],
  ["FAILS-1", scenarios.fails],
  ["Cancelled-nightly-2", scenarios.isCancelled],
  ["unheard-1", undefined],
  ["constructor-1", undefined],
])("what a build id plays follows from its prefix: %s", (buildId, scenario) => {
  expect(scenarioFor(buildId)).toBe(scenario);
});

test("the builds of a job are numbered in the order in which they begin", async () => {
  const client = createServiceStage({
    endpoint: server.url,
    iamEndpoint: server.url,
    region: "cn-north-4",
    credentials: heldCredentials(accessKey),
    clock,
    log: createQuietLog(),
  });
  const { fails, succeeds } = scenarios;
  const buildIds = [fails, succeeds, fails, fails].map((scenario) => server.startBuild(scenario));
  const numbers = [];
  for (const buildId of buildIds) numbers.push((await client.fetchDetails(buildId)).index);
  expect(numbers).toEqual(["87", "214", "88", "89"]);
});
