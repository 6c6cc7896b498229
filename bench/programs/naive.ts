import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient, PutCommand, ScanCommand } from "@aws-sdk/lib-dynamodb";
import { phasesPath } from "../builds.ts";
import { measureWarm, type Run } from "./measured.ts";

/** As a tutorial has it. */

const run = JSON.parse(process.argv[2]!) as Run;
const documents = DynamoDBDocumentClient.from(new DynamoDBClient());
const TableName = process.env["TABLE_NAME"];

async function poll(): Promise<number> {
  let polled = 0;
  let ExclusiveStartKey: Record<string, unknown> | undefined;
  do {
    const page = await documents.send(new ScanCommand({ TableName, ExclusiveStartKey }));
    for (const item of page.Items ?? []) {
      const answer = await fetch(run.serviceStageUrl + phasesPath(String(item["buildId"])));
      await documents.send(new PutCommand({ TableName, Item: { ...item, phases: await answer.json() } }));
      polled += 1;
    }
    ExclusiveStartKey = page.LastEvaluatedKey;
  } while (ExclusiveStartKey);
  return polled;
}

await measureWarm(poll, { ...run, cold: true });
process.exit();
