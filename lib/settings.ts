import { RemovalPolicy } from "aws-cdk-lib";
import { RetentionDays } from "aws-cdk-lib/aws-logs";
import { BlockList, isIPv4 } from "node:net";
import { inspect } from "node:util";
import * as z from "zod";
import { didYouMean, nearest } from "../command/nearest.ts";
import {
  deployedJobPollIntervals,
  deployedPollIntervals,
  doIntervalsFit,
  huaweiEndpoints,
  languages,
  mentionPattern,
  mentionsAtMost,
  notifications,
  slackIds,
  slackActions,
  virtualShards,
} from "../lambda/names.ts";

/** The key of the settings in the context of `cdk.json`. */
export const settingsKey = "buildNotifier";

/** The region that `cdk.json` is delivered with, so that a synth works at once. */
export const templateRegion = "ap-southeast-3";

const retentionDays = Object.values(RetentionDays).filter(
  (days): days is RetentionDays => typeof days === "number" && days !== RetentionDays.INFINITE,
);

/**
 * The limit of an address. An address must fit into a link of 500 characters with a build's names, into an alarm's
 * description of 1,024 characters, and with all other variables into a function's environment of 4 KB.
 */
const addressChars = 300;

const notPrivate = " (a function in AWS can't reach localhost or a private address)";
const privateAddresses = new BlockList();
for (const [network, prefix] of [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  // Here a cloud's machines find their own credentials.
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.168.0.0", 16],
] as const) {
  privateAddresses.addSubnet(network, prefix);
}

