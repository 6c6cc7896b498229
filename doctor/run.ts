import { parseArgs } from "node:util";
import { checkDeployment } from "./deployment.ts";
import { render, type Finding } from "./finding.ts";

/** `npm run doctor`: a line for each check; status 1 when something is to be done. */

const usage = `npm run doctor                        checks the stack BuildNotifier
npm run doctor -- --stack NAME        checks another one
npm run doctor -- --local             checks cdk.json and credentials.json before a deployment`;

function parseOptions(): { local: boolean; stack: string } | undefined {
  try {
    const { values } = parseArgs({ options: { local: { type: "boolean" }, stack: { type: "string" } } });
    return { local: values.local ?? false, stack: values.stack ?? "BuildNotifier" };
  } catch {
    return undefined;
  }
}

/** The CDK library, which the settings need, takes a second to load. */
async function* check(local: boolean, stack: string): AsyncGenerator<Finding> {
  if (local) {
    const { checkLocal } = await import("./local.ts");
    yield* checkLocal(process.cwd());
  } else {
    yield* checkDeployment(stack);
  }
}

const options = parseOptions();
if (options) {
  for await (const finding of check(options.local, options.stack)) {
    console.log(render(finding));
    if (finding.mark === "✖") process.exitCode = 1;
  }
} else {
  console.error(usage);
  process.exitCode = 1;
}
