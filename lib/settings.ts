import { RemovalPolicy } from "aws-cdk-lib";
import { RetentionDays } from "aws-cdk-lib/aws-logs";
import * as z from "zod";
import { huaweiEndpoints, languages, notifications, pollIntervals, virtualShards } from "../lambda/names.ts";

/** The key in the context of `cdk.json` under which the settings stand. */
export const settingsKey = "buildNotifier";

const retentionDays = Object.values(RetentionDays).filter(
  (days): days is RetentionDays => typeof days === "number" && days !== RetentionDays.INFINITE,
);

/** ServiceStage is not asked more often. */
const intervals = pollIntervals.filter((seconds) => seconds >= 5);

/** Every key ends with its description, which a fault's message gives as what is accepted. */
const settings = z.strictObject({
  /** Where the builds run; both endpoints follow from it. The only setting that must be given. */
  huaweiRegion: z
    .string()
    .regex(/^[a-z]+(-[a-z0-9]+)+$/)
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
    .regex(/^[CG][A-Z0-9]{8,}$/)
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
    .array(z.string().regex(/^[UWS][A-Z0-9]{6,20}$/))
    .max(10)
    .optional()
    .describe('a list of at most 10 ids of Slack users and user groups, such as ["U0123456789"]'),
  /** Of what people read in Slack. */
  language: z
    .enum(languages)
    .default(languages[0])
    .describe(`one of ${languages.join(", ")}`),
  /** Another Slack, such as GovSlack. */
  slackApiUrl: z
    .url({ protocol: /^https$/ })
    .endsWith("/")
    .optional()
    .describe("an https URL that ends with a slash, such as https://slack.com/api/"),
  /** The card's link; without it the link leads to ServiceStage's home. */
  consoleUrlTemplate: z
    .string()
    .regex(/^https:\/\/([^\s{}]|\{(region|jobId|jobName|buildId)\})+$/)
    .optional()
    .describe("an https URL, which may hold {region}, {jobId}, {jobName} and {buildId}"),

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
  alarmEmail: z.email().optional().describe("an e-mail address"),
  /** Where a fork or a wiki keeps the runbook, to whose sections the alarms lead; without it in this repository. */
  runbookUrl: z
    .url({ protocol: /^https$/ })
    .optional()
    .describe("an https URL"),
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

/**
 * @param given what `cdk.json` holds under {@link settingsKey}, or a construct's props
 * @param where they stand, for the error
 * @returns the settings with their defaults, and with the endpoints that follow from the region
 * @throws one error that names every fault: the key, its value, and what is accepted
 */
export function parseSettings(given: unknown, where = `in cdk.json ("context", "${settingsKey}")`): Settings {
  const parsed = settingsWithEndpoints.safeParse(given ?? {}, { reportInput: true });
  if (parsed.success) return parsed.data;
  const faults = new Set(parsed.error.issues.flatMap(renderFaults));
  throw new Error([`The settings ${where} can't be used:`, ...faults].join("\n- "));
}

function renderFaults(issue: z.core.$ZodIssue): string[] {
  const accepted = new Map(Object.entries(settings.shape).map(([key, schema]) => [key, schema.description]));
  const keys = [...accepted.keys()].join(", ");
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => `${key} is no setting; the settings are ${keys}`);
  }
  const found = issue.input === undefined ? "missing" : JSON.stringify(issue.input);
  if (issue.path.length === 0) return [`they are ${found}; accepted is an object with ${keys}`];
  const key = String(issue.path[0]);
  return [`${key} is ${found}; accepted is ${accepted.get(key)}`];
}

function endpoint(example: string) {
  return z
    .string()
    .regex(/^https:\/\/[a-z0-9.-]+(:\d{1,5})?$/)
    .optional()
    .describe(`an https address without a path, such as ${example}`);
}

function wholeNumber(least: number, most: number, byDefault: number) {
  return z.int().min(least).max(most).default(byDefault).describe(`a whole number from ${least} to ${most}`);
}
