import { mkdirSync, writeFileSync } from "node:fs";
import { startDynamoDb } from "../../local/dynamodb.ts";
import { moments } from "./moments.ts";
import { folderOf, openTable, readItems, type Stored } from "./tables.ts";

/**
 * `node test/stored/write.ts`: writes what this version stores at each moment. Once for a format, before the first
 * change to what is stored. The files are never written again, because they represent the tables of real deployments.
 */
const dynamoDb = await startDynamoDb();
for (const [index, [name, arrange]] of Object.entries(moments).entries()) {
  const table = await openTable(dynamoDb.url, `moment-${index}`);
  await arrange(table.scene);
  const items = await readItems(table);
  const folder = folderOf(Number(items[0]!["format"]!.N));
  const stored: Stored = { now: table.scene.clock.now(), items, posted: table.scene.slack.messages };
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    new URL(`${name.replaceAll(/\W+/g, "-")}.json`, folder),
    `${JSON.stringify(stored, null, 2)}\n`,
  );
}
await dynamoDb.close();
