import { randomUUID } from "node:crypto";
import { createDynamoDbClient, createSecretsManagerClient } from "../runtime/aws-clients.ts";
import { systemClock as clock } from "../runtime/clock.ts";
import { createCredentials, type Credentials } from "../runtime/credentials.ts";
import { defaultsOf, retentionOf, readApiEnvironment, serviceStageOf } from "../runtime/environment.ts";
import { createApiHandler } from "../builds-api/handler.ts";
import { createLog } from "../runtime/log.ts";
import { createServiceStage } from "../servicestage/client.ts";
import { createLoadRefusal } from "../store/refusal.ts";
import { createStore } from "../store/store.ts";

const environment = readApiEnvironment();
let credentials: Credentials | undefined;
const log = createLog("api", () => credentials?.known() ?? []);

/** Few requests need it, so the others don't pay for its clients and for reading the secret. */
let serviceStage: ReturnType<typeof startServiceStage> | undefined;

function startServiceStage() {
  credentials = createCredentials(createSecretsManagerClient(), environment.credentialsSecretId, clock);
  return createServiceStage({
    ...serviceStageOf(environment),
    credentials: credentials.huawei,
    clock,
    log,
  });
}

const client = createDynamoDbClient();

export const handler = createApiHandler({
  store: createStore({ client, tableName: environment.tableName, clock, log }),
  loadRefusal: createLoadRefusal(client, environment.tableName),
  serviceStage: () => (serviceStage ??= startServiceStage()),
  clock,
  newId: randomUUID,
  log,
  answers: { refusals: 0 },
  settings: retentionOf(environment),
  slackApiUrl: environment.slackApiUrl,
  defaults: defaultsOf(environment),
});
