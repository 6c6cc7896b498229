import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { Deployed } from "./synthesize.ts";

export interface Invocation {
  /** The result of the handler. Absent if it threw. */
  answer?: Record<string, unknown>;
  error?: string;
  /** The parsed lines of its output. Information goes to standard output, warnings and errors to standard error. */
  lines: Record<string, unknown>[];
}

const processFile = fileURLToPath(new URL("lambda-process.mjs", import.meta.url));

/**
 * Invokes a deployed function in a fresh process: its code by the handler's name in the template, with the template's
 * environment, what Lambda itself sets, and nothing else.
 * @param endpoints take the place of AWS's, ServiceStage's and Slack's
 */
export async function invoke(
  { folder, handler, environment }: Deployed,
  event: unknown,
  endpoints: Record<string, string>,
  timeoutMillis = 20_000,
): Promise<Invocation> {
  const env = { ...environment, ...lambdaEnvironment, ...endpoints };
  const child = fork(processFile, [], { env, execArgv: [], stdio: ["ignore", "pipe", "pipe", "ipc"] });
  const output: Buffer[] = [];
  for (const stream of [child.stdout!, child.stderr!])
    stream.on("data", (chunk: Buffer) => output.push(chunk));
  const context = { functionName: "the-function", awsRequestId: "the-request" };
  child.send({ folder, handler, event, context, timeoutMillis });
  const ended = once(child, "close");
  const [outcome] = await Promise.race([once(child, "message"), ended.then(() => [{ error: "It died" }])]);
  await ended;
  const lines = Buffer.concat(output).toString().split("\n").filter(Boolean);
  return { ...outcome, lines: lines.map((line) => JSON.parse(line)) };
}

const lambdaEnvironment = {
  AWS_REGION: "us-east-1",
  AWS_ACCESS_KEY_ID: "local",
  AWS_SECRET_ACCESS_KEY: "local",
  AWS_LAMBDA_FUNCTION_NAME: "the-function",
};
