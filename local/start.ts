import { setTimeout as sleep } from "node:timers/promises";
import { parseLocalSettings } from "./settings.ts";
import { createPrinter } from "./slack/print.ts";
import { playedBuilds, startLocalSystem, type LocalSystem } from "./system.ts";

/** `npm start`: the product on this machine, with sample builds, told in the terminal as Slack would show it. */

const samples = [
  { buildId: "succeeds-1", settings: {} },
  { buildId: "fails-1", settings: { channel: "C0SEARCH001", mention: "U0JONAS001" } },
  { buildId: "cancelled-1", settings: {} },
  { buildId: "timesout-1", settings: { label: "nightly training" } },
];

try {
  await start();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}

async function start(): Promise<void> {
  const settings = parseLocalSettings(process.argv.slice(2), process.env);
  const system = await startLocalSystem(settings);
  const say = (text: string | undefined) => {
    if (text !== undefined) console.log(text);
  };
  say(introduce(system));
  const print = createPrinter();
  system.slack?.onEvent((event) => say(print(event)));
  if (system.serviceStage) await registerSamples(system);
  system.startTicking((error) => console.error("A tick failed:", error));
  process.once("SIGINT", () => process.exit(0));
  if (!settings.exitWhenDone) return;
  await untilDone(system);
  say(`\nAll ${samples.length} builds have ended, and everything is told.`);
  process.exit(0);
}

function introduce({ apiUrl, apiToken, slack, serviceStage, defaultChannel }: LocalSystem): string {
  const example = serviceStage ? "fails-2" : "<a build's id>";
  const authorization = `-H 'authorization: Bearer ${apiToken}'`;
  const kinds = Object.keys(playedBuilds).map((kind) => `${kind}-…`);
  return [
    "The build notifier runs on this machine; Ctrl-C ends it.",
    serviceStage
      ? "  ServiceStage  simulated: builds of 20 to 40 seconds, polled every second"
      : `  ServiceStage  the real one`,
    slack
      ? "  Slack         local: what its channels are told stands below, as it arrives"
      : `  Slack         the real one: look into channel ${defaultChannel}`,
    `  API           ${apiUrl}`,
    "",
    `Register ${serviceStage ? "more builds" : "a build"}, and ask how one goes:`,
    `  curl -X PUT ${apiUrl}/builds/${example} ${authorization}`,
    `  curl ${apiUrl}/builds/${example} ${authorization}`,
    ...(serviceStage ? [`The id decides what the build does: ${kinds.join(", ")}.`] : []),
    "",
  ].join("\n");
}

async function registerSamples(system: LocalSystem): Promise<void> {
  for (const { buildId, settings } of samples) {
    // A real channel takes all of them: the local ones are not there.
    const { channel: _local, ...rest } = settings as { channel?: string };
    const body = JSON.stringify(system.slack ? settings : rest);
    const response = await call(system, "PUT", buildId, body);
    if (!response.ok) throw new Error(`The API did not register ${buildId}: ${await response.text()}`);
  }
}

async function untilDone(system: LocalSystem): Promise<void> {
  for (const { buildId } of samples) {
    while (!(await isDone(system, buildId))) await sleep(500);
  }
}

async function isDone(system: LocalSystem, buildId: string): Promise<boolean> {
  const response = await call(system, "GET", buildId);
  const { status, owed } = (await response.json()) as { status: string; owed: unknown[] };
  return status !== "tracking" && owed.length === 0;
}

function call({ apiUrl, apiToken }: LocalSystem, method: string, buildId: string, body?: string) {
  const headers = {
    authorization: `Bearer ${apiToken}`,
    ...(body && { "content-type": "application/json" }),
  };
  return fetch(`${apiUrl}/builds/${buildId}`, { method, headers, ...(body && { body }) });
}
