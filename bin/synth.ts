import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { endWhenNobodyReads } from "../command/command.ts";
import { runCdk } from "./cdk.ts";

/** `npm run synth`: makes the CloudFormation template, without an AWS account. Options for the CDK follow `--`. */

endWhenNobodyReads();
const args = process.argv.slice(2);
process.exitCode = await runCdk(["synth", "--quiet", ...args]);
const { values } = parseArgs({ args, options: { output: { type: "string", short: "o" } }, strict: false });
const file = join(String(values["output"] ?? "cdk.out"), "BuildNotifier.template.json");
if (process.exitCode === 0 && !values["help"] && existsSync(file)) {
  const { Resources } = JSON.parse(readFileSync(file, "utf8")) as { Resources: object };
  const count = Object.keys(Resources).length;
  console.log(
    `The stack BuildNotifier with its ${count} resources is in ${file}. npm run deploy deploys it.`,
  );
}
