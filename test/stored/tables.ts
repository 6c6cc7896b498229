import {
  PutItemCommand,
  ScanCommand,
  type AttributeValue,
  type DynamoDBClient,
} from "@aws-sdk/client-dynamodb";
import { createStore } from "../../lambda/store/store.ts";
import { createBuildsTable, localDynamoDbClient } from "../../local/dynamodb.ts";
import { createScene } from "../tracking/scene.ts";
import type { Posted } from "../../testing/memory-slack.ts";

/** A moment as a file: the table's items in DynamoDB's own JSON, and the messages in Slack. */
export interface Stored {
  /** Epoch milliseconds. */
  now: number;
  items: StoredItem[];
  posted: Posted[];
}
export type StoredItem = Record<string, AttributeValue>;

/** The folder of the files whose items have this format. */
export const folderOf = (format: number): URL => new URL(`format-${format}/`, import.meta.url);

/** A scene with a new, empty table as its store. */
export async function openTable(endpoint: string, tableName: string) {
  const client = localDynamoDbClient(endpoint);
  await createBuildsTable(client, tableName);
  const scene = createScene((parts) => createStore({ client, tableName, ...parts }));
  return { client, tableName, scene };
}
export type Table = Awaited<ReturnType<typeof openTable>>;

/** @returns the table's items, sorted by their keys */
export async function readItems({ client, tableName }: Pick<Table, "client" | "tableName">) {
  const { Items: items = [] } = await client.send(new ScanCommand({ TableName: tableName }));
  return items.map(asText).toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
}

/** Bytes as the text of DynamoDB's own JSON. */
const asText = (item: StoredItem): StoredItem =>
  mapBytes(item, (bytes) => Buffer.from(bytes).toString("base64") as unknown as Uint8Array);

const asBytes = (item: StoredItem): StoredItem =>
  mapBytes(item, (text) => Buffer.from(text as unknown as string, "base64"));

const mapBytes = (item: StoredItem, change: (bytes: Uint8Array) => Uint8Array): StoredItem =>
  Object.fromEntries(
    Object.entries(item).map(([name, value]) => [name, value.B ? { B: change(value.B) } : value]),
  );

const keyOf = ({ pk, sk }: StoredItem): string => `${pk!.S} ${sk!.S}`;

export async function putItems(
  { client, tableName }: { client: DynamoDBClient; tableName: string },
  items: StoredItem[],
): Promise<void> {
  for (const item of items)
    await client.send(new PutItemCommand({ TableName: tableName, Item: asBytes(item) }));
}
