import { createContext } from "../../local/context.ts";

/** A handler's cold start: milliseconds from the beginning of this process until it is loaded, and until it answered. */

const { bundle, event } = JSON.parse(process.argv[2]!) as { bundle: string; event: unknown };
const { handler } = (await import(bundle)) as {
  handler: (event: unknown, context: object) => Promise<unknown>;
};
const readyMillis = performance.now();
await handler(event, createContext("start", 18_000));
console.log(JSON.stringify({ readyMillis, answeredMillis: performance.now() }));
process.exit();
