import { RemovalPolicy } from "aws-cdk-lib";
import { RetentionDays } from "aws-cdk-lib/aws-logs";
import { inspect } from "node:util";
import * as z from "zod";
import { didYouMean, nearest } from "../command/nearest.ts";
import {
  huaweiEndpoints,
  languages,
  mentionsAtMost,
  notifications,
  pollIntervals,
  slackIds,
  virtualShards,
} from "../lambda/names.ts";

/** The key in the context of `cdk.json` under which the settings stand. */
export const settingsKey = "buildNotifier";

const retentionDays = Object.values(RetentionDays).filter(
  (days): days is RetentionDays => typeof days === "number" && days !== RetentionDays.INFINITE,
);

/** ServiceStage is not asked more often. */
const intervals = pollIntervals.filter((seconds) => seconds >= 5);
/**
 * So that an address fits wherever it goes: into a link of 500 characters with a build's names in it, into an alarm's
 * description of 1,024, and with all others into a function's environment of 4 KB.
 */
const addressChars = 300;

/** Every key ends with its description, which a fault's message gives as what is accepted. */
const settings = z.strictObject({
  /** Where the builds run; both endpoints follow from it. The only setting that must be given. */
  huaweiRegion: z
    .string()
    .regex(/^[a-z]+(-[a-z0-9]+)+$/)
    // It becomes a part of the endpoints' host name.
    .max(63)
    .describe("a Huawei Cloud region such as ap-southeast-3"),
  /** Instead of the region's own. */
  serviceStageEndpoint: endpoint("https://servicestage.example.com"),
  /** Instead of the region's own; only signing in with a password uses it. */
  iamEndpoint: endpoint("https://iam.example.com"),
  /** For credentials that belong to a sub-project. */
  huaweiProjectId: z
    .string()
    .regex(/^[0-9a-f]{32}$/)
    .optional()
    .describe("a Huawei Cloud project id: 32 hexadecimal digits"),

  /** For registrations that name no channel; without it each must name one. */
  defaultChannel: z
    .string()
    .regex(slackIds.channel)
    .optional()
    .describe("a Slack channel's id such as C0123456789, not its name"),
  /** What registrations are told that don't say it. */
  defaultNotify: z
    .enum(notifications)
    .optional()
    .describe(`one of ${notifications.join(", ")}`),
  /** Whether transitions go to the card's thread, for registrations that don't say it. */
  defaultThread: z.boolean().optional().describe("true or false"),
  /** Whom failures mention, for registrations that name nobody. */
  defaultMention: z
    .array(z.string().regex(slackIds.mention))
    .max(mentionsAtMost)
    .optional()
    .describe(
      `a list of at most ${mentionsAtMost} ids of Slack users and user groups, such as ["U0123456789"]`,
    ),
  /** Of what people read in Slack. */
  language: z
    .enum(languages)
    .default(languages[0])
    .describe(`one of ${languages.join(", ")}`),
  /** Another Slack, such as GovSlack. */
  slackApiUrl: z
    .string()
    .max(addressChars)
    .regex(/^[^?#]+\/$/)
    .refine(isHttpsAddress)
    .optional()
    .describe("an https URL that ends with a slash, such as https://slack.com/api/"),
  /** The card's link; without it the link leads to ServiceStage's home. */
  consoleUrlTemplate: z
    .string()
    .max(addressChars)
    // What a build is called must not say whose page its link opens.
    .regex(/^https:\/\/([^{}/?#]|\{region\})+([/?#]([^{}]|\{(region|jobId|jobName|buildId)\})*)?$/)
    .refine((template) => isHttpsAddress(template.replaceAll(/\{\w+\}/g, "x")))
    .optional()
    .describe(
      `an https URL, which may hold {region}, {jobId}, {jobName} and {buildId}, of at most ${addressChars} characters`,
    ),

  /** How often a build is polled while it moves. */
  pollIntervalSeconds: z
    .literal(intervals)
    .default(15)
    .describe(`one of ${intervals.join(", ")}, which go into a minute without a rest`),
  /** How long a build is kept once it is over and told. */
  keepDays: wholeNumber(1, 365, 30),
  /** A build that did not change for so long is given up. */
  abandonAfterHours: wholeNumber(1, 168, 24),
  /** How many pollers share the channels. */
  shards: wholeNumber(1, virtualShards, 1),

  /** Who may call the API: whom IAM allows to, or who has one of the secret's `apiTokens`. */
  authorization: z.enum(["iam", "token"]).default("iam").describe('"iam" or "token"'),
  apiRequestsPerSecond: wholeNumber(1, 10_000, 10),
  apiBurst: wholeNumber(1, 5_000, 20),

  logRetentionDays: z
    .literal(retentionDays)
    .default(RetentionDays.ONE_MONTH)
    .describe(`one of CloudWatch's: ${retentionDays.join(", ")}`),
  /** Who is told of alarms; without it nobody is until somebody subscribes to their topic. */
  alarmEmail: z
    .email()
    // SMTP takes no longer one.
    .max(254)
    .optional()
    .describe("an e-mail address"),
  /** Where a fork or a wiki keeps the runbook, to whose sections the alarms lead; without it in this repository. */
  runbookUrl: z
    .string()
    .max(addressChars)
    .regex(/^[^#]+$/)
    .refine(isHttpsAddress)
    .optional()
    .describe(
      `an https URL of at most ${addressChars} characters without #, since the section's name follows it`,
    ),
  /** What becomes of the builds and the credentials when the stack is deleted. */
  removalPolicy: z
    .enum([RemovalPolicy.RETAIN, RemovalPolicy.DESTROY])
    .default(RemovalPolicy.RETAIN)
    .describe('"retain" or "destroy"'),
});

const settingsWithEndpoints = settings.transform((given) => {
  const { serviceStageEndpoint, iamEndpoint } = huaweiEndpoints(given.huaweiRegion);
  return {
    ...given,
    serviceStageEndpoint: given.serviceStageEndpoint ?? serviceStageEndpoint,
    iamEndpoint: given.iamEndpoint ?? iamEndpoint,
  };
});

export type Settings = z.output<typeof settingsWithEndpoints>;

/** The settings as they are given: all but the region may be left out. */
export type BuildNotifierProps = z.input<typeof settings>;

/** Names every fault: the key, its value, and what is accepted. */
export class SettingsError extends Error {
  override name = "SettingsError";
  readonly title: string;
  readonly faults: string[];

  /** @param where the settings stand */
  constructor(where: string, faults: string[]) {
    const title = `The settings ${where} can't be used`;
    super([`${title}:`, ...faults].join("\n- "));
    this.title = title;
    this.faults = faults;
  }
}

const inContext = `in cdk.json ("context", "${settingsKey}")`;

/**
 * @param given a construct's props, or what an app was told
 * @param where they stand, for the error
 * @returns the settings with their defaults, and with the endpoints that follow from the region
 * @throws {SettingsError}
 */
export function parseSettings(given: unknown, where = inContext): Settings {
  const parsed = settingsWithEndpoints.safeParse(given ?? {}, { reportInput: true });
  if (parsed.success) return parsed.data;
  throw new SettingsError(where, [...new Set(parsed.error.issues.flatMap(renderFaults))]);
}

/**
 * What the app was told: by `cdk.json`, by `-c buildNotifier='{…}'` in its place, or by `-c buildNotifier.shards=2` for
 * one of them.
 * @throws {SettingsError} like {@link parseSettings}, and for a key of the context that was meant as a setting
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
  const where = typeof whole === "string" ? `given by -c ${settingsKey}=…, as JSON,` : inContext;
  if (alone.length === 0 || typeof given !== "object") return parseSettings(given, where);
  const names = alone.map(([name]) => `-c ${alonePrefix}${String(name)}`).join(", ");
  return parseSettings({ ...given, ...Object.fromEntries(alone) }, `${where} and by ${names}`);
}

const alonePrefix = `${settingsKey}.`;

/** `-c` gives texts alone: `2`, `true` and what is JSON are meant as such; digits that are no exact number stay text. */
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
  if (Object.hasOwn(settings.shape, key)) return [`${key} is not read there: it is ${alonePrefix}${key}`];
  const [name = "", ...rest] = key.split(/[.:]/);
  if (nearest(name, [settingsKey]) === undefined) return [];
  return [`${key} is not read${didYouMean(key, [[settingsKey, ...rest].join(".")])}`];
}

function renderFaults(issue: z.core.$ZodIssue): string[] {
  const accepted = new Map(Object.entries(settings.shape).map(([key, schema]) => [key, schema.description]));
  const keys = [...accepted.keys()];
  if (issue.code === "unrecognized_keys") {
    const all = `; the settings are ${keys.join(", ")}`;
    return issue.keys.map((key) => `${key} is no setting${didYouMean(key, keys, all)}`);
  }
  const found = issue.input === undefined ? "missing" : quote(issue.input);
  if (issue.path.length === 0) return [`they are ${found}; accepted is an object with ${keys.join(", ")}`];
  const key = String(issue.path[0]);
  return [`${key} is ${found}; accepted is ${accepted.get(key)}`];
}

/** As much of a value as helps to find it, without what may be a secret: a password in an address, a token of Slack's. */
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
    .refine(isHttpsAddress)
    .optional()
    .describe(`an https address without a path, such as ${example}`);
}

function wholeNumber(least: number, most: number, byDefault: number) {
  return z.int().min(least).max(most).default(byDefault).describe(`a whole number from ${least} to ${most}`);
}

/** By https, in ASCII, to a host and a port that there can be, and without a user or a password. */
function isHttpsAddress(text: string): boolean {
  if (!/^https:\/\/[a-z0-9.-]+(:0*[1-9]\d*)?([/?#][!-~]*)?$/i.test(text)) return false;
  // `https://1.2.3` and a path with `..` lead elsewhere than they say.
  const [given] = text
    .toLowerCase()
    .slice("https://".length)
    .split(/[/?#:]/);
  const host = URL.parse(text)?.hostname;
  if (host === undefined || host !== given || /\/(\.|%2e){1,2}([/?#]|$)/i.test(text)) return false;
  return z.regexes.hostname.test(host) && !isLinkLocal(host);
}

/** Where a cloud's machines find their own credentials. */
const isLinkLocal = (host: string): boolean => host.startsWith("169.254.");
