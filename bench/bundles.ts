import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { App, Stack } from "aws-cdk-lib";
import { Runtime, type CfnFunction } from "aws-cdk-lib/aws-lambda";
import { NodejsFunction } from "aws-cdk-lib/aws-lambda-nodejs";
import { bundling } from "../lib/notifier-function.ts";

export interface Bundle {
  /** The module's path. */
  file: string;
  bytes: number;
  /** The bytes of each package, the largest first. `own` is our code. */
  parts: [name: string, bytes: number][];
}

const outdir = mkdtempSync(join(tmpdir(), "bench-"));
process.once("exit", () => rmSync(outdir, { recursive: true, force: true }));

/** The deployed handlers, and two handlers for comparison. */
const entries = {
  empty: "bench/handlers/empty.ts",
  dynamodb: "bench/handlers/dynamodb.ts",
  poll: "lambda/handlers/poll.ts",
  api: "lambda/handlers/api.ts",
  slack: "lambda/handlers/slack.ts",
  authorizer: "lambda/handlers/authorizer.ts",
};
export type BundleName = keyof typeof entries;

const root = fileURLToPath(new URL("../", import.meta.url));

/** Bundles each handler as the stack does. It also writes a list of the bundle's parts, which the stack does not deploy. */
export function createBundles(): Record<BundleName, Bundle> {
  const stack = new Stack(new App({ outdir }), "Bench");
  const bundles = Object.entries(entries).map(([name, entry]) => [name, bundle(stack, name, entry)]);
  return Object.fromEntries(bundles) as Record<BundleName, Bundle>;
}

function bundle(stack: Stack, name: string, entry: string): Bundle {
  const bundled = new NodejsFunction(stack, name, {
    entry: join(root, entry),
    projectRoot: root,
    depsLockFilePath: join(root, "package-lock.json"),
    bundling: { ...bundling, metafile: true },
    runtime: Runtime.NODEJS_24_X,
    awsSdkConnectionReuse: false,
  });
  const { s3Key } = stack.resolve((bundled.node.defaultChild as CfnFunction).code) as { s3Key: string };
  const folder = join(outdir, `asset.${s3Key.replace(".zip", "")}`);
  const file = join(folder, "index.mjs");
  return { file, bytes: statSync(file).size, parts: partsOf(join(folder, "index.meta.json")) };
}

interface Metafile {
  outputs: Record<string, { entryPoint?: string; inputs: Record<string, { bytesInOutput: number }> }>;
}

function partsOf(metafile: string): Bundle["parts"] {
  const { outputs } = JSON.parse(readFileSync(metafile, "utf8")) as Metafile;
  const inputs = Object.values(outputs).flatMap((output) => Object.entries(output.inputs));
  const byPackage = Map.groupBy(inputs, ([file]) => packageOf(file));
  return [...byPackage]
    .map(([name, files]): [string, number] => [
      name,
      files.reduce((sum, [, part]) => sum + part.bytesInOutput, 0),
    ])
    .toSorted(([, a], [, b]) => b - a);
}

const packageOf = (file: string): string =>
  /.*node_modules\/(?<name>(?:@[^/]+\/)?[^/]+)/.exec(file)?.groups?.["name"] ?? "own";
