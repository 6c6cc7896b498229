import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

/** Every server and every measured program is a process of its own. They end with this process, at the latest. */

const children = new Set<ChildProcess>();
process.once("exit", () => children.forEach((child) => child.kill()));
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(130));

export interface ServerProcess {
  /** The address, without a slash at the end. */
  url: string;
  close: () => Promise<void>;
}

function start(command: string, args: string[], env: NodeJS.ProcessEnv = process.env): ChildProcess {
  const child = spawn(command, args, { env, stdio: ["ignore", "pipe", "inherit"] });
  children.add(child);
  child.once("exit", () => children.delete(child));
  return child;
}

const pathTo = (file: string): string => fileURLToPath(new URL(file, import.meta.url));

/** @param script a file in `servers/`; the first line of its output is its address */
export async function startServer(script: string, ...args: string[]): Promise<ServerProcess> {
  const child = start(process.execPath, [pathTo(`servers/${script}.ts`), ...args]);
  const [url] = (await once(createInterface(child.stdout!), "line")) as [string];
  return { url, close: () => end(child) };
}

async function end(child: ChildProcess): Promise<void> {
  if (!child.kill()) return;
  await once(child, "exit");
}

const binary = pathTo("../node_modules/@dynoxide/linux-x64/dynoxide");

/** The emulator that is installed: a fast one on Linux with an x64 processor, dynalite elsewhere. */
export async function startDynamoDb(): Promise<ServerProcess & { emulator: string }> {
  if (!existsSync(binary)) return { ...(await startServer("dynamodb")), emulator: "dynalite" };
  const port = await freePort();
  const child = start(binary, ["serve", "--port", String(port)]);
  const url = `http://127.0.0.1:${port}`;
  while (!(await fetch(url).catch(() => undefined))) await sleep(10);
  return { url, close: () => end(child), emulator: "dynoxide" };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}

/**
 * Runs a file of `programs/` to its end.
 * @param plan the argument of the program
 * @returns the last line of the program's output, parsed as JSON
 * @throws {Error} when the program fails
 */
export async function runProgram<T>(program: string, plan: object, env: NodeJS.ProcessEnv = {}): Promise<T> {
  const args = [pathTo(`programs/${program}`), JSON.stringify(plan)];
  const child = start(process.execPath, args, { ...process.env, ...env });
  let last = "";
  createInterface(child.stdout!).on("line", (line) => (last = line));
  const [status] = (await once(child, "close")) as [number | null];
  if (status !== 0) throw new Error(`bench/programs/${program} ended with status ${status}: ${last}`);
  return JSON.parse(last) as T;
}
