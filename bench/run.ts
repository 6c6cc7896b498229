import { beginCommand } from "../command/command.ts";
import { createSurroundings, type Surroundings } from "./surroundings.ts";
import { measureChanged } from "./changed.ts";
import { measureGrowth } from "./growth.ts";
import { measureSigning } from "./signing.ts";
import { measureStart } from "./start.ts";
import { measureTick } from "./tick.ts";
import { renderTable, type Measured } from "./table.ts";

/** `npm run bench`: measures on this machine, and compares. */

const measurements: Record<string, (surroundings: Surroundings) => Promise<Measured>> = {
  start: measureStart,
  signing: measureSigning,
  changed: measureChanged,
  growth: measureGrowth,
  tick: measureTick,
};

const { values, words: wanted } = beginCommand({
  name: "npm run bench",
  does: "Measures on this machine, in a quarter of an hour. Prints Markdown tables, and JSON in the last line.",
  flags: { quick: { describes: "measures less, within a minute" } },
  words: { kind: "measurement", names: Object.keys(measurements) },
});
const surroundings = await createSurroundings(values);
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
