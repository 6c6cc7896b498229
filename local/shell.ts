import { devNull } from "node:os";

/**
 * Removes what the user's shell sets for other programs: the AWS SDK's settings (endpoints, profiles, FIPS, retries, …)
 * and files. Calls within this machine use no proxy, because a proxy can't reach this machine. Other calls still do.
 */
export function leaveShell(env: NodeJS.ProcessEnv = process.env): void {
  for (const name of Object.keys(env)) if (/^AWS_/i.test(name)) delete env[name];
  env["AWS_CONFIG_FILE"] = env["AWS_SHARED_CREDENTIALS_FILE"] = devNull;
  // Node's `fetch` reads both names for each call, and prefers the lower case.
  const direct = [env["no_proxy"] ?? env["NO_PROXY"], "127.0.0.1", "localhost"].filter(Boolean).join(",");
  env["no_proxy"] = env["NO_PROXY"] = direct;
}
