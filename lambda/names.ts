/** The names on which the stack and the handlers must agree: the only file that both import. */

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
  /** `LANGUAGE` alone is what shells set for their own messages. */
  language: "MESSAGE_LANGUAGE",
  pollIntervalSeconds: "POLL_INTERVAL_SECONDS",
  keepDays: "KEEP_DAYS",
  abandonAfterHours: "ABANDON_AFTER_HOURS",
  consoleUrlTemplate: "CONSOLE_URL_TEMPLATE",
} as const;

/** The builds table: one item a build, and a sparse index of those that a tick reads. */
export const table = {
  key: "buildId",
  index: "active",
  /** A number from 0 to {@link virtualShards} - 1; only items that are still active have one. */
  indexKey: "shard",
  /** Epoch seconds. */
  timeToLive: "expiresAt",
  /** Everything but the history and what the index has anyway. */
  indexedAttributes: [
    "version",
    "format",
    "kind",
    "registration",
    "stopRequestedAt",
    "redeliverRequestedAt",
    "state",
    "delivery",
    "expiresAt",
  ],
} as const;

/** A channel belongs to one of these; a schedule takes every N-th of them. */
export const virtualShards = 16;

/** API Gateway's route keys, which name the api handler's operations too. */
export const routes = {
  register: "PUT /builds/{buildId}",
  show: "GET /builds/{buildId}",
  list: "GET /builds",
  stop: "DELETE /builds/{buildId}",
  redeliver: "POST /builds/{buildId}/redeliver",
  openApi: "GET /openapi.json",
} as const;

/**
 * What a tick measures in CloudWatch, each with the function's name as its dimension `service`. They cost by the number:
 * each is one that an alarm or the dashboard shows.
 */
export const metrics = {
  namespace: "BuildNotifier",
  /** Each tick's share of all schedules: over a minute 100 when every one of them ticked, however many there are. */
  tickedPercent: "SchedulesTicked",
  delivered: "MessagesDelivered",
  undeliverable: "MessagesUndeliverable",
  refused: "DeliveriesRefused",
  tokenRefused: "SlackTokenRefused",
  unreadable: "BuildsUnreadable",
  credentialsRefused: "ServiceStageCredentialsRefused",
  notUnderstood: "ItemsNotUnderstood",
  errors: "TickErrors",
  pollDelaySeconds: "PollDelay",
  oldestPendingSeconds: "OldestPendingAge",
} as const;

/**
 * The seconds between polls that a setting can ask for: they go into a minute without a rest, so the interval is the
 * same from one tick to the next. The stack takes those of five seconds or more.
 */
export const pollIntervals = [1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30, 60] as const;

/** The ids that Slack gives: its longest ones today have 11 characters. */
export const slackIds = {
  channel: /^[CG][A-Z0-9]{8,20}$/,
  /** Of a user or a user group. */
  mention: /^[UWS][A-Z0-9]{6,20}$/,
} as const;

/** More would be a crowd, and what a build's item holds is bounded. */
export const mentionsAtMost = 10;

/** Of `tickedPercent`: with one of the most schedules dead it is 94, and the shares don't come to exactly 100. */
export const allTickedPercent = 97;

/** What a registration can ask to be told; the domain says what each means. */
export const notifications = ["all", "failures", "end"] as const;

/** The languages of what people read in Slack; the first one is the default. */
export const languages = ["en", "zh"] as const;
export type Language = (typeof languages)[number];

/** The stack's outputs by which the doctor finds what is deployed. */
export const outputs = {
  apiUrl: "ApiUrl",
  /** `iam` or `token`. */
  authorization: "Authorization",
  tableName: "TableName",
  secretName: "SecretName",
  pollFunctionName: "PollFunctionName",
} as const;

/** Those of Huawei Cloud's own SDK for ServiceStage, and Dublin. There may be others. */
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

/** A region's endpoints, of ServiceStage and of IAM where users sign in. Dublin alone has another suffix. */
export function huaweiEndpoints(region: string) {
  const domain = region === "eu-west-101" ? "myhuaweicloud.eu" : "myhuaweicloud.com";
  return {
    serviceStageEndpoint: `https://servicestage.${region}.${domain}`,
    iamEndpoint: `https://iam.${region}.${domain}`,
  };
}
