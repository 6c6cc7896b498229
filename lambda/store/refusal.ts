import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { QueryCommand } from "@aws-sdk/lib-dynamodb";
import type { ChannelRefusal } from "../domain/build.ts";
import { refusalIn } from "../domain/feed.ts";
import { table } from "../names.ts";
import { documentsOf } from "./documents.ts";
import { shardOf, understand } from "./item.ts";

/** The most items that the query looks at. A refusal in others is not found. */
const itemsAtMost = 250;

/** Reads why Slack refuses a channel, as far as an active feed of the channel knows it. This is one query. */
export function createLoadRefusal(client: DynamoDBClient, tableName: string) {
  const documents = documentsOf(client);
  return async (channel: string): Promise<ChannelRefusal | undefined> => {
    const { Items: items = [] } = await documents.send(
      new QueryCommand({
        TableName: tableName,
        IndexName: table.index,
        KeyConditionExpression: "#shard = :shard",
        FilterExpression:
          "#channel = :channel AND (attribute_exists(#delivery.postponed) OR attribute_exists(#state.channelRefusal))",
        ExpressionAttributeNames: {
          "#shard": table.indexKey,
          "#channel": table.sortKey,
          "#delivery": "delivery",
          "#state": "state",
        },
        ExpressionAttributeValues: { ":shard": shardOf(channel), ":channel": channel },
        Limit: itemsAtMost,
        ScanIndexForward: false,
      }),
    );
    const feeds = items.map(understand);
    return refusalIn(feeds.flatMap((feed) => (feed instanceof Error ? [] : [feed])));
  };
}
