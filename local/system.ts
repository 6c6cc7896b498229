import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { Context } from "aws-lambda";
import type { Deferred, SlackHandler } from "../lambda/slack-requests/handler.ts";
import { environmentNames as names, slackRoute, weekdays } from "../lambda/names.ts";
import { canary, localKey, localBotToken, localSigningSecret } from "./canary.ts";
import { createContext } from "./context.ts";
import { closeCircuit, createBuildsTable, localDynamoDbClient, startDynamoDb } from "./dynamodb.ts";
import { createGateway, type GatewayOptions } from "./gateway.ts";
import { startLambda } from "./lambda.ts";
import { createPage } from "./page/page.ts";
import { createPageServer } from "./page/server.ts";
import { startSecretsManager } from "./secrets-manager.ts";
import { sampleJobs } from "./servicestage/jobs.ts";
import { createServiceStageServer, type ServiceStageServer } from "./servicestage/server.ts";
import { scenarios, type Scenario } from "./servicestage/scenarios.ts";
import type { LocalSettings } from "./settings.ts";
import { leaveShell } from "./shell.ts";
import { createPerson, type Person } from "./slack/person.ts";
import { createSlackServer, type SlackServer } from "./slack/server.ts";

/** The whole product on this machine: the deployed handlers, with a local DynamoDB, ServiceStage and Slack. */
export interface LocalSystem {
  /** The address, without a slash at the end. */
  apiUrl: string;
  apiToken: string;
  defaultChannel: string;
  /** Absent if the real Slack is used. */
  slack?: SlackServer;
  /** Who types commands in the local Slack. */
  person?: Person;
  /** Absent if the real ServiceStage is used. */
  serviceStage?: ServiceStageServer;
  /** Starts the next tick as soon as one has ended, instead of every minute. */
  startTicking(onError: (error: unknown) => void): void;
  /** Waits for the running tick, and closes everything. */
  close(): Promise<void>;
}

export interface SystemOptions {
  /** How many times faster than real time the simulated builds run. Default: 1. */
  speed?: number;
  /** Whether people push to the sample jobs now and then, so that builds begin which nobody registered. */
  pushes?: boolean;
  /** Loads the handlers, by default from their sources. The handlers read the environment while they are loaded. */
  loadHandlers?: () => Promise<Handlers>;
  /** Default: a token that `npm start` prints on purpose. */
  apiToken?: string;
}

export interface Handlers extends Required<Pick<GatewayOptions, "handler" | "authorizer">> {
  slack: SlackHandler;
  poll: (event: unknown, context: Context) => Promise<unknown>;
}

async function loadSources(): Promise<Handlers> {
  const { handler } = await import("../lambda/handlers/api.ts");
  const { handler: authorizer } = await import("../lambda/handlers/authorizer.ts");
  const { handler: slack } = await import("../lambda/handlers/slack.ts");
  const { handler: poll } = await import("../lambda/handlers/poll.ts");
  return { handler, authorizer, slack, poll };
}

/** The first one is the default. */
export const localChannels = [
  { id: "C0BUILDS001", name: "builds" },
  { id: "C0SEARCH001", name: "search-team" },
] as const;
/** The first call for a build ID such as fails-1 starts a build of this kind. */
export const playedBuilds: Record<string, Scenario> = {
  succeeds: scenarios.succeeds,
  fails: scenarios.fails,
  cancelled: scenarios.isCancelled,
  timesout: scenarios.timesOut,
};

/** A sample build takes 20 to 40 seconds. */
const pushEveryMillis = 60_000;

