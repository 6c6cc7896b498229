import { devNull } from "node:os";

/**
 * Keeps away from the local parts what the user's shell holds for others: settings of the AWS SDK (endpoints, profiles,
 * FIPS, retries, …), its files, and proxies, which can't reach this machine. Calls that leave it go on through a proxy.
 */
export function leaveShell(env: NodeJS.ProcessEnv = process.env): void {
  for (const name of Object.keys(env)) if (/^AWS_/i.test(name)) delete env[name];
  env["AWS_CONFIG_FILE"] = env["AWS_SHARED_CREDENTIALS_FILE"] = devNull;
  // Node's `fetch` reads them with each call, the lower case first.
  const direct = [env["no_proxy"] ?? env["NO_PROXY"], "127.0.0.1", "localhost"].filter(Boolean).join(",");
  env["no_proxy"] = env["NO_PROXY"] = direct;
}
