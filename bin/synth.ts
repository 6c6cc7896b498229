import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { asksForHelp, endWhenNobodyReads, printHelpBefore } from "../command/command.ts";
import { contextFlag, runCdk } from "./cdk.ts";

/** `npm run synth`: makes the CloudFormation template, without an AWS account. Options for the CDK follow `--`. */

endWhenNobodyReads();
const args = process.argv.slice(2);
const isForHelp = asksForHelp(args);
if (isForHelp) {
  const does =
    "Writes the stack BuildNotifier as a CloudFormation template, with the settings in cdk.json, and checks both. It needs no AWS account.";
  const flags = {
    output: { default: "cdk.out", describes: "the folder of the template, BuildNotifier.template.json" },
    context: contextFlag,
  };
  printHelpBefore({ name: "npm run synth", does, flags }, "cdk synth");
}
process.exitCode = await runCdk(["synth", "--quiet", ...args]);
const { values } = parseArgs({ args, options: { output: { type: "string", short: "o" } }, strict: false });
const file = join(String(values["output"] ?? "cdk.out"), "BuildNotifier.template.json");
if (process.exitCode === 0 && !isForHelp && existsSync(file)) {
  const { Resources } = JSON.parse(readFileSync(file, "utf8")) as { Resources: object };
  const count = Object.keys(Resources).length;
  console.log(
    `The stack BuildNotifier with its ${count} resources is in ${file}. npm run deploy deploys it.`,
  );
}
