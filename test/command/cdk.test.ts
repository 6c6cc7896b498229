import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { beforeEach, describe, expect, test } from "@jest/globals";
import { awsEnvironment, startDeployment } from "../doctor/deployment.ts";
import { temporaryFolder } from "../temporary-folder.ts";

/** `npm run synth` and `npm run deploy` as processes; a program that writes what it is given stands for the CDK's. */

let folder: string;
beforeEach(() => {
  folder = temporaryFolder("cdk-command");
  const template = JSON.stringify({ Resources: { Builds: {}, Api: {} } });
  const stand = `#!/bin/sh\necho "cdk $@"\nmkdir -p cdk.out\necho '${template}' > cdk.out/BuildNotifier.template.json\n`;
  writeFileSync(join(folder, "cdk"), stand);
  chmodSync(join(folder, "cdk"), 0o755);
});

async function call(file: string, args: string[] = [], env: Record<string, string> = {}) {
  const path = fileURLToPath(new URL(`../../bin/${file}`, import.meta.url));
  const child = spawn(process.execPath, [path, ...args], {
    cwd: folder,
    env: {
      HOME: folder,
      AWS_EC2_METADATA_DISABLED: "true",
      PATH: [folder, dirname(process.execPath), process.env["PATH"]].join(delimiter),
      ...env,
    },
  });
  const [stdout, stderr, [status]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, "close"),
  ]);
  return { lines: (stdout + stderr).trimEnd().split("\n"), status: status as number | null };
}

test("npm run synth says what it made, and where", async () => {
  expect(await call("synth.ts", ["--strict"])).toEqual({
    status: 0,
    lines: [
      "cdk synth --quiet --strict",
      "The stack BuildNotifier with its 2 resources is in cdk.out/BuildNotifier.template.json. npm run deploy deploys it.",
    ],
  });
});

test("npm run synth --help prints its own help before the CDK's, and makes nothing", async () => {
  expect(await call("synth.ts", ["--help"])).toEqual({
    status: 0,
    lines: [
      "npm run synth -- [flags]",
      "Writes the stack BuildNotifier as a CloudFormation template, with the settings in cdk.json, and checks both. It needs no AWS account.",
      "  --output   the folder of the template, BuildNotifier.template.json (cdk.out)",
      "  --context  -c buildNotifier.shards=2 sets one setting for this command; the README lists all settings",
      "In brackets: the default.",
      "",
      "The other flags are those of cdk synth:",
      "",
      "cdk synth --quiet --help",
    ],
  });
});

describe("npm run deploy", () => {
  test("passes its flags to the CDK", async () => {
    const deployment = await startDeployment();
    const { lines } = await call("deploy.ts", ["--require-approval", "never"], awsEnvironment(deployment));
    await deployment.close();
    expect(lines).toEqual(["cdk deploy --require-approval never"]);
  });

  test.each(["--help", "-h"])(
    "%s prints its own help before the CDK's, and does not ask AWS",
    async (flag) => {
      expect((await call("deploy.ts", [flag])).lines).toEqual([
        "npm run deploy -- [flags]",
        "Deploys the stack BuildNotifier into your AWS account with the settings in cdk.json, and prints the API's address. The AWS credentials and the region come from this shell.",
        "  --profile  NAME uses this profile of your AWS configuration",
        "  --context  -c buildNotifier.shards=2 sets one setting for this command; the README lists all settings",
        "",
        "The other flags are those of cdk deploy:",
        "",
        `cdk deploy ${flag}`,
      ]);
    },
  );

  test("goes on if the operator may not read the stack, because the CDK uses its own roles", async () => {
    const deployment = await startDeployment();
    deployment.account.refusals["DescribeStacks"] = "AccessDenied";
    const { lines } = await call("deploy.ts", [], awsEnvironment(deployment));
    await deployment.close();
    expect(lines).toEqual(["cdk deploy"]);
  });

  test.each<[string, string, Record<string, string>]>([
    ["no region", "✖ AWS: no AWS region is set → set AWS_REGION to the region of the deployment", {}],
    [
      "no credentials",
      "✖ AWS: there are no AWS credentials → sign in to AWS, or set AWS_PROFILE to a profile with credentials",
      { AWS_REGION: "us-east-1" },
    ],
    [
      "no connection",
      "✖ AWS: AWS can't be reached (ECONNREFUSED) → check the network and AWS_REGION",
      awsEnvironment({ aws: { url: "http://127.0.0.1:2", close: async () => undefined } }),
    ],
  ])("says in one line that there is %s, and deploys nothing", async (_what, line, env) => {
    expect(await call("deploy.ts", [], env)).toEqual({ lines: [line], status: 1 });
  });
});
