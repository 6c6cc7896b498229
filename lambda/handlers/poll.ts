import { randomUUID } from "node:crypto";
import middy from "@middy/core";
import { createDynamoDbClient, createSecretsManagerClient } from "../runtime/aws-clients.ts";
import { systemClock } from "../runtime/clock.ts";
import { createCredentials } from "../runtime/credentials.ts";
import { actionsOf, readPollEnvironment, retentionOf, serviceStageOf } from "../runtime/environment.ts";
import { createLog } from "../runtime/log.ts";
import { publishMetrics } from "../runtime/metrics.ts";
import { virtualShards } from "../names.ts";
import { parsePollEvent } from "./poll-event.ts";
import { createServiceStage } from "../servicestage/client.ts";
import { createSlack } from "../slack/client.ts";
import { createStore } from "../store/store.ts";
import { createLastPolls } from "../tracking/last-polls.ts";
import { createPace } from "../tracking/pace.ts";
import { tick, type TickParts, type TickReport } from "../tracking/tick.ts";

const environment = readPollEnvironment();
const clock = systemClock;
const credentials = createCredentials(createSecretsManagerClient(), environment.credentialsSecretId, clock);
const log = createLog("poll", () => credentials.known());

const slack = createSlack({
  token: credentials.slackToken,
  apiUrl: environment.slackApiUrl,
  consoleUrlTemplate: environment.consoleUrlTemplate,
  region: environment.huaweiRegion,
  language: environment.language,
  signingSecrets: credentials.slackSigningSecrets,
  actions: actionsOf(environment),
  log,
  clock,
});
let warm: Promise<void> | undefined;

const options: TickParts = {
  clock,
  log,
  newId: randomUUID,
  pace: createPace(),
  lastPolls: createLastPolls(),
  retention: retentionOf(environment),
  pollIntervalMillis: environment.pollIntervalSeconds * 1000,
  jobPollMillis: environment.jobPollSeconds * 1000,
  store: createStore({ client: createDynamoDbClient(), tableName: environment.tableName, clock, log }),
  serviceStage: createServiceStage({
    ...serviceStageOf(environment),
    credentials: credentials.huawei,
    clock,
    log,
  }),
  slack,
  takesCommands: async () => (await credentials.slackSigningSecrets.read()).length > 0,
};

/** The scheduled function. It runs one tick for each event. @throws for a malformed event, or if the store can't be read */
export const handler = middy<unknown, TickReport>().handler(async (event, context) => {
  const now = clock.now();
  const processEnd = now + context.getRemainingTimeInMillis();
  await slack.refresh();
  // The call loads what a send needs, so the first send is as fast as any other. A time-out limits the call.
  await (warm ??= slack.warm());
  const asked = parsePollEvent(event, now);
  const report = await tick({ ...asked, processEnd }, options, virtualShards);
  log.info("Tick", { ...report });
  publishMetrics(report, asked.shards, context.functionName);
  return report;
});
