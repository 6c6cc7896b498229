import { setTimeout as sleep } from "node:timers/promises";
import { beginCommand } from "../command/command.ts";
import type { RegistrationsView } from "../lambda/builds-api/schemas.ts";
import { renderBanner } from "./banner.ts";
import { showLogPlainly } from "./log.ts";
import { parseLocalSettings, startCommand } from "./settings.ts";
import { createPrinter } from "./slack/print.ts";
import { localChannels, startLocalSystem, type LocalSystem } from "./system.ts";

/** `npm start`: runs the product on this machine with sample builds, and prints the Slack messages in the terminal. */

const samples = [
  { buildId: "succeeds-1", settings: {} },
  { buildId: "fails-1", settings: { channel: "C0SEARCH001", mention: "committer" } },
  { buildId: "cancelled-1", settings: {} },
  { buildId: "timesout-1", settings: { label: "nightly training" } },
];
/** The samples take 40 seconds. After this time the terminal says what is still missing. */
const patienceMillis = 60_000;

beginCommand(startCommand);
try {
  await start();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}

async function start(): Promise<void> {
  const settings = parseLocalSettings(process.argv.slice(2), process.env);
  // With a log level set, the terminal shows the log as CloudWatch gets it.
  if (!process.env["POWERTOOLS_LOG_LEVEL"]) showLogPlainly();
  const system = await startLocalSystem(settings, { pushes: !settings.exitWhenDone });
  process.once("SIGINT", () => process.exit(0));
  console.log(renderBanner(system, settings));
  const print = createPrinter();
  system.slack?.onEvent((event) => {
    const text = print(event);
    if (text !== undefined) console.log(text);
  });
  if (system.serviceStage && !settings.exitWhenDone) await subscribeSamples(system);
  if (system.serviceStage) await registerSamples(system);
  system.startTicking((error) => console.error("A tick failed:", error));
  if (!system.serviceStage) return;
  await untilDelivered(system);
  const end = settings.exitWhenDone ? "" : " New builds of the subscribed jobs follow. Stop with Ctrl-C.";
  console.log(`\nAll ${samples.length} builds have ended, and all their messages are sent.${end}`);
  if (settings.exitWhenDone) process.exit(0);
}

/**
 * Every sample job but the last in `#builds`: the last is left to the reader. The search team's job in its channel as well,
 * with a command in Slack.
 */
async function subscribeSamples(system: LocalSystem): Promise<void> {
  for (const { jobId, jobName } of system.serviceStage!.jobs.slice(0, -1)) {
    await call(system, "PUT", `/jobs/${jobId}/subscriptions/${system.defaultChannel}`);
    if (jobName === "webshop-search") await typeCommand(system, `/builds subscribe ${jobName}`);
  }
}

/** @throws {Error} with the reason if the app does not take the command */
async function typeCommand({ person }: LocalSystem, command: string): Promise<void> {
  const failure = await person?.type(localChannels[1].id, command);
  if (failure !== undefined) throw new Error(`${command}: ${failure}`);
}

async function registerSamples(system: LocalSystem): Promise<void> {
  for (const { buildId, settings } of samples) {
    // With the real Slack all samples go to its channel, because the local channels don't exist there.
    const { channel: _local, ...rest } = settings as { channel?: string };
    await call(system, "PUT", `/builds/${buildId}`, JSON.stringify(system.slack ? settings : rest));
  }
}

async function untilDelivered(system: LocalSystem): Promise<void> {
  let said = "";
  let sayAt = Date.now() + patienceMillis;
  for (;;) {
    const outstanding = await findOutstanding(system);
    if (outstanding === undefined) return;
    if (outstanding !== said && Date.now() >= sayAt) {
      console.log(`Still waiting for ${outstanding}`);
      said = outstanding;
      sayAt = Date.now() + patienceMillis;
    }
    await sleep(500);
  }
}

/** @returns the first sample that still runs or has pending messages, with the reason. Undefined if there is none */
async function findOutstanding(system: LocalSystem): Promise<string | undefined> {
  for (const { buildId } of samples) {
    const response = await call(system, "GET", `/builds/${buildId}`);
    const { registrations } = (await response.json()) as RegistrationsView;
    for (const { status, pending } of registrations) {
      const isOver = status !== "tracking" && status !== "stopping";
      if (!isOver || pending.length > 0)
        return `${buildId}: ${pending[0]?.detail ?? "the build is still running."}`;
    }
  }
  return undefined;
}

/** @throws {Error} with the API's answer when it is an error */
async function call({ apiUrl, apiToken }: LocalSystem, method: string, path: string, body?: string) {
  const headers = {
    authorization: `Bearer ${apiToken}`,
    ...(body && { "content-type": "application/json" }),
  };
  const response = await fetch(`${apiUrl}${path}`, { method, headers, ...(body && { body }) });
  if (!response.ok) throw new Error(`${method} ${path} failed: ${await response.text()}`);
  return response;
}
