import { parseArguments } from "../command/command.ts";
import { didYouMean, nearest } from "../command/nearest.ts";
import { isProtected } from "../lambda/runtime/environment.ts";
import {
  doIntervalsFit,
  huaweiEndpoints,
  jobPollIntervals,
  pollIntervals,
  slackIds,
} from "../lambda/names.ts";
import { doubtRegion } from "../lib/regions.ts";

/** The settings of `npm start`, from its arguments and from the shell's environment variables. */
export interface LocalSettings {
  port: number;
  exitWhenDone: boolean;
  /** Default: 15 with the real ServiceStage, 1 with the simulated one. */
  pollIntervalSeconds: number;
  /** Default: 60 with the real ServiceStage; with the simulated one the shortest that fits the other interval. */
  jobPollSeconds: number;
  /** The real ServiceStage. If absent, it is simulated. */
  serviceStage?: RealServiceStage;
  /** The real Slack. If absent, it is simulated. */
  slack?: RealSlack;
  /** A sentence for each setting that has no effect. */
  hints: string[];
}

export interface RealServiceStage {
  region: string;
  projectId?: string | undefined;
  serviceStageEndpoint: string;
  iamEndpoint: string;
  /** The credentials, as part of the secret. */
  secret: Record<string, string>;
}

export interface RealSlack {
  token: string;
  channel: string;
  apiUrl?: string | undefined;
}

type Env = Record<string, string | undefined>;

export const startCommand = {
  name: "npm start",
  does: "Runs the product on this machine, with sample builds. The README lists the environment variables.",
  flags: {
    exitWhenDone: {
      describes: "ends with status 0 when every sample build has ended and all messages have arrived",
    },
  },
} as const;

/** @throws {Error} with a line for each mistake, which also says what to do */
export function parseLocalSettings(args: readonly string[], env: Env): LocalSettings {
  const given = parseArguments(startCommand, args);
  const { exitWhenDone } = given.values;
  const faults = findMalformed(env);
  const serviceStage = parseServiceStage(env, faults);
  const slack = parseSlack(env, faults);
  const settings: LocalSettings = {
    exitWhenDone,
    port: wholeNumber("PORT", 0, 65_535, 4000, env, faults),
    ...parseIntervals(serviceStage !== undefined, env, faults),
    ...(serviceStage && { serviceStage }),
    ...(slack && { slack }),
    hints: [
      ...(serviceStage ? hintAtRegion(serviceStage) : hintAtServiceStage(env)),
      ...(slack ? [] : hintAtSlack(env)),
      ...hintAtMisspelt(env),
    ],
  };
  if (serviceStage && exitWhenDone) {
    faults.push(
      "--exit-when-done waits for the simulated builds, so it does not work with the real ServiceStage.",
    );
  }
  faults.push(...given.faults);
  if (faults.length > 0) throw new Error(faults.join("\n"));
  return settings;
}

const url = {
  accepts: isProtected,
  expected: "a URL that begins with https:// (http:// only for this machine)",
};
const matching = (form: RegExp, expected: string) => ({
  accepts: (text: string) => form.test(text),
  expected,
});

const forms = {
  HUAWEI_REGION: matching(/^[a-z]+(-[a-z0-9]+)+$/, "a Huawei Cloud region such as ap-southeast-3"),
  SERVICESTAGE_ENDPOINT: url,
  IAM_ENDPOINT: url,
  SLACK_BOT_TOKEN: matching(/^xoxb-/, "a bot token, which begins with xoxb-"),
  DEFAULT_CHANNEL: matching(
    slackIds.channel,
    "a Slack channel ID such as C0123456789, not its name: Slack shows the ID at the bottom of the channel's details",
  ),
  SLACK_API_URL: url,
};

/** The messages don't show the values, because they may be secret. */
const findMalformed = (env: Env): string[] =>
  Object.entries(forms)
    .filter(([name, { accepts }]) => env[name] && !accepts(env[name]))
    .map(([name, { expected }]) => `${name} must be ${expected}.`);

/** Each way to sign in needs all of its variables. */
const signIns = [
  { huaweiAccessKey: "HUAWEI_ACCESS_KEY", huaweiSecretKey: "HUAWEI_SECRET_KEY" },
  { huaweiUser: "HUAWEI_USER", huaweiPassword: "HUAWEI_PASSWORD", huaweiDomain: "HUAWEI_DOMAIN" },
];
const region = "HUAWEI_REGION";
const eitherSignIn = signIns.map((signIn) => listed([...Object.values(signIn), region])).join(", or ");

