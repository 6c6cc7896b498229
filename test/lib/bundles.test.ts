import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { canary } from "../../local/canary.ts";
import { parseLocalSettings } from "../../local/settings.ts";
import { startLocalSystem, type Handlers, type LocalSystem } from "../../local/system.ts";
import { synthesizeBundles } from "./synthesize.ts";

/** What is deployed is what was tested: the local system around the bundles that `cdk deploy` uploads. */

const folder = mkdtempSync(join(tmpdir(), "bundles-"));
let system: LocalSystem;

beforeAll(async () => {
  const bundles = synthesizeBundles(folder, { authorization: "token" });
  const load = async (id: string) => (await import(bundles(id))) as { handler: never };
  const loadHandlers = async (): Promise<Handlers> => ({
    handler: (await load("ApiFunction")).handler,
    authorizer: (await load("ApiAuthorizer")).handler,
    poll: (await load("PollerFunction")).handler,
  });
  system = await startLocalSystem(parseLocalSettings([], { PORT: "0" }), { loadHandlers, apiToken: canary });
  system.startTicking((error) => {
    throw error;
  });
});
afterAll(async () => {
  await system.close();
  rmSync(folder, { recursive: true });
});

async function call(method: string, token = system.apiToken) {
  const response = await fetch(`${system.apiUrl}/builds/b1`, {
    method,
    headers: { authorization: `Bearer ${token}` },
  });
  const text = await response.text();
  return {
    status: response.status,
    body: (text ? JSON.parse(text) : {}) as { status?: string; owed?: unknown[] },
  };
}

test("nothing that is deployed holds a secret of this machine", () => {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  const leaking = files.map(({ parentPath, name }) => join(parentPath, name)).filter(holdsCanary);
  expect(files.length).toBeGreaterThan(3);
  expect(leaking).toEqual([]);
});

const holdsCanary = (file: string): boolean => readFileSync(file).includes(canary);

test("a build that is registered with the deployed API is told by the deployed poller", async () => {
  const phases = [
    { name: "Init", state: "Successful" },
    { name: "Build", state: "Failed" },
  ];
  system.serviceStage!.setPhases("b1", phases, { job_name: "bundled" });
  expect((await call("PUT", "another token")).status).toBe(403);
  expect((await call("PUT")).status).toBe(201);
  for (let told = false; !told;) {
    const { body } = await call("GET");
    told = body.status === "ended" && body.owed?.length === 0;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  const [card] = system.slack!.channel(system.defaultChannel).messages;
  expect(card!.text).toMatch(/^❌ Failed: bundled/);
  expect(card!.replies.map(({ text }) => text)).toEqual([
    expect.stringContaining("*Build*: NotStarted → Failed"),
  ]);
});
