import { parseArgs } from "node:util";
import { endWhenNobodyReads } from "../command/command.ts";
import { findAwsTrouble } from "../doctor/aws.ts";
import { render } from "../doctor/finding.ts";
import { runCdk } from "./cdk.ts";

/** `npm run deploy` runs `cdk deploy`. If AWS can't be reached, it says what to do, and does not run the CDK. */

endWhenNobodyReads();
const args = process.argv.slice(2);
const { values } = parseArgs({ args, options: { profile: { type: "string" } }, strict: false });
if (typeof values["profile"] === "string") process.env["AWS_PROFILE"] = values["profile"];
const trouble = values["help"] || values["h"] ? undefined : await findAwsTrouble();
if (trouble) {
  console.error(render(trouble));
  process.exitCode = 1;
} else {
  process.exitCode = await runCdk(["deploy", ...args]);
}
