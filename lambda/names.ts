/** The names that the stack and the handlers share. This is the only file that both import. */

/** Environment variables of the functions. */
export const environmentNames = {
  tableName: "TABLE_NAME",
  credentialsSecretId: "CREDENTIALS_SECRET_ID",
  serviceStageEndpoint: "SERVICESTAGE_ENDPOINT",
  huaweiRegion: "HUAWEI_REGION",
  huaweiProjectId: "HUAWEI_PROJECT_ID",
  iamEndpoint: "IAM_ENDPOINT",
  slackApiUrl: "SLACK_API_URL",
  defaultChannel: "DEFAULT_CHANNEL",
  defaultNotify: "DEFAULT_NOTIFY",
  defaultThread: "DEFAULT_THREAD",
  /** Separated by commas. */
  defaultMention: "DEFAULT_MENTION",
  /** Not `LANGUAGE`, because shells use that name for their own messages. */
  language: "MESSAGE_LANGUAGE",
  pollIntervalSeconds: "POLL_INTERVAL_SECONDS",
  jobPollSeconds: "JOB_POLL_SECONDS",
  keepDays: "KEEP_DAYS",
  abandonAfterHours: "ABANDON_AFTER_HOURS",
  consoleUrlTemplate: "CONSOLE_URL_TEMPLATE",
  slackActions: "SLACK_ACTIONS",
  /** Lambda sets it. */
  functionName: "AWS_LAMBDA_FUNCTION_NAME",
} as const;

/**
 * The builds table, and a sparse index of the items that a tick reads. CloudFormation refuses a change of the keys and of
 * what the index holds. So new facts go into the maps among these attributes, such as `state`.
 */
export const table = {
  /** Such as `build/0f7f…`, `job/1a2b…` or `notices`. */
  key: "pk",
  /** The channel. */
  sortKey: "sk",
  index: "active",
  /** A number from 0 to {@link virtualShards} - 1. Only active items have it. */
  indexKey: "shard",
  /** Epoch seconds. */
  timeToLive: "expiresAt",
  /** What the index holds beside the keys. */
  indexedAttributes: [
    "version",
    "format",
    "kind",
    "registration",
    "requests",
    "state",
    "outbox",
    "delivery",
    "setback",
  ],
} as const;

/** Each channel belongs to one virtual shard. With N schedules, each schedule takes every N-th virtual shard. */
export const virtualShards = 16;

/** API Gateway's route keys. They also name the API handler's operations. */
export const routes = {
  register: "PUT /builds/{buildId}",
  show: "GET /builds/{buildId}",
  list: "GET /builds",
  stop: "DELETE /builds/{buildId}",
  redeliver: "POST /builds/{buildId}/redeliver",
  subscribe: "PUT /jobs/{jobId}/subscriptions/{channel}",
  showSubscription: "GET /jobs/{jobId}/subscriptions/{channel}",
  unsubscribe: "DELETE /jobs/{jobId}/subscriptions/{channel}",
  listSubscriptions: "GET /subscriptions",
  findJobs: "GET /jobs",
  proposeCommitter: "PUT /committers",
  unlinkCommitter: "DELETE /committers",
  listCommitters: "GET /committers",
  openApi: "GET /openapi.json",
} as const;

/** Slack sends commands and clicks here. The route needs no authorization: the function checks Slack's signature. */
export const slackRoute = "POST /slack";

/**
 * A tick's metrics in CloudWatch, with the function's name as the dimension `service`. Each metric costs money, so there
 * are only those that an alarm or the dashboard uses.
 */
export const metrics = {
  namespace: "BuildNotifier",
  /** Each tick's share of all schedules, in percent. The sum over a minute is 100 when every schedule ran. */
  tickedPercent: "SchedulesTicked",
  delivered: "MessagesDelivered",
  undeliverable: "MessagesUndeliverable",
  refused: "DeliveriesRefused",
  tokenRefused: "SlackTokenRefused",
  found: "BuildsFound",
  unreadable: "PollsUnreadable",
  credentialsRefused: "ServiceStageCredentialsRefused",
  unknownBuilds: "UnknownBuilds",
  unreadableJobs: "JobsUnreadable",
  notUnderstood: "ItemsNotUnderstood",
  errors: "TickErrors",
  pollDelaySeconds: "PollDelay",
  oldestPendingSeconds: "OldestPendingAge",
} as const;

