import { CreateTableCommand, DynamoDBClient, waitUntilTableExists } from "@aws-sdk/client-dynamodb";
import dynalite from "dynalite";
import { table } from "../lambda/names.ts";
import { canary } from "./canary.ts";
import { listen, type Listening } from "./listen.ts";

/** A DynamoDB in this process, in memory. */
export const startDynamoDb = (): Promise<Listening> => listen(dynalite({ createTableMs: 0 }), 0);

/** A client for an emulator, which asks for credentials but takes any. */
export const localDynamoDbClient = (endpoint: string): DynamoDBClient =>
  new DynamoDBClient({
    endpoint,
    region: "us-east-1",
    credentials: { accessKeyId: "local", secretAccessKey: canary },
  });

/** The builds table as the stack makes it; time to live is left out, since no emulator removes expired items. */
export async function createBuildsTable(client: DynamoDBClient, tableName: string): Promise<void> {
  await client.send(
    new CreateTableCommand({
      TableName: tableName,
      BillingMode: "PAY_PER_REQUEST",
      AttributeDefinitions: [
        { AttributeName: table.key, AttributeType: "S" },
        { AttributeName: table.indexKey, AttributeType: "N" },
      ],
      KeySchema: [{ AttributeName: table.key, KeyType: "HASH" }],
      GlobalSecondaryIndexes: [
        {
          IndexName: table.index,
          KeySchema: [
            { AttributeName: table.indexKey, KeyType: "HASH" },
            { AttributeName: table.key, KeyType: "RANGE" },
          ],
          Projection: { ProjectionType: "INCLUDE", NonKeyAttributes: [...table.indexedAttributes] },
        },
      ],
    }),
  );
  await waitUntilTableExists(
    { client, maxWaitTime: 30, minDelay: 0.01, maxDelay: 1 },
    { TableName: tableName },
  );
}