/** Sets this process's environment variables, as Lambda does. @throws {Error} with one line, if the port is in use */
export async function startLocalSystem(
  settings: LocalSettings,
  {
    speed = 1,
    pushes = false,
    loadHandlers = loadSources,
    apiToken = "token-for-npm-start",
  }: SystemOptions = {},
): Promise<LocalSystem> {
  leaveShell();
  // The port comes first, because it may be in use. Early callers wait for the handlers.
  const handlers = Promise.withResolvers<Handlers>();
  const pages = Promise.withResolvers<ReturnType<typeof createPageServer>>();
  const gateway = createGateway({
    handler: async (...call) => (await handlers.promise).handler(...call),
    authorizer: async (...call) => (await handlers.promise).authorizer(...call),
    slack: async (...call) => (await handlers.promise).slack(...call),
    fallback: async (...request) => (await pages.promise)(...request),
  });
  const apiUrl = await gateway.start(settings.port);

  const slack = settings.slack ? undefined : createSlackServer({ channels: [...localChannels] });
  const serviceStage = settings.serviceStage
    ? undefined
    : createServiceStageServer({
        credentials: localKey,
        speed,
        scenarioFor,
        jobs: sampleJobs,
        ...(pushes && { pushes: { everyMillis: pushEveryMillis / speed, seed: 1 } }),
      });
  // Other programs and pages in a browser don't know this key.
  const accessKeyId = `LOCAL${canary}${randomUUID()}`;
  const dynamoDb = await startDynamoDb(accessKeyId);
  const secretsManager = await startSecretsManager(() => secretOf(settings, apiToken), accessKeyId);
  const lambda = await startLambda(
    async (event) => (await handlers.promise).slack(event as Deferred, createContext("slack")),
    accessKeyId,
  );
  await slack?.start();
  await serviceStage?.start();
  const defaultChannel = settings.slack?.channel ?? localChannels[0].id;

  Object.assign(process.env, {
    AWS_REGION: "us-east-1",
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: canary,
    AWS_ENDPOINT_URL_DYNAMODB: dynamoDb.url,
    AWS_ENDPOINT_URL_SECRETS_MANAGER: secretsManager.url,
    AWS_ENDPOINT_URL_LAMBDA: lambda.url,
    POWERTOOLS_METRICS_DISABLED: "true",
    POWERTOOLS_LOG_LEVEL: process.env["POWERTOOLS_LOG_LEVEL"] || "WARN",
    [names.functionName]: "slack",
    [names.tableName]: "builds",
    [names.credentialsSecretId]: "credentials",
    [names.serviceStageEndpoint]: serviceStage?.url ?? settings.serviceStage?.serviceStageEndpoint,
    [names.iamEndpoint]: serviceStage?.url ?? settings.serviceStage?.iamEndpoint,
    [names.huaweiRegion]: settings.serviceStage?.region ?? "local",
    [names.huaweiProjectId]: settings.serviceStage?.projectId ?? "",
    [names.slackApiUrl]: slack?.url ?? settings.slack?.apiUrl ?? "",
    [names.defaultChannel]: defaultChannel,
    [names.pollIntervalSeconds]: String(settings.pollIntervalSeconds),
    [names.digests]: slack && pushes ? digestIn(5 * 60_000) : "",
    [names.jobPollSeconds]: String(settings.jobPollSeconds),
    // Nobody tries out the buttons on builds that are real.
    [names.slackActions]: settings.serviceStage ? "none" : "cancel, start",
  });
  const client = localDynamoDbClient(dynamoDb.url, accessKeyId);
  await createBuildsTable(client, "builds");

  // The handlers need the environment variables, as on Lambda.
  const loaded = await loadHandlers();
  handlers.resolve(loaded);
  const person =
    slack &&
    createPerson({
      slack,
      appUrl: `${apiUrl}${slackRoute.split(" ")[1]}`,
      signingSecret: localSigningSecret,
      userId: "U0JONAS001",
    });
  const page = createPage({
    apiUrl,
    apiToken,
    defaultChannel,
    kinds: Object.keys(playedBuilds),
    slack,
    person,
    serviceStage,
    channels: localChannels,
    endPause: () => closeCircuit(client, "builds"),
    onError: console.error,
  });
  pages.resolve(createPageServer(page, console.error));
  const ticking = createTicking(() =>
    loaded.poll({ scheduledTime: new Date().toISOString() }, createContext("poll", 75_000)),
  );

  return {
    apiUrl,
    apiToken,
    defaultChannel,
    ...(slack && { slack }),
    ...(person && { person }),
    ...(serviceStage && { serviceStage }),
    startTicking: (onError) => ticking.start(onError),
    async close() {
      page.live.close();
      await ticking.stop();
      for (const server of [gateway, slack, serviceStage, lambda, secretsManager, dynamoDb])
        await server?.close();
    },
  };
}

/** A digest of what ended until then, but for the last two minutes: nobody waits a week for one. */
function digestIn(millis: number): string {
  const at = new Date(Date.now() + millis);
  return [localChannels[0].id, weekdays[at.getUTCDay()], at.toISOString().slice(11, 16), "UTC"].join(" ");
}

/** @param buildId such as fails-1 or FAILS-1. @returns undefined for an ID of no kind */
export function scenarioFor(buildId: string): Scenario | undefined {
  const [kind = ""] = buildId.toLowerCase().split("-");
  return Object.hasOwn(playedBuilds, kind) ? playedBuilds[kind] : undefined;
}

function secretOf({ serviceStage, slack }: LocalSettings, apiToken: string): Record<string, unknown> {
  const { accessKey: huaweiAccessKey, secretKey: huaweiSecretKey } = localKey;
  return {
    slackBotToken: slack?.token ?? localBotToken,
    apiTokens: [apiToken],
    ...(!slack && { slackSigningSecrets: [localSigningSecret] }),
    ...(serviceStage?.secret ?? { huaweiAccessKey, huaweiSecretKey }),
  };
}

/** A tick without builds ends at once, so a new build is polled within a second. */
function createTicking(tick: () => Promise<unknown>) {
  const stopping = new AbortController();
  let ticking: Promise<void> | undefined;

  async function run(onError: (error: unknown) => void): Promise<void> {
    while (!stopping.signal.aborted) {
      await tick().catch(onError);
      await sleep(1_000);
    }
  }
  return {
    start(onError: (error: unknown) => void) {
      ticking ??= run(onError);
    },
    async stop() {
      stopping.abort();
      await ticking;
    },
  };
}
