import { once } from "node:events";
import { createServer, type Server, type ServerResponse } from "node:http";
import { connect, type AddressInfo, type Socket } from "node:net";
import { setImmediate as turn } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { Html } from "../../../local/html.ts";
import { createLive, type Live } from "../../../local/page/live.ts";

/** Streams over real connections, of readers that read and of readers that don't. */

const regionBytes = 1024 * 1024;
let live: Live;
let server: Server;
let responses: ServerResponse[];
/** How often the page was rendered. */
let rendered: { times: number };
let sockets: Socket[];

beforeEach(async () => {
  [responses, rendered, sockets] = [[], { times: 0 }, []];
  live = createLive(
    async () => [new Html(`region ${(rendered.times += 1)} ${"x".repeat(regionBytes)}`)],
    (error) => {
      throw error;
    },
  );
  server = createServer((_request, response) => {
    if (live.connect(response)) responses.push(response);
    else response.writeHead(503).end();
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
});
afterEach(() => {
  live.close();
  for (const socket of sockets) socket.destroy();
  server.closeAllConnections();
  server.close();
});

const isOpen = ({ destroyed }: ServerResponse): boolean => !destroyed;

/** Has everything rendered and pushed anew, as long as somebody looks. */
async function push(): Promise<void> {
  const before = rendered.times;
  live.refresh();
  while (rendered.times === before && responses.some(isOpen)) await turn();
  await turn();
}

async function openUnread(): Promise<void> {
  const count = responses.length;
  const socket = connect((server.address() as AddressInfo).port, "127.0.0.1");
  sockets.push(socket.on("error", () => undefined));
  socket.pause().write("GET / HTTP/1.1\r\nhost: x\r\n\r\n");
  while (responses.length === count) await turn();
}

const url = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

test("a stream that no one reads gets no more data until it accepts the earlier data", async () => {
  await openUnread();
  for (let pushes = 0; pushes < 30; pushes += 1) await push();
  expect(responses[0]!.writableLength).toBeLessThan(3 * regionBytes);
});

test("streams that no one reads are closed, and make room for others", async () => {
  for (let viewers = 0; viewers < 3; viewers += 1) await openUnread();
  // The first pushes still fit into the sockets' own buffers.
  for (let pushes = 0; pushes < 100; pushes += 1) await push();
  expect(responses.filter(isOpen)).toEqual([]);
  await openUnread();
  expect(responses).toHaveLength(4);
});

test("a slow reader gets the newest page when it reads again, and not every page before", async () => {
  await openUnread();
  for (let pushes = 0; pushes < 20; pushes += 1) await push();
  const last = rendered.times;
  // A region's heading may be cut in two by the end of a chunk.
  let received = "";
  sockets[0]!.on("data", (chunk) => (received += String(chunk))).resume();
  while (!received.includes(`region ${last} `)) await turn();
  expect(received.match(/region \d+/g)!.length).toBeLessThan(12);
});

test("there are at most 32 streams, and one that closes makes room", async () => {
  for (let viewers = 0; viewers < 32; viewers += 1) await openUnread();
  expect((await fetch(url())).status).toBe(503);
  sockets[0]!.destroy();
  await once(responses[0]!, "close");
  await openUnread();
  expect(responses).toHaveLength(33);
});
