import { parseArgs } from "node:util";
import { asksForHelp, endWhenNobodyReads, printHelpBefore } from "../command/command.ts";
import { findAwsTrouble } from "../doctor/aws.ts";
import { render } from "../doctor/finding.ts";
import { contextFlag, runCdk } from "./cdk.ts";

/** `npm run deploy` runs `cdk deploy`. If AWS can't be reached, it says what to do, and does not run the CDK. */

endWhenNobodyReads();
const args = process.argv.slice(2);
const { values } = parseArgs({ args, options: { profile: { type: "string" } }, strict: false });
if (typeof values["profile"] === "string") process.env["AWS_PROFILE"] = values["profile"];
const isForHelp = asksForHelp(args);
if (isForHelp) {
  const does =
    "Deploys the stack BuildNotifier into your AWS account with the settings in cdk.json, and prints the API's address. The AWS credentials and the region come from this shell.";
  const flags = {
    profile: { describes: "NAME uses this profile of your AWS configuration" },
    context: contextFlag,
  };
  printHelpBefore({ name: "npm run deploy", does, flags }, "cdk deploy");
}
const trouble = isForHelp ? undefined : await findAwsTrouble();
if (trouble) {
  console.error(render(trouble));
  process.exitCode = 1;
} else {
  process.exitCode = await runCdk(["deploy", ...args]);
}
