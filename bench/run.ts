import { createSurroundings, type Surroundings } from "./surroundings.ts";
import { measureChanged } from "./changed.ts";
import { measureGrowth } from "./growth.ts";
import { measureHttp } from "./http.ts";
import { measureNaive } from "./naive.ts";
import { measureSigning } from "./signing.ts";
import { measureStart } from "./start.ts";
import { measureTick } from "./tick.ts";
import { renderTable, type Measured } from "./table.ts";

/**
 * `npm run bench` measures, side by side on this machine, and prints Markdown tables and a last line of JSON.
 * `-- --quick` measures less, within a minute; `-- tick start` measures only what is named.
 */

const measurements: Record<string, (surroundings: Surroundings) => Promise<Measured>> = {
  start: measureStart,
  http: measureHttp,
  signing: measureSigning,
  changed: measureChanged,
  naive: measureNaive,
  growth: measureGrowth,
  tick: measureTick,
};

const args = process.argv.slice(2);
const wanted = args.filter((arg) => arg !== "--quick");
const unknown = wanted.find((name) => !Object.hasOwn(measurements, name));
if (unknown !== undefined) {
  console.error(
    `There is no measurement ${unknown}; there are ${Object.keys(measurements).join(", ")} and --quick.`,
  );
  process.exit(2);
}

const surroundings = await createSurroundings({ quick: args.includes("--quick") });
console.log(`Node ${process.version}, ${surroundings.machine}; DynamoDB is ${surroundings.emulator}.`);
const results: Record<string, unknown> = {};
for (const [name, measure] of Object.entries(measurements)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  const measured = await measure(surroundings);
  console.log(renderTable(measured));
  results[name] = measured.data;
}
await surroundings.close();
console.log(JSON.stringify({ node: process.version, emulator: surroundings.emulator, ...results }));
process.exit();
