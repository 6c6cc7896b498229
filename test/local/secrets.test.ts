import { afterAll, beforeAll, expect, jest, test } from "@jest/globals";
import { canary } from "../../local/canary.ts";
import { parseLocalSettings } from "../../local/settings.ts";
import { startLocalSystem, type LocalSystem } from "../../local/system.ts";
import { until } from "../until.ts";

/** The log of the deployed handlers at the lowest level, when every call with a secret fails. */

const apiToken = `${canary}-api-token`;
const logged: string[] = [];
let system: LocalSystem;

beforeAll(async () => {
  process.env["POWERTOOLS_LOG_LEVEL"] = "DEBUG";
  const keep = (chunk: unknown) => logged.push(String(chunk)) > 0;
  jest.spyOn(process.stdout, "write").mockImplementation(keep);
  jest.spyOn(process.stderr, "write").mockImplementation(keep);
  system = await startLocalSystem(parseLocalSettings([], { PORT: "0" }), { apiToken });
});
afterAll(async () => {
  await system.close();
  jest.restoreAllMocks();
  delete process.env["POWERTOOLS_LOG_LEVEL"];
});

const call = (method: string, path: string, token: string) =>
  fetch(`${system.apiUrl}${path}`, { method, headers: { authorization: `Bearer ${token}` } });

const untilLogged = (message: string) => until(async () => logged.some((line) => line.includes(message)));

test("the handlers' log contains no secret, whatever is refused", async () => {
  await call("GET", "/builds", `${canary}wrong`);
  await call("PUT", "/builds/refused-1", apiToken);
  system.slack!.fail({ answer: "error", code: "invalid_auth" });
  system.startTicking(() => undefined);
  system.serviceStage!.setPhases("refused-1", [{ name: "Build", state: "Building" }]);
  await untilLogged("invalid_auth");
  system.serviceStage!.fault = { kind: "refused" };
  await untilLogged("the credentials are refused");
  // A tick with nothing left to do ends, and logs its report.
  await call("DELETE", "/builds/refused-1", apiToken);
  await untilLogged('"message":"Tick"');
  expect(logged.filter((line) => line.includes(canary))).toEqual([]);
});
