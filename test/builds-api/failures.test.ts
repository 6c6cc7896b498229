import { afterEach, describe, expect, test } from "@jest/globals";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { createServer } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { createStore } from "../../lambda/store/store.ts";
import type { Store } from "../../lambda/tracking/ports.ts";
import { canary } from "../../local/canary.ts";
import { createTestClock } from "../../testing/clock.ts";
import { createQuietLog } from "../../testing/quiet-log.ts";
import { createMemoryStore } from "../../testing/memory-store.ts";
import { channel, start, startApi, type Api } from "./system.ts";

const operations = [
  ["PUT", "/builds/b1"],
  ["GET", "/builds/b1"],
  ["GET", "/builds"],
  ["DELETE", "/builds/b1"],
  ["POST", "/builds/b1/redeliver"],
  ["PUT", "/jobs/j1/subscriptions/C0123456789"],
  ["GET", "/jobs/j1/subscriptions/C0123456789"],
  ["DELETE", "/jobs/j1/subscriptions/C0123456789"],
  ["GET", "/subscriptions"],
  ["GET", "/jobs?name=shop"],
] as const;

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

/** A DynamoDB that gives this answer to every request. */
async function startDynamoDbAnswering(status: number, type: string): Promise<Endpoint> {
  const server = createServer((_request, response) => {
    response.writeHead(status, { "content-type": "application/x-amz-json-1.0" });
    response.end(
      JSON.stringify({ __type: `com.amazonaws.dynamodb.v20120810#${type}`, message: "of a secret" }),
    );
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const close = () => new Promise<void>((resolve) => server.close(() => resolve()));
  closing.push(close);
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close };
}
interface Endpoint {
  url: string;
  close: () => Promise<void>;
}

/** The API with the real store. */
async function startApiBefore({ url: endpoint }: Endpoint): Promise<Api> {
  const credentials = { accessKeyId: "local", secretAccessKey: canary };
  const client = new DynamoDBClient({ endpoint, region: "us-east-1", credentials, maxAttempts: 1 });
  const clock = createTestClock(start);
  return startApiWith(createStore({ client, tableName: "builds", clock, log: createQuietLog() }), () =>
    client.destroy(),
  );
}

async function startApiWith(store: Store, destroy = () => {}): Promise<Api> {
  const api = await startApi({ store });
  closing.unshift(async () => {
    await api.close();
    destroy();
  });
  return api;
}

describe.each(operations)("%s %s", (method, path) => {
  const options = path === "/builds/b1" && method === "PUT" ? { body: { channel } } : {};

  test.each([
    ["throttles", 400, "ProvisionedThroughputExceededException"],
    ["throttles the account", 400, "ThrottlingException"],
    ["fails", 500, "InternalServerError"],
    ["is not available", 503, "ServiceUnavailable"],
  ])("is 503 with Retry-After when DynamoDB %s", async (_sentence, status, type) => {
    const api = await startApiBefore(await startDynamoDbAnswering(status, type));
    const answer = await api.call(method, path, options);
    expect(answer).toMatchObject({
      status: 503,
      type: "application/problem+json",
      headers: { "retry-after": "2" },
    });
    expect(JSON.stringify(answer.body)).not.toContain("secret");
    expect(api.log.lines).toMatchObject([{ level: "warn", fields: { error: { name: type } } }]);
  });

  test("is 503 when DynamoDB can't be reached", async () => {
    const dynamoDb = await startDynamoDbAnswering(500, "");
    await dynamoDb.close();
    const api = await startApiBefore(dynamoDb);
    expect((await api.call(method, path, options)).status).toBe(503);
  });

  test("is 500 without internal details when the table refuses, and the log contains the error", async () => {
    const api = await startApiBefore(await startDynamoDbAnswering(400, "AccessDeniedException"));
    const answer = await api.call(method, path, options);
    expect(answer).toMatchObject({ status: 500, type: "application/problem+json" });
    expect(JSON.stringify(answer.body)).not.toMatch(/secret|Denied/);
    expect(api.log.lines).toMatchObject([
      { level: "error", fields: { error: { name: "AccessDeniedException" } } },
    ]);
  });
});

test("a request that always loses against other requests gets the advice to try again", async () => {
  const api = await startApiWith({
    ...createMemoryStore(createTestClock(start)),
    register: async () => false,
  });
  const answer = await api.call("PUT", "/builds/b1", { body: { channel } });
  expect(answer).toMatchObject({ status: 503, headers: { "retry-after": "2" } });
});
