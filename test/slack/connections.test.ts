import { systemClock } from "../../lambda/runtime/clock.ts";
import { once } from "node:events";
import { createServer as createHttpServer } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import { createServer as createTcpServer, type AddressInfo, type Server, type Socket } from "node:net";
import { afterEach, describe, expect, test } from "@jest/globals";
import { createSlack } from "../../lambda/slack/client.ts";
import { localBotToken } from "../../local/canary.ts";
import { createQuietLog } from "../../testing/quiet-log.ts";
import { message, movedTo, someNotices } from "./builds.ts";
import { selfSigned } from "./self-signed.ts";
import { heldCredentials } from "../../testing/held-credentials.ts";

/** The meaning of a failed connection. Each test has a real server that is broken in its own way. */

const rich = { plain: false };
const notice = message(movedTo("Building"));

let servers: Server[] = [];
let sockets: Socket[] = [];
afterEach(() => {
  for (const socket of sockets) socket.destroy();
  for (const server of servers) server.close();
  [servers, sockets] = [[], []];
});

async function listen(server: Server): Promise<number> {
  servers.push(server);
  server.on("connection", (socket) => {
    sockets.push(socket);
    socket.on("error", () => undefined);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

const post = (apiUrl: string, timeoutMillis = 5_000) =>
  createSlack({
    token: heldCredentials(localBotToken),
    apiUrl,
    log: createQuietLog(),
    region: "local",
    clock: systemClock,
    timeoutMillis,
  }).postMessage(someNotices(), notice, rich);

const answering = () => createHttpServer((_request, response) => response.end("{}"));

describe("the message was certainly not sent, so it is tried later, with a reason, after", () => {
  test.each<[string, () => Server, string]>([
    [
      "a certificate without a valid signature",
      () => createHttpsServer(selfSigned, (_request, response) => response.end("{}")),
      "DEPTH_ZERO_SELF_SIGNED_CERT",
    ],
    ["a server without TLS", answering, "ERR_SSL_WRONG_VERSION_NUMBER"],
    [
      "a connection that is closed before the handshake",
      () => createTcpServer((socket) => void socket.destroy()),
      "ECONNRESET",
    ],
    [
      "a connection that is reset in the handshake",
      () => createTcpServer((socket) => void socket.once("data", () => socket.resetAndDestroy())),
      "ECONNRESET",
    ],
  ])("%s", async (_, createServer, code) => {
    const port = await listen(createServer());
    expect(await post(`https://127.0.0.1:${port}/api/`)).toEqual({
      kind: "later",
      retryAfterMillis: 5_000,
      reason: `no connection to Slack: ${code}`,
    });
  });

  test.each([
    [
      "a host without an address",
      "https://slack.invalid/api/",
      /^no connection to Slack: (ENOTFOUND|EAI_AGAIN)$/,
    ],
    ["a port without a server", "https://127.0.0.1:2/api/", /^no connection to Slack: ECONNREFUSED$/],
  ])("%s", async (_, apiUrl, reason) => {
    expect(await post(apiUrl)).toMatchObject({ kind: "later", reason: expect.stringMatching(reason) });
  });

  test("a handshake without an answer in time", async () => {
    const port = await listen(createTcpServer(() => undefined));
    expect(await post(`https://127.0.0.1:${port}/api/`, 300)).toMatchObject({
      kind: "later",
      reason: "no connection to Slack: timed out",
    });
  });
});

describe("the message may have been stored, so it is in doubt, with a reason, after", () => {
  test.each<[string, (socket: Socket) => void, string]>([
    [
      "a connection that is reset after the request",
      (socket) => socket.resetAndDestroy(),
      "the connection to Slack failed (ECONNRESET)",
    ],
    [
      "a connection that is closed after the request",
      (socket) => socket.end(),
      "the connection to Slack failed (UND_ERR_SOCKET)",
    ],
    [
      "an answer that is not HTTP",
      (socket) => socket.end("hello\r\n\r\n"),
      "the connection to Slack failed (no reason given)",
    ],
    [
      "an answer that ends too soon",
      (socket) => socket.end("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"),
      "the connection to Slack failed (UND_ERR_SOCKET)",
    ],
    ["no answer in time", () => undefined, "Slack did not answer in time"],
  ])("%s", async (_, answer, reason) => {
    const port = await listen(createTcpServer((socket) => void socket.once("data", () => answer(socket))));
    expect(await post(`http://127.0.0.1:${port}/api/`, 1_000)).toEqual({ kind: "unknown", reason });
  });
});

test.each<[string, string]>([
  ["stalls", "Content-Length: 100\r\n\r\n{"],
  ["breaks off", "Content-Length: 100\r\nConnection: close\r\n\r\n{"],
  ["can't be unpacked", "Content-Encoding: gzip\r\nContent-Length: 4\r\n\r\nnope"],
  ["has no end", `Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n`],
])("a 429 whose body %s was not carried out, and says how long to wait", async (what, rest) => {
  const server = createTcpServer((socket) =>
    socket.once("data", () => {
      socket.write(`HTTP/1.1 429 Too Many Requests\r\nRetry-After: 7\r\n${rest}`);
      if (what === "breaks off") socket.end();
    }),
  );
  const port = await listen(server);
  expect(await post(`http://127.0.0.1:${port}/`, 1_000)).toMatchObject({
    kind: "later",
    retryAfterMillis: 7_000,
  });
});
