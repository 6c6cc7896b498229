import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";

/** The SDK waits for an answer without end by default; a tick has a minute. It makes three tries. */
export const clientOptions = {
  requestHandler: { connectionTimeout: 1_000, requestTimeout: 3_000, throwOnRequestTimeout: true },
};

export const createDynamoDbClient = (): DynamoDBClient => new DynamoDBClient(clientOptions);

export const createSecretsManagerClient = (): SecretsManagerClient => new SecretsManagerClient(clientOptions);
