import { EventEmitter } from "node:events";
import type { RequestListener } from "node:http";
import {
  CreateTableCommand,
  DeleteItemCommand,
  DynamoDBClient,
  waitUntilTableExists,
} from "@aws-sdk/client-dynamodb";
import dynalite from "dynalite";
import { table } from "../lambda/names.ts";
import { circuitKey } from "../lambda/store/item.ts";
import { canary } from "./canary.ts";
import { guard, type Handle } from "./guard.ts";
import { listen, type Listening } from "./listen.ts";

/**
 * A DynamoDB in this process, in memory.
 *
 * @param accessKeyId the only access key that may call. By default every key may call
 */
export function startDynamoDb(accessKeyId?: string): Promise<Listening> {
  const server = dynalite({ createTableMs: 0 });
  const [listener] = server.listeners("request") as [RequestListener];
  return listen(guard(server, withBody(listener), { methods: ["POST"], accessKeyId }), 0);
}

/** Dynalite throws while it receives the body. So this function sends it the body where the guard catches the error. */
const withBody =
  (listener: RequestListener): Handle =>
  ({ method, url, headers }, response, body) => {
    const request = Object.assign(new EventEmitter(), { method, url, headers });
    listener(request as Parameters<RequestListener>[0], response);
    request.emit("data", body);
    request.emit("end");
  };

/** A client for an emulator. @param accessKeyId an emulator accepts any key, unless it was started with one */
export const localDynamoDbClient = (endpoint: string, accessKeyId = "local"): DynamoDBClient =>
  new DynamoDBClient({
    endpoint,
    region: "us-east-1",
    credentials: { accessKeyId, secretAccessKey: canary },
  });

/** Ends the handlers' pause after refused credentials. */
export async function closeCircuit(client: DynamoDBClient, tableName: string): Promise<void> {
  await client.send(
    new DeleteItemCommand({
      TableName: tableName,
      Key: { pk: { S: circuitKey.pk }, sk: { S: circuitKey.sk } },
    }),
  );
}

/** Creates the builds table as the stack does, but without a time to live: no emulator removes expired items. */
export async function createBuildsTable(client: DynamoDBClient, tableName: string): Promise<void> {
  await client.send(
    new CreateTableCommand({
      TableName: tableName,
      BillingMode: "PAY_PER_REQUEST",
      AttributeDefinitions: [
        { AttributeName: table.key, AttributeType: "S" },
        { AttributeName: table.sortKey, AttributeType: "S" },
        { AttributeName: table.indexKey, AttributeType: "N" },
      ],
      KeySchema: [
        { AttributeName: table.key, KeyType: "HASH" },
        { AttributeName: table.sortKey, KeyType: "RANGE" },
      ],
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