/** The possible seconds between polls. They divide a minute evenly, so the interval is the same from one tick to the next. */
export const pollIntervals = [1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30, 60] as const;

/** The possible seconds between polls of a job. They divide a minute evenly, or are whole minutes. */
export const jobPollIntervals = [1, 2, 5, 15, 20, 30, 60, 120, 180, 240, 300] as const;

/** Those of the setting. */
export const deployedJobPollIntervals = jobPollIntervals.filter((seconds) => seconds >= 15);

/** Those of the setting: a deployed poller does not call ServiceStage more often than every five seconds. */
export const deployedPollIntervals = pollIntervals.filter((seconds) => seconds >= 5);

/**
 * Whether the two intervals fit together. The passes over the builds also poll the jobs. So below a minute the interval of
 * the jobs must be a multiple of that of the builds.
 */
export const doIntervalsFit = (pollIntervalSeconds: number, jobPollSeconds: number): boolean =>
  jobPollSeconds >= 60 || jobPollSeconds % pollIntervalSeconds === 0;

/** Slack's ids. Today the longest ones have 11 characters. */
export const slackIds = {
  channel: /^[CG][A-Z0-9]{8,20}$/,
  /** The id of a user or a user group. */
  mention: /^[UWS][A-Z0-9]{6,20}$/,
  user: /^[UW][A-Z0-9]{6,20}$/,
} as const;

/** What a registration's `mention` may hold: the id of a user or a user group, or the word for whoever made the commit. */
export const mentionPattern = /^(?:committer|[UWS][A-Z0-9]{6,20})$/;

/** The limit keeps a build's item small, and more mentions would disturb too many people. */
export const mentionsAtMost = 10;

/** A limit for `tickedPercent`. If one of 16 schedules fails, the sum is 94. The shares don't add up to exactly 100. */
export const allTickedPercent = 97;

/** The values of a registration's `notify`. The domain defines their meaning. */
export const notifications = ["all", "progress", "changes", "failures", "end"] as const;

/** What people may do in ServiceStage with the buttons of a card. The first value is the default. */
export const slackActions = ["none", "cancel", "cancel, start"] as const;
export type SlackActions = (typeof slackActions)[number];

/** The languages of the messages in Slack. The first one is the default. */
export const languages = ["en", "zh"] as const;
export type Language = (typeof languages)[number];

/** The stack's outputs. The doctor uses them to find the deployed resources. */
export const outputs = {
  apiUrl: "ApiUrl",
  /** `iam` or `token`. */
  authorization: "Authorization",
  tableName: "TableName",
  secretName: "SecretName",
  pollFunctionName: "PollFunctionName",
} as const;

/** The regions in Huawei Cloud's SDK for ServiceStage, and Dublin. There may be more. */
export const huaweiRegions = [
  "af-south-1",
  "ap-southeast-1",
  "ap-southeast-2",
  "ap-southeast-3",
  "ap-southeast-4",
  "cn-east-2",
  "cn-east-3",
  "cn-east-4",
  "cn-north-1",
  "cn-north-4",
  "cn-north-9",
  "cn-north-12",
  "cn-south-1",
  "cn-south-4",
  "cn-southwest-2",
  "eu-west-101",
  "la-north-2",
  "la-south-2",
  "me-east-1",
  "my-kualalumpur-1",
  "ru-moscow-1",
  "sa-brazil-1",
  "tr-west-1",
] as const;

/** A region's endpoints of ServiceStage and of IAM, where users sign in. Only Dublin has a different suffix. */
export function huaweiEndpoints(region: string) {
  const domain = region === "eu-west-101" ? "myhuaweicloud.eu" : "myhuaweicloud.com";
  return {
    serviceStageEndpoint: `https://servicestage.${region}.${domain}`,
    iamEndpoint: `https://iam.${region}.${domain}`,
  };
}
