import { cpus } from "node:os";
import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { environmentNames as names } from "../lambda/names.ts";
import { localKey } from "../local/canary.ts";
import { localDynamoDbClient } from "../local/dynamodb.ts";
import { startSecretsManager } from "../local/secrets-manager.ts";
import { createBuilds } from "./builds.ts";
import { createBundles, type Bundle, type BundleName } from "./bundles.ts";
import { startDynamoDb, startServer } from "./processes.ts";

/** What all measurements share: servers, each in a process of its own, and tables of builds. */
export interface Surroundings {
  /** Measures less. The result shows that everything works, but not how fast. */
  quick: boolean;
  machine: string;
  emulator: string;
  bundles: Record<BundleName, Bundle>;
  client: DynamoDBClient;
  dynamoDbUrl: string;
  serviceStageUrl: string;
  slackUrl: string;
  /** @returns the name of a new table with this number of builds */
  createTable: (builds: number) => Promise<string>;
  /** The handlers' environment, as on Lambda. @param changed replaces some variables */
  environment: (tableName: string, changed?: NodeJS.ProcessEnv) => NodeJS.ProcessEnv;
  close: () => Promise<void>;
}

const secret = {
  slackBotToken: "xoxb-0123456789-bench",
  huaweiAccessKey: localKey.accessKey,
  huaweiSecretKey: localKey.secretKey,
  slackSigningSecrets: ["0123456789abcdef0123456789abcdef"],
};

export async function createSurroundings({ quick }: { quick: boolean }): Promise<Surroundings> {
  const dynamoDb = await startDynamoDb();
  const serviceStage = await startServer("servicestage");
  const slack = await startServer("slack");
  const secretsManager = await startSecretsManager(() => secret);
  const client = localDynamoDbClient(dynamoDb.url);
  let tables = 0;
  return {
    quick,
    machine: `${cpus().length} × ${cpus()[0]?.model}`,
    emulator: dynamoDb.emulator,
    bundles: createBundles(),
    client,
    dynamoDbUrl: dynamoDb.url,
    serviceStageUrl: serviceStage.url,
    slackUrl: slack.url,
    async createTable(builds) {
      const tableName = `builds-${(tables += 1)}`;
      await createBuilds(client, tableName, builds);
      return tableName;
    },
    environment: (tableName, changed) => ({
      AWS_REGION: "us-east-1",
      AWS_ACCESS_KEY_ID: "local",
      AWS_SECRET_ACCESS_KEY: "local",
      AWS_ENDPOINT_URL_DYNAMODB: dynamoDb.url,
      AWS_ENDPOINT_URL_SECRETS_MANAGER: secretsManager.url,
      POWERTOOLS_METRICS_DISABLED: "true",
      POWERTOOLS_LOG_LEVEL: "WARN",
      [names.functionName]: "bench",
      [names.tableName]: tableName,
      [names.credentialsSecretId]: "credentials",
      [names.serviceStageEndpoint]: serviceStage.url,
      [names.iamEndpoint]: serviceStage.url,
      [names.huaweiRegion]: "local",
      [names.slackApiUrl]: `${slack.url}/api/`,
      // The second pass would begin after the tick's end, so a tick has one pass.
      [names.pollIntervalSeconds]: "60",
      ...changed,
    }),
    async close() {
      for (const server of [dynamoDb, serviceStage, slack, secretsManager]) await server.close();
    },
  };
}
