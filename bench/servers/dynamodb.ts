import { startDynamoDb } from "../../local/dynamodb.ts";

/** The emulator for machines on which the faster one does not run. */
console.log((await startDynamoDb()).url);
