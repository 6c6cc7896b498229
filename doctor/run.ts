import { beginCommand } from "../command/command.ts";
import { checkDeployment } from "./deployment.ts";
import { render, summarize, type Finding } from "./finding.ts";

/** `npm run doctor`: prints the result of each check. The exit status is 1 when something needs action. */

const { values } = beginCommand({
  name: "npm run doctor",
  does: "Checks a deployment, and says what to do if something does not work.",
  flags: {
    stack: { default: "BuildNotifier", describes: "the name of the stack" },
    local: { describes: "check cdk.json and credentials.json instead, before a deployment" },
  },
});

/** The settings need the CDK library. It takes a second to load, so it is loaded only for `--local`. */
async function* check({ local, stack }: typeof values): AsyncGenerator<Finding> {
  if (local) {
    const { checkLocal } = await import("./local.ts");
    yield* checkLocal(process.cwd());
  } else {
    yield* checkDeployment(stack);
  }
}

const findings: Finding[] = [];
for await (const finding of check(values)) {
  findings.push(finding);
  if (finding.mark === "✖") process.exitCode = 1;
  console.log(render(finding));
}
console.log(`\n${summarize(findings)}`);
