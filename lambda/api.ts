import { randomUUID } from "node:crypto";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { keepingOf, readApiEnvironment } from "./environment.ts";
import { createApiHandler } from "./http/handler.ts";
import { createLog } from "./log.ts";
import { createStore } from "./store/store.ts";

const { tableName, defaultChannel, ...environment } = readApiEnvironment();
const clock = { now: () => Date.now() };
const log = createLog("api");

export const handler = createApiHandler({
  store: createStore({ client: new DynamoDBClient(), tableName, clock, log }),
  clock,
  newId: randomUUID,
  log,
  settings: { ...keepingOf(environment), defaultChannel },
});
