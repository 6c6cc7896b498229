import { randomUUID } from "node:crypto";
import { createDynamoDbClient, createSecretsManagerClient } from "../runtime/aws-clients.ts";
import { systemClock as clock } from "../runtime/clock.ts";
import { createCredentials } from "../runtime/credentials.ts";
import {
  actionsOf,
  defaultsOf,
  readSlackEnvironment,
  retentionOf,
  serviceStageOf,
} from "../runtime/environment.ts";
import { invokeLater } from "../runtime/invoke.ts";
import { createLog } from "../runtime/log.ts";
import { createServiceStage } from "../servicestage/client.ts";
import { createSlackChannels } from "../slack/check-channel.ts";
import { createSession } from "../slack/session.ts";
import { createSlackHandler } from "../slack-requests/handler.ts";
import { postReply } from "../slack-requests/post-reply.ts";
import { createStore } from "../store/store.ts";

const environment = readSlackEnvironment();
const credentials = createCredentials(createSecretsManagerClient(), environment.credentialsSecretId, clock);
const log = createLog("slack", () => credentials.known());

/** Only deferred commands need it. */
let serviceStage: ReturnType<typeof startServiceStage> | undefined;
const startServiceStage = () =>
  createServiceStage({
    ...serviceStageOf(environment),
    credentials: credentials.huawei,
    clock,
    log,
  });

export const handler = createSlackHandler({
  signingSecrets: credentials.slackSigningSecrets,
  defer: (event) => invokeLater(environment.functionName, event),
  postReply,
  store: createStore({ client: createDynamoDbClient(), tableName: environment.tableName, clock, log }),
  serviceStage: () => (serviceStage ??= startServiceStage()),
  channels: createSlackChannels(
    createSession({ token: credentials.slackToken, apiUrl: environment.slackApiUrl }),
  ),
  clock,
  newId: randomUUID,
  log,
  retention: retentionOf(environment),
  defaults: defaultsOf(environment),
  answers: { refusals: 0 },
  allowed: actionsOf(environment),
  slackApiUrl: environment.slackApiUrl,
  language: environment.language,
});
