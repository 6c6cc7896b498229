import { once } from "node:events";
import { createServer, type AddressInfo, type Socket } from "node:net";
import type { Behaviour } from "./behaviour.ts";

/** How often what has no end is written again. */
const repeatMillis = 5;

/** Behaves like that on each connection, on this machine; closing it closes them all. */
export async function startRawServer(behaviour: Behaviour) {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {}).on("close", () => sockets.delete(socket));
    if (behaviour.begins === "at once") act(socket, behaviour);
    else socket.once("data", () => act(socket, behaviour));
    // What comes is read and not kept.
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
    // No faster than the other side reads, so that this process keeps little.
    if (!socket.writableNeedDrain) socket.write(piece, "latin1");
  }, repeatMillis);
  socket.once("close", () => clearInterval(timer));
}
