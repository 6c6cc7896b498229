import { readFile, writeFile } from "node:fs/promises";
import { Graphviz } from "@hpcc-js/wasm-graphviz";
import { beginCommand } from "../../command/command.ts";

const source = new URL("architecture.dot", import.meta.url);
export const picture = new URL("architecture.svg", import.meta.url);

/** The colours follow the reader's light or dark theme, which Graphviz itself can't say. */
const style = `<style>
  text { fill: #1f2328 } .edge path { stroke: #57606a } .edge polygon { fill: #57606a; stroke: #57606a }
  .part path { fill: #dbeafe; stroke: #2563eb } .aws path { fill: #fff1d6; stroke: #b45309 }
  .outside path { fill: #dcfce7; stroke: #15803d } .function path { fill: none; stroke: #8c959f }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 } .edge path { stroke: #8b949e } .edge polygon { fill: #8b949e; stroke: #8b949e }
    .part path { fill: #10233f; stroke: #60a5fa } .aws path { fill: #3a2508; stroke: #f59e0b }
    .outside path { fill: #0b2e18; stroke: #4ade80 } .function path { stroke: #57606a }
  }
</style>`;

/** The README's picture of the architecture, as SVG, from its text in `architecture.dot`. */
export async function drawArchitecture(): Promise<string> {
  const graphviz = await Graphviz.load();
  const svg = graphviz.dot(await readFile(source, "utf8"), "svg");
  return svg.replace(/(<svg[^>]*>)/, `$1\n${style}`);
}

if (import.meta.main) {
  beginCommand({
    name: "npm run architecture",
    does: "Draws docs/architecture/architecture.svg, the README's picture, from architecture.dot.",
    flags: {},
  });
  await writeFile(picture, await drawArchitecture());
  console.log("docs/architecture/architecture.svg is drawn.");
}
