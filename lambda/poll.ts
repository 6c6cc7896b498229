import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import middy from "@middy/core";
import { createCredentials } from "./credentials.ts";
import { keepingOf, readPollEnvironment } from "./environment.ts";
import { createLog } from "./log.ts";
import { virtualShards } from "./names.ts";
import { parsePollEvent } from "./poll-event.ts";
import { createServiceStage } from "./servicestage/client.ts";
import { createSlack } from "./slack/client.ts";
import { createStore } from "./store/store.ts";
import type { Clock } from "./tracking/ports.ts";
import { tick, type TickOptions, type TickReport } from "./tracking/tick.ts";

const environment = readPollEnvironment();
const log = createLog("poll");
const clock: Clock = { now: Date.now, sleep: (millis) => sleep(millis) };
const credentials = createCredentials(new SecretsManagerClient(), environment.credentialsSecretId);

const options: TickOptions = {
  clock,
  log,
  newId: randomUUID,
  keeping: keepingOf(environment),
  pollIntervalMillis: environment.pollIntervalSeconds * 1000,
  store: createStore({ client: new DynamoDBClient(), tableName: environment.tableName, clock, log }),
  serviceStage: createServiceStage({
    endpoint: environment.serviceStageEndpoint,
    iamEndpoint: environment.iamEndpoint,
    region: environment.huaweiRegion,
    projectId: environment.huaweiProjectId,
    credentials: credentials.huawei,
    clock,
    log,
  }),
  slack: createSlack({
    token: credentials.slackToken,
    apiUrl: environment.slackApiUrl,
    consoleUrlTemplate: environment.consoleUrlTemplate,
    region: environment.huaweiRegion,
    log,
  }),
};

/** The scheduled function: one tick for each event. @throws when the event is malformed, or the store can't be read */
export const handler = middy<unknown, TickReport>().handler(async (event, context) => {
  const now = clock.now();
  const processEnd = now + context.getRemainingTimeInMillis();
  const report = await tick({ ...parsePollEvent(event, now), processEnd }, options, virtualShards);
  log.info("Tick", { ...report });
  return report;
});
