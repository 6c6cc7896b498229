import { spawn } from "node:child_process";
import { once } from "node:events";

/** Runs the CDK's command line in this terminal. @returns its status */
export async function runCdk(args: string[]): Promise<number> {
  const cdk = spawn("cdk", args, { stdio: "inherit", shell: process.platform === "win32" });
  const [status] = (await once(cdk, "close")) as [number | null];
  return status ?? 1;
}

/** The help of both commands explains this flag of the CDK. */
export const contextFlag = {
  describes: "-c buildNotifier.shards=2 sets one setting for this command; the README lists all settings",
};
