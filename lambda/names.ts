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
  told: "MessagesTold",
  undeliverable: "MessagesUndeliverable",
  refused: "DeliveriesRefused",
  tokenRefused: "SlackTokenRefused",
  unreadable: "BuildsUnreadable",
  credentialsRefused: "ServiceStageCredentialsRefused",
  notUnderstood: "ItemsNotUnderstood",
  errors: "TickErrors",
  pollDelaySeconds: "PollDelay",
  oldestOwedSeconds: "OldestOwedAge",
} as const;

/**
 * The seconds between polls that a setting can ask for: they go into a minute without a rest, so the interval is the
 * same from one tick to the next. The stack takes those of five seconds or more.
 */
export const pollIntervals = [1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30, 60] as const;

/** What a registration can ask to be told; the domain says what each means. */
export const notifications = ["all", "failures", "end"] as const;

/** The languages of what people read in Slack; the first one is the default. */
export const languages = ["en", "zh"] as const;
export type Language = (typeof languages)[number];

/** The stack's outputs by which the doctor finds what is deployed. */
export const outputs = {
  apiUrl: "ApiUrl",
  tableName: "TableName",
  secretName: "SecretName",
  pollFunctionName: "PollFunctionName",
} as const;

/** A region's endpoints, of ServiceStage and of IAM where users sign in. Dublin alone has another suffix. */
export function huaweiEndpoints(region: string) {
  const domain = region === "eu-west-101" ? "myhuaweicloud.eu" : "myhuaweicloud.com";
  return {
    serviceStageEndpoint: `https://servicestage.${region}.${domain}`,
    iamEndpoint: `https://iam.${region}.${domain}`,
  };
}
