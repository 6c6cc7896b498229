import { parseArgs } from "node:util";
import { huaweiEndpoints } from "../lambda/names.ts";

/** What `npm start` is told: by its arguments, and by the environment of the shell. */
export interface LocalSettings {
  port: number;
  exitWhenDone: boolean;
  pollIntervalSeconds: number;
  /** The real ones; whatever is absent is simulated. */
  serviceStage?: RealServiceStage;
  slack?: RealSlack;
}

export interface RealServiceStage {
  region: string;
  projectId?: string | undefined;
  serviceStageEndpoint: string;
  iamEndpoint: string;
  /** Its part of the secret. */
  secret: Record<string, string>;
}

export interface RealSlack {
  token: string;
  channel: string;
  apiUrl?: string | undefined;
}

type Env = Record<string, string | undefined>;

/** @throws {Error} one line a fault, each with what to do */
export function parseLocalSettings(args: readonly string[], env: Env): LocalSettings {
  const faults: string[] = [];
  const settings: LocalSettings = {
    exitWhenDone: parseFlags(args, faults),
    port: wholeNumber("PORT", 0, 65_535, 4000, env, faults),
    pollIntervalSeconds: wholeNumber("POLL_INTERVAL_SECONDS", 1, 60, 1, env, faults),
  };
  const serviceStage = parseServiceStage(env, faults);
  const slack = parseSlack(env, faults);
  if (serviceStage && settings.exitWhenDone) {
    faults.push("--exit-when-done waits for the simulated builds: it does not go with a real ServiceStage.");
  }
  if (faults.length > 0) throw new Error(faults.join("\n"));
  return { ...settings, ...(serviceStage && { serviceStage }), ...(slack && { slack }) };
}

function parseFlags(args: readonly string[], faults: string[]): boolean {
  try {
    const { values } = parseArgs({ args: [...args], options: { "exit-when-done": { type: "boolean" } } });
    return values["exit-when-done"] ?? false;
  } catch {
    faults.push(`npm start -- takes --exit-when-done and nothing else, not: ${args.join(" ")}`);
    return false;
  }
}

/** Either sign-in asks for all of its variables. */
const signIns = [
  { huaweiAccessKey: "HUAWEI_ACCESS_KEY", huaweiSecretKey: "HUAWEI_SECRET_KEY" },
  { huaweiUser: "HUAWEI_USER", huaweiPassword: "HUAWEI_PASSWORD", huaweiDomain: "HUAWEI_DOMAIN" },
];

function parseServiceStage(env: Env, faults: string[]): RealServiceStage | undefined {
  const signIn = signIns.find((variables) => Object.values(variables).some((name) => env[name]));
  if (!signIn) return undefined;
  const required = [...Object.values(signIn), "HUAWEI_REGION"];
  if (!areSet(required, "the real ServiceStage", env, faults)) return undefined;
  const region = env["HUAWEI_REGION"]!;
  const secret = Object.entries({ ...signIn, huaweiSecurityToken: "HUAWEI_SECURITY_TOKEN" }).flatMap(
    ([key, name]) => (env[name] ? [[key, env[name]] as const] : []),
  );
  const endpoints = huaweiEndpoints(region);
  return {
    region,
    projectId: env["HUAWEI_PROJECT_ID"],
    serviceStageEndpoint: env["SERVICESTAGE_ENDPOINT"] || endpoints.serviceStageEndpoint,
    iamEndpoint: env["IAM_ENDPOINT"] || endpoints.iamEndpoint,
    secret: Object.fromEntries(secret),
  };
}

function parseSlack(env: Env, faults: string[]): RealSlack | undefined {
  if (!env["SLACK_BOT_TOKEN"]) return undefined;
  if (!areSet(["DEFAULT_CHANNEL"], "the real Slack", env, faults)) return undefined;
  return { token: env["SLACK_BOT_TOKEN"], channel: env["DEFAULT_CHANNEL"]!, apiUrl: env["SLACK_API_URL"] };
}

function areSet(names: string[], what: string, env: Env, faults: string[]): boolean {
  const missing = names.filter((name) => !env[name]);
  for (const name of missing) faults.push(`${name} is missing: ${what} asks for ${names.join(", ")}.`);
  return missing.length === 0;
}

function wholeNumber(
  name: string,
  least: number,
  most: number,
  byDefault: number,
  env: Env,
  faults: string[],
) {
  const text = env[name];
  if (!text) return byDefault;
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= least && value <= most) return value;
  faults.push(`${name} is ${JSON.stringify(text)}: it takes a whole number from ${least} to ${most}.`);
  return byDefault;
}
