import { startDynamoDb } from "../../local/dynamodb.ts";

/** Where there is no faster emulator. */
console.log((await startDynamoDb()).url);
