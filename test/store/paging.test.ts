import { createServer } from "node:http";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { createDynamoDbClient } from "../../lambda/runtime/aws-clients.ts";
import { createStore } from "../../lambda/store/store.ts";
import type { Store } from "../../lambda/tracking/ports.ts";
import { canary } from "../../local/canary.ts";
import { listen, type Listening } from "../../local/listen.ts";
import { createQuietLog } from "../../testing/quiet-log.ts";

/** A DynamoDB whose pages or answers go wrong, in ways that no emulator has. */

interface Page {
  Items: object[];
  LastEvaluatedKey?: object;
}

let answer: (request: number) => { status?: number; headers?: Record<string, string>; page: Page | "stalls" };
let requests: number;
let server: Listening;
let store: Store;

beforeEach(async () => {
  requests = 0;
  server = await listen(
    createServer((request, response) => {
      request.resume().on("end", () => {
        const { status = 200, headers, page } = answer(++requests);
        if (page === "stalls") response.writeHead(status, { "Content-Length": 100 }).write("{");
        else response.writeHead(status, headers).end(JSON.stringify(page));
      });
    }),
    0,
  );
  store = createStore({
    client: createDynamoDbClient(
      {
        endpoint: server.url,
        region: "us-east-1",
        credentials: { accessKeyId: "local", secretAccessKey: canary },
      },
      { connectMillis: 500, tryMillis: 500, callMillis: 2_000 },
    ),
    tableName: "builds",
    clock: { now: Date.now },
    log: createQuietLog(),
  });
});
afterEach(() => server.close());

const key = (buildId: string) => ({ pk: { S: `build/${buildId}` }, sk: { S: "C1" }, shard: { N: "0" } });
/** An item that nobody understands, which a reading passes on. */
const page = (buildId: string, next?: string): Page => ({
  Items: [key(buildId)],
  ...(next !== undefined && { LastEvaluatedKey: key(next) }),
});
const emptyPage = (next: string): Page => ({ Items: [], LastEvaluatedKey: key(next) });

async function readActive(): Promise<number> {
  let read = 0;
  for await (const _ of store.loadActive([0], 0)) read += 1;
  return read;
}

describe("reading the active builds", () => {
  test.each<[string, (request: number) => Page, number]>([
    ["the same key again and again", () => page("b1", "b1"), 2],
    ["two keys in rotation", (request) => page("b1", request % 2 ? "b1" : "b2"), 3],
    ["empty pages without end", (request) => emptyPage(`b${request}`), 11],
  ])("is incomplete where DynamoDB gives %s", async (_, pageOf, asked) => {
    answer = (request) => ({ page: pageOf(request) });
    await expect(readActive()).rejects.toThrow("returned the same page again");
    expect(requests).toBe(asked);
  });

  test("is complete with an empty page, and with one at the end", async () => {
    const pages = [page("b1", "b1"), emptyPage("b2"), page("b3", "b3"), { Items: [] }];
    answer = (request) => ({ page: pages[request - 1]! });
    expect(await readActive()).toBe(2);
  });
});

test("the list of builds fails where DynamoDB gives the same key again", async () => {
  answer = () => ({ page: emptyPage("b1") });
  await expect(store.list({ limit: 10 })).rejects.toThrow("returned the same page again");
  // The table is read in four parts.
  expect(requests).toBeLessThanOrEqual(8);
});

describe("an answer", () => {
  test("that stands still in its middle is asked for again", async () => {
    answer = (request) => ({ page: request === 1 ? "stalls" : { Items: [] } });
    expect(await readActive()).toBe(0);
    expect(requests).toBe(2);
  });

  test("that asks for a long pause is not waited for beyond the call's time", async () => {
    answer = () => ({ status: 503, headers: { "X-Amz-Retry-After": "60000" }, page: { Items: [] } });
    await expect(readActive()).rejects.toThrow("AWS did not answer within 2000 ms");
    expect(requests).toBe(1);
  });
});
