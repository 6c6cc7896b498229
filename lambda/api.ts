import { randomUUID } from "node:crypto";
import { createDynamoDbClient } from "./aws.ts";
import { defaultsOf, keepingOf, readApiEnvironment } from "./environment.ts";
import { createApiHandler } from "./http/handler.ts";
import { createLog } from "./log.ts";
import { createStore } from "./store/store.ts";

const environment = readApiEnvironment();
const clock = { now: () => Date.now() };
const log = createLog("api");

export const handler = createApiHandler({
  store: createStore({ client: createDynamoDbClient(), tableName: environment.tableName, clock, log }),
  clock,
  newId: randomUUID,
  log,
  settings: keepingOf(environment),
  slackApiUrl: environment.slackApiUrl,
  defaults: defaultsOf(environment),
});
