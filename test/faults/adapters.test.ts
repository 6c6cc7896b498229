import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { startDynamoDb } from "../../local/dynamodb.ts";
import type { Listening } from "../../local/listen.ts";
import { openAdapters } from "./adapters.ts";
import { runOnce } from "./build-stories.ts";
import type { Plan } from "./explore.ts";
import { scenarios } from "./scenarios.ts";
import { faultsOf, type FaultKind, type Scenario } from "./world.ts";

/** The simulation is as good as its likeness: the runs with one fault, on the real adapters and SDKs over HTTP. */

let dynamoDb: Listening;
let tables = 0;

beforeAll(async () => {
  dynamoDb = await startDynamoDb();
});
afterAll(() => dynamoDb.close());

async function runOnAdapters(scenario: Scenario, plan: Plan<FaultKind>) {
  const adapters = await openAdapters(dynamoDb.url, `builds-${++tables}`);
  try {
    return await runOnce(scenario, plan, { backend: adapters.backend, words: adapters.words });
  } finally {
    await adapters.close();
  }
}

/** The local Slack keeps no tombstones, so deleted cards are left to the simulation. */
const plansOf = (calls: (keyof typeof faultsOf)[]): Plan<FaultKind>[] =>
  calls.flatMap((call, index) =>
    faultsOf[call]
      .filter((fault) => fault !== "a person deletes the card")
      .map((fault) => new Map([[index, fault]])),
  );

const someScenarios = scenarios.filter(({ name }) =>
  ["over", "short", "short, thread: false", "short, readBacks: forbidden"].includes(name),
);

test.each(someScenarios.map((scenario) => [scenario.name, scenario] as const))(
  "%s",
  async (_name, scenario) => {
    const { calls } = await runOnAdapters(scenario, new Map());
    const broken = [];
    for (const plan of plansOf(calls)) {
      const { verdict } = await runOnAdapters(scenario, plan);
      if (verdict.faults.length > 0) broken.push([...plan, ...verdict.faults]);
    }
    expect(broken).toEqual([]);
  },
);
