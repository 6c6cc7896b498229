import { DynamoDBClient, GetItemCommand } from "@aws-sdk/client-dynamodb";

/** The smallest handler that can read an item. */
const client = new DynamoDBClient();

export const handler = async (): Promise<object> =>
  client.send(
    new GetItemCommand({
      TableName: process.env["TABLE_NAME"],
      Key: { pk: { S: "none" }, sk: { S: "none" } },
    }),
  );
