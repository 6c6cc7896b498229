import { createServer, type IncomingHttpHeaders } from "node:http";
import { createStore } from "../../lambda/store/store.ts";
import type { HuaweiCredentials } from "../../lambda/tracking/ports.ts";
import { canary, localBotToken, localKey, localSigningSecret } from "../../local/canary.ts";
import { createBuildsTable, localDynamoDbClient, startDynamoDb } from "../../local/dynamodb.ts";
import { guard } from "../../local/guard.ts";
import { listen } from "../../local/listen.ts";
import { createServiceStageServer } from "../../local/servicestage/server.ts";
import { signatureOf } from "../../local/slack/send.ts";
import { createSlackServer } from "../../local/slack/server.ts";
import { silentLog } from "../../testing/silent-log.ts";
import { startAws, type Account } from "./aws.ts";

/** A deployment in which all is well, over real HTTP, for a test to break. */

export const channel = "C0123456789";
export const key = localKey;
export const user = { kind: "password", user: "reader", password: `${canary}-pw`, domain: "shop" } as const;
export const token = localBotToken;

export const secret = {
  slackBotToken: token,
  huaweiAccessKey: key.accessKey,
  huaweiSecretKey: key.secretKey,
  apiTokens: [`${canary}-api-token`],
  slackSigningSecrets: [localSigningSecret],
};

const isSigned =
  /^AWS4-HMAC-SHA256 Credential=local\/\d{8}\/us-east-1\/execute-api\/aws4_request, SignedHeaders=host;[\w;-]+, Signature=[0-9a-f]{64}$/;

export interface DeploymentSettings {
  credentials?: HuaweiCredentials;
  scopes?: string[];
  channel?: { member?: boolean };
  /** How far ServiceStage's clock is ahead of this machine's. */
  aheadMillis?: number;
}

export async function startDeployment(settings: DeploymentSettings = {}) {
  const { aheadMillis = 0 } = settings;
  /** What it answers to nobody, and to who signs or has the token. */
  const api = { status: 403, toSomebody: 200, toSlack: 200 };
  const apiServer = await listen(
    guard(
      createServer(),
      ({ url, headers }, response, body) => {
        const status = url === "/slack" ? statusForSlack(headers, body) : statusFor(url, headers);
        response.writeHead(status).end("{}");
      },
      { methods: ["GET", "POST"] },
    ),
    0,
  );
  const statusFor = (url: string | undefined, { authorization = "" }: IncomingHttpHeaders): number => {
    const isKnown = isSigned.test(authorization) || authorization === `Bearer ${secret.apiTokens[0]}`;
    return isKnown && url === "/builds?limit=1" ? api.toSomebody : api.status;
  };
  const statusForSlack = (headers: IncomingHttpHeaders, body: Buffer): number => {
    const timestamp = String(headers["x-slack-request-timestamp"]);
    const signature = signatureOf(body, timestamp, localSigningSecret);
    return headers["x-slack-signature"] === signature ? api.toSlack : 401;
  };
  const serviceStage = createServiceStageServer({
    credentials: settings.credentials ?? key,
    clock: { now: () => Date.now() + aheadMillis },
  });
  await serviceStage.start();
  const slack = createSlackServer({
    tokens: [token],
    channels: [{ id: channel, name: "builds", ...settings.channel }],
    ...(settings.scopes && { scopes: settings.scopes }),
  });
  await slack.start();
  const dynamoDb = await startDynamoDb();
  const client = localDynamoDbClient(dynamoDb.url);
  await createBuildsTable(client, "builds");
  const account = accountWith(apiServer.url, serviceStage.url, slack.url);
  const aws = await startAws(account);
  return {
    api,
    serviceStage,
    slack,
    account,
    aws,
    dynamoDb,
    client,
    store: createStore({ client, tableName: "builds", clock: { now: Date.now }, log: silentLog }),
    async close() {
      client.destroy();
      for (const server of [apiServer, serviceStage, slack, aws, dynamoDb]) await server.close();
    },
  };
}
export type Deployment = Awaited<ReturnType<typeof startDeployment>>;

function accountWith(apiUrl: string, serviceStageUrl: string, slackUrl: string): Account {
  return {
    stackName: "BuildNotifier",
    outputs: {
      ApiUrl: apiUrl,
      Authorization: "iam",
      TableName: "builds",
      SecretName: "credentials",
      PollFunctionName: "the-poller",
    },
    environment: {
      TABLE_NAME: "builds",
      CREDENTIALS_SECRET_ID: "credentials",
      SERVICESTAGE_ENDPOINT: serviceStageUrl,
      IAM_ENDPOINT: serviceStageUrl,
      HUAWEI_REGION: "ap-southeast-3",
      SLACK_API_URL: slackUrl,
      DEFAULT_CHANNEL: channel,
    },
    secret: JSON.stringify(secret),
    sums: {
      "BuildNotifier/TickErrors/SampleCount": 10,
      "BuildNotifier/TickErrors/Sum": 0,
      "AWS/Lambda/Invocations/Sum": 10,
      "BuildNotifier/SchedulesTicked/Sum": 1_000,
    },
    silentMinutes: 0,
    refusals: {},
  };
}

/** What the AWS SDK reads. */
export const awsEnvironment = ({
  aws,
  dynamoDb = aws,
}: Pick<Deployment, "aws"> & Partial<Pick<Deployment, "dynamoDb">>) => ({
  AWS_ENDPOINT_URL: aws.url,
  AWS_ENDPOINT_URL_DYNAMODB: dynamoDb.url,
  AWS_REGION: "us-east-1",
  AWS_ACCESS_KEY_ID: "local",
  AWS_SECRET_ACCESS_KEY: canary,
  AWS_EC2_METADATA_DISABLED: "true",
});
