import { once } from "node:events";
import { createServer, type AddressInfo, type Socket } from "node:net";
import type { Behaviour } from "./behaviour.ts";

/** How often an endless answer writes its last piece again. */
const repeatMillis = 5;

/** A server on this machine that behaves like this on each connection. Closing it closes all connections. */
export async function startRawServer(behaviour: Behaviour) {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {}).on("close", () => sockets.delete(socket));
    if (behaviour.begins === "at once") act(socket, behaviour);
    else socket.once("data", () => act(socket, behaviour));
    // The server reads all data and keeps nothing.
    socket.resume();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}

function act(socket: Socket, { pieces, ends }: Behaviour): void {
  for (const piece of pieces) socket.write(piece, "latin1");
  if (ends === "close") socket.end();
  else if (ends === "reset") socket.resetAndDestroy();
  else if (ends === "endless") repeat(socket, pieces.at(-1) ?? "");
}

function repeat(socket: Socket, piece: string): void {
  const timer = setInterval(() => {
    // The server writes only as fast as the other side reads, so this process needs little memory.
    if (!socket.writableNeedDrain) socket.write(piece, "latin1");
  }, repeatMillis);
  socket.once("close", () => clearInterval(timer));
}
