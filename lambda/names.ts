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

/** What a tick measures in CloudWatch, each with the function's name as its dimension `service`. */
export const metrics = {
  namespace: "BuildNotifier",
  told: "MessagesTold",
  undeliverable: "MessagesUndeliverable",
  refused: "DeliveriesRefused",
  tokenRefused: "SlackTokenRefused",
  failedLooks: "LooksFailed",
  unreadable: "BuildsUnreadable",
  errors: "TickErrors",
  oldestOwedSeconds: "OldestOwedAge",
} as const;

/** The stack's outputs, by which it is found again. */
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
