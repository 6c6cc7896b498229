import { createContext } from "../../local/context.ts";
import { measureWarm, type Run } from "./measured.ts";

/** One pass of the deployed poll handler. As on Lambda, the environment contains its settings. */

interface Handler {
  (event: unknown, context: ReturnType<typeof createContext>): Promise<{ passes: number; polled: number }>;
}

const { bundle, ...run } = JSON.parse(process.argv[2]!) as Run & { bundle: string };
const { handler } = (await import(bundle)) as { handler: Handler };
let minute = 0;

async function pass(): Promise<number> {
  minute += 60_000;
  const event = { scheduledTime: new Date(minute).toISOString() };
  const { passes, polled } = await handler(event, createContext("poll", 75_000));
  if (passes !== 1 || polled === 0) throw new Error(`${passes} passes polled ${polled} builds`);
  return polled;
}

await measureWarm(pass, run);
process.exit();
