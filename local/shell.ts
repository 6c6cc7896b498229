import { devNull } from "node:os";

/**
 * Removes settings of the user's shell that would break the local system: variables and files of the AWS SDK (endpoints,
 * profiles, FIPS, retries, …), and proxies for this machine. Calls to other machines still use the proxy.
 */
export function leaveShell(env: NodeJS.ProcessEnv = process.env): void {
  for (const name of Object.keys(env)) if (/^AWS_/i.test(name)) delete env[name];
  env["AWS_CONFIG_FILE"] = env["AWS_SHARED_CREDENTIALS_FILE"] = devNull;
  // Node's `fetch` reads these variables for each call, first the one in lower case.
  const direct = [env["no_proxy"] ?? env["NO_PROXY"], "127.0.0.1", "localhost"].filter(Boolean).join(",");
  env["no_proxy"] = env["NO_PROXY"] = direct;
}
