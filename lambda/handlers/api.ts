import { randomUUID } from "node:crypto";
import { createDynamoDbClient } from "../runtime/aws-clients.ts";
import { defaultsOf, retentionOf, readApiEnvironment } from "../runtime/environment.ts";
import { createApiHandler } from "../builds-api/handler.ts";
import { createLog } from "../runtime/log.ts";
import { createStore } from "../store/store.ts";

const environment = readApiEnvironment();
const clock = { now: () => Date.now() };
const log = createLog("api");

export const handler = createApiHandler({
  store: createStore({ client: createDynamoDbClient(), tableName: environment.tableName, clock, log }),
  clock,
  newId: randomUUID,
  log,
  settings: retentionOf(environment),
  slackApiUrl: environment.slackApiUrl,
  defaults: defaultsOf(environment),
});