/** Every setting ends with a description of valid values. Error messages show it. */
const settings = z.strictObject({
  /** The region of the builds, which gives both endpoints. This is the only required setting. */
  huaweiRegion: z
    .string()
    .regex(/^[a-z]+(-[a-z0-9]+)+$/)
    // The region becomes part of the endpoints' host names.
    .max(63)
    .describe(`a Huawei Cloud region such as ${templateRegion}`),
  /** Replaces the region's ServiceStage endpoint. */
  serviceStageEndpoint: endpoint("https://servicestage.example.com"),
  /** Replaces the region's IAM endpoint. Only sign-in with a password uses it. */
  iamEndpoint: endpoint("https://iam.example.com"),
  /** For credentials that belong to a sub-project. */
  huaweiProjectId: z
    .string()
    .regex(/^[0-9a-f]{32}$/)
    .optional()
    .describe("a Huawei Cloud project ID: 32 hexadecimal digits"),

  /** The channel of registrations that name no channel. Without this setting each registration must name one. */
  defaultChannel: z
    .string()
    .regex(slackIds.channel)
    .optional()
    .describe("a Slack channel ID such as C0123456789, not the channel's name"),
  /** The default of a registration's `notify`. */
  defaultNotify: z
    .enum(notifications)
    .optional()
    .describe(`one of ${notifications.join(", ")}`),
  /** The default of a registration's `thread`: whether transitions go into the card's thread. */
  defaultThread: z.boolean().optional().describe("true or false"),
  /** The default of a registration's `mention`: whom failures mention. `committer` is whoever made the commit. */
  defaultMention: z
    .array(z.string().regex(mentionPattern))
    .max(mentionsAtMost)
    .optional()
    .describe(
      `a list of at most ${mentionsAtMost} IDs of Slack users and user groups, or the word committer, such as ["U0123456789", "committer"]`,
    ),
  /** The language of the messages in Slack. */
  language: z
    .enum(languages)
    .default(languages[0])
    .describe(`one of ${languages.join(", ")}`),
  /** What people may do in ServiceStage with the buttons of a card. It needs more than read access. */
  slackActions: z
    .enum(slackActions)
    .default(slackActions[0])
    .describe(`one of ${slackActions.map((each) => `"${each}"`).join(", ")}`),
  /** Another Slack, such as GovSlack. */
  slackApiUrl: z
    .string()
    .max(addressChars)
    .regex(/^[^?#]+\/$/)
    .refine(isCallable)
    .optional()
    .describe(`an https URL that ends with a slash, such as https://slack.com/api/${notPrivate}`),
  /** The card's link. Without this setting the link leads to ServiceStage's home page. */
  consoleUrlTemplate: z
    .string()
    .max(addressChars)
    // The name of a build must not change the host of the link.
    .regex(/^https:\/\/([^{}/?#]|\{region\})+([/?#]([^{}]|\{(region|jobId|jobName|buildId)\})*)?$/)
    .refine((template) => isHttpsAddress(template.replaceAll(/\{\w+\}/g, "x")))
    .optional()
    .describe(
      `an https URL of at most ${addressChars} characters, which may contain {region}, {jobId}, {jobName} and {buildId}`,
    ),

  /** How often the poller reads a build that is running. */
  pollIntervalSeconds: z
    .literal(deployedPollIntervals)
    .default(15)
    .describe(`one of ${deployedPollIntervals.join(", ")} (seconds that divide a minute evenly)`),
  /** How often ticks ask for new builds of a job with a subscription. */
  jobPollSeconds: z
    .literal(deployedJobPollIntervals)
    .default(60)
    .describe(
      `one of ${deployedJobPollIntervals.join(", ")} (seconds that divide a minute evenly, or whole minutes)`,
    ),
  /** How long an ended build is stored after its last message. */
  keepDays: wholeNumber(1, 365, 30),
  /** Tracking stops for a build that has not changed for so long. */
  abandonAfterHours: wholeNumber(1, 168, 24),
  /** How many ticks run in each minute and share the channels. */
  shards: wholeNumber(1, virtualShards, 1),

  /** Who may call the API: `iam`, callers that IAM allows; `token`, callers with one of the secret's `apiTokens`. */
  authorization: z.enum(["iam", "token"]).default("iam").describe('"iam" or "token"'),
  apiRequestsPerSecond: wholeNumber(1, 10_000, 10),
  apiBurst: wholeNumber(1, 5_000, 20),

  logRetentionDays: z
    .literal(retentionDays)
    .default(RetentionDays.ONE_MONTH)
    .describe(`one of CloudWatch's values: ${retentionDays.join(", ")}`),
  /** The address that gets the alarms. Without it, subscribe to the alarms' topic yourself. */
  alarmEmail: z
    .email()
    // SMTP's limit.
    .max(254)
    .optional()
    .describe("an e-mail address"),
  /** The runbook's address, to which the alarms link. Default: the runbook in this repository. */
  runbookUrl: z
    .string()
    .max(addressChars)
    .regex(/^[^#]+$/)
    .refine(isHttpsAddress)
    .optional()
    .describe(
      `an https URL of at most ${addressChars} characters without # (the alarms add # and a section's name)`,
    ),
  /** What happens to the builds and the credentials when the stack is deleted. */
  removalPolicy: z
    .enum([RemovalPolicy.RETAIN, RemovalPolicy.DESTROY])
    .default(RemovalPolicy.RETAIN)
    .describe('"retain" or "destroy"'),
});

const intervals = settings.pick({ pollIntervalSeconds: true, jobPollSeconds: true }).strip();

const fittingSettings = settings.refine(
  ({ pollIntervalSeconds, jobPollSeconds }) => doIntervalsFit(pollIntervalSeconds, jobPollSeconds),
  {
    // Also beside errors of other settings.
    when: ({ value }) => intervals.safeParse(value).success,
    error: ({ input }) => {
      const { pollIntervalSeconds, jobPollSeconds } = intervals.parse(input);
      return (
        `jobPollSeconds is ${jobPollSeconds} and pollIntervalSeconds is ${pollIntervalSeconds}; jobPollSeconds must be ` +
        "a multiple of pollIntervalSeconds, or at least 60"
      );
    },
  },
);

const settingsWithEndpoints = fittingSettings.transform((given) => {
  const { serviceStageEndpoint, iamEndpoint } = huaweiEndpoints(given.huaweiRegion);
  return {
    ...given,
    serviceStageEndpoint: given.serviceStageEndpoint ?? serviceStageEndpoint,
    iamEndpoint: given.iamEndpoint ?? iamEndpoint,
  };
});

export type Settings = z.output<typeof settingsWithEndpoints>;

/** The settings as a user gives them. Only the region is required. */
export type BuildNotifierProps = z.input<typeof settings>;

/** Names every error: the setting, its value and the valid values. */
export class SettingsError extends Error {
  override name = "SettingsError";
  readonly title: string;
  readonly faults: string[];

  /** @param where the settings come from */
  constructor(where: string, faults: string[]) {
    const title = `The settings ${where} have errors`;
    super([`${title}:`, ...faults].join("\n- "));
    this.title = title;
    this.faults = faults;
  }
}

const inContext = `in cdk.json ("context", "${settingsKey}")`;

/**
 * @param given a construct's props, or an app's context
 * @param where the settings come from, for the error
 * @returns the settings with their defaults, and with the region's endpoints
 * @throws {SettingsError}
 */
export function parseSettings(given: unknown, where = inContext): Settings {
  const parsed = settingsWithEndpoints.safeParse(given ?? {}, { reportInput: true });
  if (parsed.success) return parsed.data;
  throw new SettingsError(where, [...new Set(parsed.error.issues.flatMap(renderFaults))]);
}

/**
 * Reads the settings from the app's context. They come from `cdk.json` or from `-c buildNotifier='{…}'`;
 * `-c buildNotifier.shards=2` sets a single one.
 * @throws {SettingsError} like {@link parseSettings}, and for a context key that looks like a misplaced setting
 */
export function parseContext(context: Readonly<Record<string, unknown>>): Settings {
  const strays = Object.keys(context).flatMap(faultOfKey);
  if (strays.length > 0) throw new SettingsError("in the context", strays);
  const whole = context[settingsKey];
  const given = (typeof whole === "string" ? valueOf(whole) : whole) ?? {};
  const alone = Object.entries(context)
    .filter(([key]) => key.startsWith(alonePrefix))
    .map(([key, value]) => [
      key.slice(alonePrefix.length),
      typeof value === "string" ? valueOf(value) : value,
    ]);
  const where = typeof whole === "string" ? `from -c ${settingsKey}=… (JSON)` : inContext;
  if (alone.length === 0 || typeof given !== "object") return parseSettings(given, where);
  const names = alone.map(([name]) => `-c ${alonePrefix}${String(name)}`).join(", ");
  return parseSettings({ ...given, ...Object.fromEntries(alone) }, `${where} and from ${names}`);
}

const alonePrefix = `${settingsKey}.`;

/** `-c` gives only texts, so JSON values such as `2` and `true` are parsed. A number that JavaScript would round stays text. */
function valueOf(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" || JSON.stringify(value) === text ? value : text;
  } catch {
    return text;
  }
}

function faultOfKey(key: string): string[] {
  if (key === settingsKey || key.startsWith(alonePrefix)) return [];
  if (Object.hasOwn(settings.shape, key)) return [`${key} is in the wrong place: use ${alonePrefix}${key}`];
  const [name = "", ...rest] = key.split(/[.:]/);
  if (nearest(name, [settingsKey]) === undefined) return [];
  return [`${key} is not used${didYouMean(key, [[settingsKey, ...rest].join(".")])}`];
}

function renderFaults(issue: z.core.$ZodIssue): string[] {
  const accepted = new Map(Object.entries(settings.shape).map(([key, schema]) => [key, schema.description]));
  const keys = [...accepted.keys()];
  if (issue.code === "unrecognized_keys") {
    const all = `; the settings are ${keys.join(", ")}`;
    return issue.keys.map((key) => `${key} is not a setting${didYouMean(key, keys, all)}`);
  }
  if (issue.code === "custom" && issue.path.length === 0) return [issue.message];
  const found = issue.input === undefined ? "missing" : quote(issue.input);
  if (issue.path.length === 0) return [`they are ${found}; they must be an object with ${keys.join(", ")}`];
  const key = String(issue.path[0]);
  return [`${key} is ${found}; it must be ${accepted.get(key)}`];
}

/** Shows the beginning of a value, without possible secrets: a password in an address, or a Slack token. */
const quote = (value: unknown): string =>
  (typeof value === "string"
    ? JSON.stringify(value)
    : inspect(value, { depth: 1, breakLength: Infinity, compact: true })
  )
    .replaceAll(/\/\/.*@|xox[a-z]-[\w-]+/g, "[…]")
    .slice(0, 200);

function endpoint(example: string) {
  return z
    .string()
    .regex(/^[^/]+\/\/[^/?#]+$/)
    .refine(isCallable)
    .optional()
    .describe(`an https address without a path, such as ${example}${notPrivate}`);
}

function wholeNumber(least: number, most: number, byDefault: number) {
  return z.int().min(least).max(most).default(byDefault).describe(`a whole number from ${least} to ${most}`);
}

/** An https address in ASCII with a valid host and port, without a user or a password. */
function isHttpsAddress(text: string): boolean {
  if (!/^https:\/\/[a-z0-9.-]+(:0*[1-9]\d*)?([/?#][!-~]*)?$/i.test(text)) return false;
  // The URL parser changes `https://1.2.3` and a path with `..`, so they would lead to another place.
  const [given] = text
    .toLowerCase()
    .slice("https://".length)
    .split(/[/?#:]/);
  const host = URL.parse(text)?.hostname;
  if (host === undefined || host !== given || /\/(\.|%2e){1,2}([/?#]|$)/i.test(text)) return false;
  return z.regexes.hostname.test(host);
}

/** An https address that the functions can call. They run outside of any private network. */
function isCallable(text: string): boolean {
  const host = isHttpsAddress(text) ? new URL(text).hostname.replace(/\.$/, "") : "localhost";
  if (isIPv4(host)) return !privateAddresses.check(host);
  return host !== "localhost" && !host.endsWith(".localhost");
}
