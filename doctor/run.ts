import { beginCommand } from "../command/command.ts";
import { checkDeployment } from "./deployment.ts";
import { render, type Finding } from "./finding.ts";

/** `npm run doctor`: what each check found; status 1 when something is to be done. */

const { values } = beginCommand({
  name: "npm run doctor",
  does: "Checks a deployment, and says what to do where it does not work.",
  flags: {
    stack: { default: "BuildNotifier", describes: "the name of the stack" },
    local: { describes: "checks cdk.json and credentials.json instead, before a deployment" },
  },
});

/** The CDK library, which the settings need, takes a second to load. */
async function* check({ local, stack }: typeof values): AsyncGenerator<Finding> {
  if (local) {
    const { checkLocal } = await import("./local.ts");
    yield* checkLocal(process.cwd());
  } else {
    yield* checkDeployment(stack);
  }
}

for await (const finding of check(values)) {
  if (finding.mark === "✖") process.exitCode = 1;
  console.log(render(finding));
}
