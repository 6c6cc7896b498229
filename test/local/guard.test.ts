import { once } from "node:events";
import { connect } from "node:net";
import { GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { ScanCommand } from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { canary } from "../../local/canary.ts";
import { localDynamoDbClient } from "../../local/dynamodb.ts";
import { parseLocalSettings } from "../../local/settings.ts";
import { startLocalSystem, type LocalSystem } from "../../local/system.ts";

/** Every listener of `npm start`, called as other programs and the pages of other sites can call it. */

const listeners = ["API", "Slack", "ServiceStage", "DynamoDB", "Secrets Manager"] as const;
type Listener = (typeof listeners)[number];

let system: LocalSystem;
let urls: Record<Listener, string>;

beforeAll(async () => {
  system = await startLocalSystem(parseLocalSettings([], { PORT: "0" }), { apiToken: `${canary}-api-token` });
  urls = {
    API: system.apiUrl,
    Slack: system.slack!.url,
    ServiceStage: system.serviceStage!.url,
    DynamoDB: process.env["AWS_ENDPOINT_URL_DYNAMODB"]!,
    "Secrets Manager": process.env["AWS_ENDPOINT_URL_SECRETS_MANAGER"]!,
  };
});
afterAll(() => system.close());

const hostOf = (listener: Listener): string => new URL(urls[listener]).host;

/** Sends the bytes unchanged. @returns everything that the other side sends until it ends */
async function exchange(listener: Listener, ...bytes: (string | Buffer)[]): Promise<string> {
  const { hostname, port } = new URL(urls[listener]);
  const socket = connect(Number(port), hostname);
  const chunks: Buffer[] = [];
  // A refused connection may be cut off.
  socket.on("data", (chunk) => chunks.push(chunk)).on("error", () => undefined);
  for (const part of bytes) socket.write(part);
  await new Promise((resolve) => socket.on("close", resolve));
  return Buffer.concat(chunks).toString();
}

const head = (line: string, headers: Record<string, string>): string =>
  [`${line} HTTP/1.1`, ...Object.entries({ connection: "close", ...headers }).map((each) => each.join(": "))]
    .join("\r\n")
    .concat("\r\n\r\n");

const statusOf = (answer: string): number => Number(/^HTTP\/1\.1 (\d+)/.exec(answer)?.[1]);

/** All listeners accept `POST`. */
const post = (listener: Listener, headers: Record<string, string>, path = "/") =>
  exchange(listener, head(`POST ${path}`, { host: hostOf(listener), "content-length": "0", ...headers }));

const isAnswering = async (listener: Listener): Promise<boolean> => statusOf(await post(listener, {})) >= 200;

describe.each(listeners)("the local %s", (listener) => {
  const port = () => new URL(urls[listener]).port;

  test.each<[string, (port: string) => Record<string, string>, number]>([
    ["a name that was pointed at this machine", () => ({ host: "evil.example" }), 403],
    ["such a name with the port", (port) => ({ host: `evil.example:${port}` }), 403],
    ["a name that begins like this machine's", (port) => ({ host: `localhost.evil.example:${port}` }), 403],
    ["another port", () => ({ host: "127.0.0.1:1" }), 403],
    ["no port", () => ({ host: "127.0.0.1" }), 403],
    ["another site's page", () => ({ origin: "https://evil.example" }), 403],
    ["another port's page", () => ({ origin: "http://127.0.0.1:1" }), 403],
    ["a page of nowhere", () => ({ origin: "null" }), 403],
    [
      "a picture on another site's page",
      () => ({ "sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors" }),
      403,
    ],
    [
      "a picture on another port's page",
      () => ({ "sec-fetch-site": "same-site", "sec-fetch-mode": "no-cors" }),
      403,
    ],
    ["an unknown expectation", () => ({ expect: "the-moon" }), 417],
  ])("refuses %s", async (_sentence, headers, status) => {
    const answer = await post(listener, headers(port()));
    expect(statusOf(answer)).toBe(status);
    expect(answer.toLowerCase()).not.toContain("access-control-allow");
  });

  test.each<[string, string, number]>([
    ["a method that it does not know", "TRACE /", 405],
    ["percent-encoding that is none", "POST /%zz", 400],
    ["percent-encoding of half a character", "POST /builds/%FF", 400],
    ["a proxy's address", "POST http://evil.example/", 400],
    ["no path", "POST *", 400],
  ])("refuses %s", async (_sentence, line, status) => {
    const answer = await exchange(listener, head(line, { host: hostOf(listener), "content-length": "0" }));
    expect(statusOf(answer)).toBe(status);
  });

  test("refuses a body of more than 10 MB, with or without a content length", async () => {
    const host = hostOf(listener);
    const megabyte = Buffer.alloc(1024 * 1024, "x");
    const announced = head("POST /", { host, "content-length": String(11 * megabyte.length) });
    expect(statusOf(await exchange(listener, announced, ...Array.from({ length: 11 }, () => megabyte)))).toBe(
      listener === "DynamoDB" || listener === "Secrets Manager" ? 403 : 413,
    );
    const chunk = Buffer.concat([Buffer.from("100000\r\n"), megabyte, Buffer.from("\r\n")]);
    const chunked = head("POST /", { host, "transfer-encoding": "chunked" });
    const parts = [...Array.from({ length: 11 }, () => chunk), "0\r\n\r\n"];
    expect(statusOf(await exchange(listener, chunked, ...parts))).toBe(
      listener === "DynamoDB" || listener === "Secrets Manager" ? 403 : 413,
    );
  });

  test.each<[string, (host: string) => string]>([
    ["a path of two slashes", (host) => head("GET //", { host })],
    ["a path that looks like a host", (host) => head("GET //[", { host })],
    ["a path with no end of slashes", (host) => head(`GET ${"/".repeat(10_000)}`, { host })],
    ["a wish for a tunnel", (host) => head("CONNECT evil.example:443", { host })],
    ["an upgrade", (host) => head("GET /", { host, connection: "close, upgrade", upgrade: "websocket" })],
    ["no HTTP at all", () => "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n"],
    [
      "garbage after a request",
      (host) => `${head("GET /", { host, connection: "keep-alive" })}\x00\x01 garbage\r\n\r\n`,
    ],
    ["headers without end", (host) => head("GET /", { host, cookie: "x".repeat(100_000) })],
    [
      "two lengths",
      (host) => `POST / HTTP/1.1\r\nhost: ${host}\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab`,
    ],
    [
      "JSON that is none",
      (host) =>
        `${head("POST /v3/auth/tokens", { host, "content-type": "application/json", "content-length": "1" })}{`,
    ],
  ])("lives on after %s", async (_sentence, bytes) => {
    await exchange(listener, bytes(hostOf(listener)));
    expect(await isAnswering(listener)).toBe(true);
  });

  test("still works after a caller closed the connection within the body", async () => {
    const { hostname, port } = new URL(urls[listener]);
    for (let caller = 0; caller < 20; caller += 1) {
      const socket = connect(Number(port), hostname);
      socket.write(`${head("POST /", { host: hostOf(listener), "content-length": "1000" })}{"half":`);
      await once(socket, "connect");
      socket.resetAndDestroy();
      await once(socket, "close");
    }
    expect(await isAnswering(listener)).toBe(true);
  });
});

test("the names of this machine and the page's own origin are accepted", async () => {
  const { port } = new URL(system.apiUrl);
  for (const name of ["127.0.0.1", "localhost", "LOCALHOST", "[::1]"]) {
    const headers = { host: `${name}:${port}`, origin: `http://${name}:${port}` };
    expect([name, statusOf(await exchange("API", head("GET /", headers)))]).toEqual([name, 200]);
  }
  const linked = { host: `localhost:${port}`, "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate" };
  expect(statusOf(await exchange("API", head("GET /", linked)))).toBe(200);
});

describe("without the access key of this run nobody can read", () => {
  const client = (accessKeyId: string) =>
    new SecretsManagerClient({
      endpoint: urls["Secrets Manager"],
      region: "us-east-1",
      credentials: { accessKeyId, secretAccessKey: canary },
    });
  const own = () => process.env["AWS_ACCESS_KEY_ID"]!;

  test("the credentials", async () => {
    const command = new GetSecretValueCommand({ SecretId: "credentials" });
    await expect(client("local").send(command)).rejects.toThrow(
      "Only the local system can call this listener.",
    );
    expect(await post("Secrets Manager", {})).not.toContain(canary);
    const { SecretString } = await client(own()).send(command);
    expect(JSON.parse(SecretString!)).toHaveProperty("slackBotToken");
  });

  test("the builds", async () => {
    const command = new ScanCommand({ TableName: "builds" });
    await expect(localDynamoDbClient(urls.DynamoDB).send(command)).rejects.toThrow(
      "Only the local system can call this listener.",
    );
    await expect(localDynamoDbClient(urls.DynamoDB, own()).send(command)).resolves.toMatchObject({
      Count: 0,
    });
  });
});
