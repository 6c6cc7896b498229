import { randomUUID } from "node:crypto";
import { BatchWriteItemCommand, type DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { marshall } from "@aws-sdk/util-dynamodb";
import pMap from "p-map";
import { registerBuild, type Build } from "../lambda/domain/build.ts";
import { phaseNames } from "../lambda/domain/phase.ts";
import { newItem } from "../lambda/store/item.ts";
import { createBuildsTable } from "../local/dynamodb.ts";

/** The builds that are measured. They differ only in their numbers. */

export const buildIdOf = (number: number): string =>
  `${String(number).padStart(6, "0")}abcdefghijklmnopqrstuvwxyz01234567`;

export const phasesPath = (buildId: string): string => `/assembling/v1/builds/${buildId}/phases`;

/** The phases as ServiceStage lists them at this stage of the build. The stage is the number of ended phases. */
export const phasesAt = (stage: number) =>
  phaseNames.map((name, index) => ({
    id: 1_627_984 + index,
    name,
    state: index < stage ? "Successful" : index === stage ? "Building" : "NotStarted",
  }));

/** A step from one stage to the next has two transitions: one phase ends, and the next phase begins. */
export const transitionsPerStage = 2;

const channels = 1_000;
const itemsPerWrite = 25;

/** Creates a table with `count` builds. They were observed at stage 1, their cards are posted, and nothing is pending. */
export async function createBuilds(client: DynamoDBClient, tableName: string, count: number): Promise<void> {
  await createBuildsTable(client, tableName);
  const now = Date.now();
  const starts = Array.from({ length: Math.ceil(count / itemsPerWrite) }, (_, page) => page * itemsPerWrite);
  const write = (start: number) => {
    const numbers = Array.from(
      { length: Math.min(itemsPerWrite, count - start) },
      (_, index) => start + index,
    );
    const requests = numbers.map((number) => ({ PutRequest: { Item: itemOf(number, now) } }));
    return client.send(new BatchWriteItemCommand({ RequestItems: { [tableName]: requests } }));
  };
  await pMap(starts, write, { concurrency: 8 });
}

const itemOf = (number: number, now: number) =>
  marshall(newItem(observedBuild(number, now)), { removeUndefinedValues: true });

function observedBuild(number: number, now: number): Build {
  const channel = `C0BENCH${String(number % channels).padStart(4, "0")}`;
  const settings = { channel, mention: [], thread: true };
  return {
    ...registerBuild(buildIdOf(number), randomUUID(), settings, now),
    observedAt: now,
    snapshot: phasesAt(1).map((phase) => ({ ...phase, id: String(phase.id), since: now })),
    details: {
      jobName: "webshop",
      index: "87",
      branch: "main",
      commitId: "c03b7e55",
      committer: "Jonas Weber",
    },
    delivery: {
      version: 2,
      outbox: [],
      nextNumber: 2,
      card: { number: 1, revision: 1, shown: 1, receipt: { channel, ts: "1700000000.000100" } },
      history: [],
    },
  };
}
