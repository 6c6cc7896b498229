import { createDynamoDbClient, createSecretsManagerClient } from "../../lambda/runtime/aws-clients.ts";
import { createCredentials } from "../../lambda/runtime/credentials.ts";
import { invokeLater } from "../../lambda/runtime/invoke.ts";
import { createServiceStage } from "../../lambda/servicestage/client.ts";
import { createSlack } from "../../lambda/slack/client.ts";
import { postReply } from "../../lambda/slack-requests/post-reply.ts";
import { createStore } from "../../lambda/store/store.ts";
import { ServiceStageError, type HuaweiCredentials } from "../../lambda/tracking/ports.ts";
import { canary, localBotToken } from "../../local/canary.ts";
import { createQuietLog } from "../../testing/quiet-log.ts";
import { accessKey, password } from "../servicestage/credentials.ts";
import { someBuild } from "../slack/builds.ts";
import { heldCredentials } from "../../testing/held-credentials.ts";

/** All the product's calls to the outside. Each returns its parsed answer, or what is wrong with its error. */

const timeoutMillis = 60;
const awsLimits = { connectMillis: 60, tryMillis: 60, callMillis: 150 };
const clock = { now: Date.now };
const region = "cn-north-4";

const serviceStageAt = (endpoint: string, held: HuaweiCredentials) =>
  createServiceStage({
    endpoint,
    iamEndpoint: endpoint,
    region,
    credentials: heldCredentials(held),
    clock,
    timeoutMillis,
    log: createQuietLog(),
  });

const slackAt = (url: string) =>
  createSlack({
    token: heldCredentials(localBotToken),
    apiUrl: `${url}/api/`,
    region,
    timeoutMillis,
    log: createQuietLog(),
  });

const awsAt = (endpoint: string) => ({
  endpoint,
  region: "us-east-1",
  credentials: { accessKeyId: "local", secretAccessKey: canary },
});

const storeAt = (url: string) =>
  createStore({
    client: createDynamoDbClient(awsAt(url), awsLimits),
    tableName: "builds",
    clock,
    log: createQuietLog(),
  });

async function serviceStageAnswer(call: Promise<unknown>): Promise<string> {
  try {
    await call;
    return "understood";
  } catch (error) {
    if (error instanceof ServiceStageError) return error.reason;
    throw error;
  }
}

/** The store, the credentials and what runs beside a command throw an error which says that there was no answer, or no usable answer. */
async function awsAnswer(call: Promise<unknown>): Promise<string> {
  try {
    await call;
    return "answered";
  } catch (error) {
    if (error instanceof Error && error.message !== "") return "failed";
    throw error;
  }
}

async function readAll(url: string): Promise<void> {
  for await (const feed of storeAt(url).loadActive([0], 0)) if (feed instanceof Error) throw feed;
}

export const callers: Record<string, (url: string) => Promise<string>> = {
  "ServiceStage's phases": (url) => serviceStageAnswer(serviceStageAt(url, accessKey).fetchPhases("b1")),
  "ServiceStage's log": (url) => serviceStageAnswer(serviceStageAt(url, accessKey).fetchLogTail("b1")),
  "ServiceStage's builds of a job": (url) =>
    serviceStageAnswer(serviceStageAt(url, accessKey).fetchJobBuilds({ jobId: "j1", jobName: "job" }, 1)),
  "a job of ServiceStage": (url) => serviceStageAnswer(serviceStageAt(url, accessKey).fetchJob("j1")),
  "ServiceStage's jobs": (url) => serviceStageAnswer(serviceStageAt(url, accessKey).fetchJobs(1, "job")),
  "IAM's sign-in": (url) => serviceStageAnswer(serviceStageAt(url, password).fetchDetails("b1")),
  "a post in Slack": async (url) => (await slackAt(url).postCard(someBuild(), { plain: false })).kind,
  "a read-back from Slack": async (url) =>
    (await slackAt(url).readBack(someBuild(), 0)).complete ? "complete" : "incomplete",
  "a reply to a command in Slack": (url) =>
    awsAnswer(postReply(`${url}/commands/x`, { response_type: "ephemeral", text: "x" }, timeoutMillis)),
  "an invocation of Lambda": (url) =>
    awsAnswer(invokeLater("slack", {}, { AWS_REGION: region, AWS_ENDPOINT_URL_LAMBDA: url }, timeoutMillis)),
  "a write in DynamoDB": (url) => awsAnswer(storeAt(url).save(someBuild(), someBuild(), "lease")),
  "a read of DynamoDB": (url) => awsAnswer(readAll(url)),
  "the secret": (url) =>
    awsAnswer(
      createCredentials(createSecretsManagerClient(awsAt(url), awsLimits), "secret", clock).slackToken.read(),
    ),
};

export const typedAnswers: Record<string, readonly string[]> = {
  ServiceStage: [
    "understood",
    "unknownBuild",
    "unknownJob",
    "refused",
    "forbidden",
    "throttled",
    "unavailable",
    "notUnderstood",
  ],
  Slack: [
    "sent",
    "later",
    "unknown",
    "content",
    "destination",
    "gone",
    "unauthorized",
    "complete",
    "incomplete",
  ],
  Aws: ["answered", "failed"],
};