function parseServiceStage(env: Env, faults: string[]): RealServiceStage | undefined {
  const isSet = (name: string) => Boolean(env[name]);
  const signIn =
    signIns.find((variables) => Object.values(variables).every(isSet)) ??
    signIns.find((variables) => Object.values(variables).some(isSet));
  const remedy = `The real ServiceStage needs ${eitherSignIn}.`;
  if (!signIn) {
    if (env[region]) faults.push(`${region} alone is not enough to sign in. ${remedy}`);
    return undefined;
  }
  if (!areSet([...Object.values(signIn), region], remedy, env, faults)) return undefined;
  const secret = Object.entries({ ...signIn, huaweiSecurityToken: "HUAWEI_SECURITY_TOKEN" }).flatMap(
    ([key, name]) => (env[name] ? [[key, env[name]] as const] : []),
  );
  const endpoints = huaweiEndpoints(env[region]!);
  return {
    region: env[region]!,
    projectId: env["HUAWEI_PROJECT_ID"],
    serviceStageEndpoint: env["SERVICESTAGE_ENDPOINT"] || endpoints.serviceStageEndpoint,
    iamEndpoint: env["IAM_ENDPOINT"] || endpoints.iamEndpoint,
    secret: Object.fromEntries(secret),
  };
}

function parseSlack(env: Env, faults: string[]): RealSlack | undefined {
  if (!env["SLACK_BOT_TOKEN"]) return undefined;
  const required = ["SLACK_BOT_TOKEN", "DEFAULT_CHANNEL"];
  if (!areSet(required, `The real Slack needs ${listed(required)}.`, env, faults)) return undefined;
  return { token: env["SLACK_BOT_TOKEN"], channel: env["DEFAULT_CHANNEL"]!, apiUrl: env["SLACK_API_URL"] };
}

function areSet(names: string[], remedy: string, env: Env, faults: string[]): boolean {
  const missing = names.filter((name) => !env[name]);
  if (missing.length > 0) faults.push(`Missing: ${listed(missing)}. ${remedy}`);
  return missing.length === 0;
}

const hintAtServiceStage = (env: Env): string[] =>
  hintAt(
    ["HUAWEI_PROJECT_ID", "HUAWEI_SECURITY_TOKEN", "SERVICESTAGE_ENDPOINT", "IAM_ENDPOINT"],
    `the real ServiceStage needs ${eitherSignIn}`,
    env,
  );

function hintAtRegion({ region }: RealServiceStage): string[] {
  const doubt = doubtRegion(region);
  return doubt === undefined ? [] : [`HUAWEI_REGION: ${doubt}`];
}

const names = [
  ...signIns.flatMap((signIn) => Object.values(signIn)),
  ...Object.keys(forms),
  "HUAWEI_PROJECT_ID",
  "HUAWEI_SECURITY_TOKEN",
  "POLL_INTERVAL_SECONDS",
  "JOB_POLL_SECONDS",
];

/** Checks only variables with a known prefix: other variables of the shell have nothing to do with this program. */
const hintAtMisspelt = (env: Env): string[] =>
  Object.keys(env)
    .filter(
      (name) => /^(HUAWEI|SERVICESTAGE|IAM|SLACK|DEFAULT|POLL|JOB)_/i.test(name) && !names.includes(name),
    )
    .filter((name) => env[name] && nearest(name, names) !== undefined)
    .map((name) => `${name} is not used${didYouMean(name, names)}`);

const hintAtSlack = (env: Env): string[] =>
  hintAt(["DEFAULT_CHANNEL", "SLACK_API_URL"], "the real Slack also needs SLACK_BOT_TOKEN", env);

function hintAt(names: string[], remedy: string, env: Env): string[] {
  const idle = names.filter((name) => env[name]);
  return idle.length > 0 ? [`Without credentials, ${listed(idle)} has no effect: ${remedy}.`] : [];
}

function listed(names: string[]): string {
  return new Intl.ListFormat("en-GB").format(names);
}

function parseIntervals(isReal: boolean, env: Env, faults: string[]) {
  const builds = "POLL_INTERVAL_SECONDS";
  const jobs = "JOB_POLL_SECONDS";
  const pollIntervalSeconds = interval(builds, pollIntervals, isReal ? 15 : 1, env, faults);
  const shortest = jobPollIntervals.find((seconds) => doIntervalsFit(pollIntervalSeconds, seconds)) ?? 60;
  const jobPollSeconds = interval(jobs, jobPollIntervals, isReal ? 60 : shortest, env, faults);
  if (!doIntervalsFit(pollIntervalSeconds, jobPollSeconds)) {
    faults.push(
      `${jobs} is ${jobPollSeconds} and ${builds} is ${pollIntervalSeconds}: ${jobs} must be a multiple of ${builds}, or at least 60.`,
    );
  }
  return { pollIntervalSeconds, jobPollSeconds };
}

function interval(
  name: string,
  possible: readonly number[],
  byDefault: number,
  env: Env,
  faults: string[],
): number {
  const text = env[name];
  if (!text) return byDefault;
  if (/^\d+$/.test(text) && possible.includes(Number(text))) return Number(text);
  faults.push(`${name} is ${JSON.stringify(text)}: it must be one of ${possible.join(", ")}.`);
  return byDefault;
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
  faults.push(`${name} is ${JSON.stringify(text)}, but must be a whole number from ${least} to ${most}.`);
  return byDefault;
}
