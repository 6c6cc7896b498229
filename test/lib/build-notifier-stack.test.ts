import { describe, expect, test } from "@jest/globals";
import type { Template } from "aws-cdk-lib/assertions";
import { environmentNames, outputs, routes, slackRoute, table } from "../../lambda/names.ts";
import { BuildNotifierStack } from "../../lib/build-notifier-stack.ts";
import { createApp, nameOf, type Part, propertiesOf, resourcesOf, synthesize } from "./synthesize.ts";

const byDefault = synthesize();
const withEverything = synthesize({
  authorization: "token",
  shards: 3,
  keepDays: 7,
  logRetentionDays: 14,
  removalPolicy: "destroy",
  huaweiProjectId: "0123456789abcdef0123456789abcdef",
  defaultChannel: "C0123456789",
  defaultNotify: "failures",
  defaultThread: false,
  defaultMention: ["U0123456789", "S0123456789"],
  language: "zh",
  slackActions: "cancel, start",
  digests: [{ channel: "C0123456789" }],
  slackApiUrl: "https://slack-gov.com/api/",
  consoleUrlTemplate: "https://example.com/{buildId}",
  apiRequestsPerSecond: 2,
  apiBurst: 4,
});
const variants: [name: string, template: Template][] = [
  ["by default", byDefault],
  ["with every setting changed", withEverything],
];

const only = (template: Template, type: string): Part => {
  const found = propertiesOf(template, type);
  expect(found).toHaveLength(1);
  return found[0]!;
};

/** The functions' properties by name. */
const functionsOf = (template: Template): Map<string, Part> =>
  new Map(
    resourcesOf(template, "AWS::Lambda::Function").map(([id, { Properties }]) => [nameOf(id), Properties]),
  );

const inputsOf = (template: Template) =>
  propertiesOf(template, "AWS::Scheduler::Schedule").map(({ Target }) => JSON.parse(Target.Input));

/** How Lambda invokes the function asynchronously. */
const invokedLater = (name: string) =>
  propertiesOf(byDefault, "AWS::Lambda::EventInvokeConfig").find(
    ({ FunctionName }) => nameOf(FunctionName.Ref) === name,
  );
const allRoutesOf = (template: Template) => propertiesOf(template, "AWS::ApiGatewayV2::Route");
/** The API's routes. */
const routesOf = (template: Template) =>
  allRoutesOf(template).filter(({ RouteKey }) => RouteKey !== slackRoute);

const environmentOf = (template: Template, name: string): Part =>
  functionsOf(template).get(name)!.Environment.Variables;

describe.each(variants)("data that must not be lost, %s:", (_, template) => {
  test.each([
    ["builds table", "AWS::DynamoDB::GlobalTable", "BuildsE4FA881E"],
    ["credentials", "AWS::SecretsManager::Secret", "CredentialsF8F243AA"],
  ])("the %s keep their logical id, or a deployment would replace them", (_name, type, id) => {
    expect(resourcesOf(template, type).map(([logicalId]) => logicalId)).toEqual([id]);
  });

  test("the secret's first text never changes, because a deployment would overwrite the credentials with it", () => {
    expect(only(template, "AWS::SecretsManager::Secret").SecretString).toBe(
      '{"slackBotToken":"","huaweiAccessKey":"","huaweiSecretKey":"","apiTokens":[]}',
    );
  });
});

describe("the builds table", () => {
  const builds = only(byDefault, "AWS::DynamoDB::GlobalTable");

  /**
   * CloudFormation refuses a change of the keys and of what the index holds, so a stack that was deployed with other ones
   * could never be updated. If this test fails, put the new fact into one of the listed maps, such as `state`.
   */
  test("has the keys and the index that it will have forever, because CloudFormation refuses to change them", () => {
    const { KeySchema, AttributeDefinitions, GlobalSecondaryIndexes } = builds;
    expect({ KeySchema, AttributeDefinitions, GlobalSecondaryIndexes }).toEqual({
      KeySchema: [
        { AttributeName: "pk", KeyType: "HASH" },
        { AttributeName: "sk", KeyType: "RANGE" },
      ],
      AttributeDefinitions: [
        { AttributeName: "pk", AttributeType: "S" },
        { AttributeName: "sk", AttributeType: "S" },
        { AttributeName: "shard", AttributeType: "N" },
      ],
      GlobalSecondaryIndexes: [
        {
          IndexName: "active",
          KeySchema: [
            { AttributeName: "shard", KeyType: "HASH" },
            { AttributeName: "pk", KeyType: "RANGE" },
          ],
          Projection: {
            ProjectionType: "INCLUDE",
            NonKeyAttributes: [
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
          },
        },
      ],
    });
  });

  test("is paid by the request", () => {
    expect(builds.BillingMode).toBe("PAY_PER_REQUEST");
  });

  test("lets items expire", () => {
    expect(builds.TimeToLiveSpecification).toEqual({ AttributeName: table.timeToLive, Enabled: true });
  });

  test.each(variants)("can be restored to any point in time, %s", (_, template) => {
    expect(only(template, "AWS::DynamoDB::GlobalTable").Replicas).toMatchObject([
      { PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true } },
    ]);
  });

  test.each([
    [
      "stays when the stack is deleted, but not after a failed first deployment",
      byDefault,
      { DeletionPolicy: "RetainExceptOnCreate", UpdateReplacePolicy: "Retain" },
    ],
    [
      "is deleted with the stack if the setting says so",
      withEverything,
      { DeletionPolicy: "Delete", UpdateReplacePolicy: "Delete" },
    ],
  ])("like the credentials %s", (_, template, policies) => {
    const kept = ["AWS::DynamoDB::GlobalTable", "AWS::SecretsManager::Secret"].flatMap((type) =>
      resourcesOf(template, type).map(([, resource]) => resource),
    );
    expect(kept).toMatchObject([policies, policies]);
    // Deletion protection would block the rollback of a first deployment.
    const [replica] = only(template, "AWS::DynamoDB::GlobalTable").Replicas;
    expect(replica.DeletionProtectionEnabled ?? false).toBe(false);
  });
});

describe("the schedules", () => {
  const scheduledTime = "<aws.scheduler.scheduled-time>";

  test("there is one by default", () => {
    expect(inputsOf(byDefault)).toEqual([{ shard: 0, shards: 1, scheduledTime }]);
  });

  test("there is one for each shard", () => {
    expect(inputsOf(withEverything)).toEqual([0, 1, 2].map((shard) => ({ shard, shards: 3, scheduledTime })));
  });

  test("start at every full minute, and drop an event that is a minute old", () => {
    expect(propertiesOf(withEverything, "AWS::Scheduler::Schedule")).toMatchObject(
      [0, 1, 2].map(() => ({
        ScheduleExpression: "cron(* * * * ? *)",
        FlexibleTimeWindow: { Mode: "OFF" },
        Target: { RetryPolicy: { MaximumEventAgeInSeconds: 60, MaximumRetryAttempts: 2 } },
      })),
    );
  });

  test("send undelivered events to an encrypted queue that refuses connections without TLS", () => {
    const [queue] = Object.keys(byDefault.findResources("AWS::SQS::Queue"));
    expect(only(byDefault, "AWS::SQS::Queue").SqsManagedSseEnabled).toBe(true);
    expect(only(byDefault, "AWS::SQS::QueuePolicy").PolicyDocument.Statement).toMatchObject([
      { Effect: "Deny", Action: "sqs:*", Condition: { Bool: { "aws:SecureTransport": "false" } } },
    ]);
    expect(only(byDefault, "AWS::Scheduler::Schedule").Target.DeadLetterConfig).toEqual({
      Arn: { "Fn::GetAtt": [queue, "Arn"] },
    });
  });

  test("Lambda does not repeat a failed tick, because the next tick does the same work. The queue gets the event", () => {
    const [queue] = Object.keys(byDefault.findResources("AWS::SQS::Queue"));
    expect(invokedLater("PollerFunction")).toMatchObject({
      MaximumRetryAttempts: 0,
      MaximumEventAgeInSeconds: 60,
      DestinationConfig: { OnFailure: { Destination: { "Fn::GetAtt": [queue, "Arn"] } } },
    });
  });
});

describe("the API", () => {
  test.each(variants)("has the routes that the handler knows, %s", (_, template) => {
    const keys = routesOf(template).map((route) => String(route.RouteKey));
    expect(keys.toSorted()).toEqual(Object.values(routes).toSorted());
  });

  test("asks IAM for every route by default", () => {
    const types = routesOf(byDefault).map((route) => route.AuthorizationType);
    expect(types).toEqual(Object.values(routes).map(() => "AWS_IAM"));
  });

  test("asks the authorizer for every route with the setting token", () => {
    const [[authorizerId] = []] = resourcesOf(withEverything, "AWS::ApiGatewayV2::Authorizer");
    const asked = routesOf(withEverything).map((route) => [route.AuthorizationType, route.AuthorizerId]);
    expect(asked).toEqual(Object.values(routes).map(() => ["CUSTOM", { Ref: authorizerId }]));
  });

  test("does not cache the authorizer's answers, so a removed token is refused", () => {
    expect(only(withEverything, "AWS::ApiGatewayV2::Authorizer")).toMatchObject({
      AuthorizerType: "REQUEST",
      EnableSimpleResponses: true,
      AuthorizerPayloadFormatVersion: "2.0",
      AuthorizerResultTtlInSeconds: 0,
      IdentitySource: ["$request.header.Authorization"],
    });
  });

  test("has no authorizer function if IAM decides", () => {
    expect([...functionsOf(byDefault).keys()]).toEqual(["PollerFunction", "ApiFunction", "SlackFunction"]);
  });

  test("does not accept calls from web pages", () => {
    expect(only(withEverything, "AWS::ApiGatewayV2::Api")).not.toHaveProperty("CorsConfiguration");
  });

  test.each([
    ["by default", byDefault, 10, 20],
    ["as set", withEverything, 2, 4],
  ])("is throttled %s", (_, template, rate, burst) => {
    expect(only(template, "AWS::ApiGatewayV2::Stage").DefaultRouteSettings).toEqual({
      ThrottlingRateLimit: rate,
      ThrottlingBurstLimit: burst,
    });
  });

  test("logs each request as JSON, without its headers", () => {
    const { Format, DestinationArn } = only(byDefault, "AWS::ApiGatewayV2::Stage").AccessLogSettings;
    expect(Object.keys(JSON.parse(Format))).toEqual(expect.arrayContaining(["requestId", "path", "status"]));
    expect(Format).not.toContain("header");
    expect(nameOf(DestinationArn["Fn::GetAtt"][0])).toBe("ApiAccessLog");
  });
});

describe("the route for Slack", () => {
  test.each(variants)("is the only one that anybody may call, %s", (_, template) => {
    const open = allRoutesOf(template).filter(({ AuthorizationType }) => AuthorizationType === "NONE");
    expect(open.map(({ RouteKey }) => RouteKey)).toEqual([slackRoute]);
  });

  test("has a throttling of its own, so calls without a signature don't slow down the API", () => {
    expect(only(withEverything, "AWS::ApiGatewayV2::Stage").RouteSettings).toEqual({
      [slackRoute]: { ThrottlingRateLimit: 2, ThrottlingBurstLimit: 4 },
    });
  });

  test("Lambda does not repeat a deferred command, and drops one that waits for a minute", () => {
    expect(invokedLater("SlackFunction")).toMatchObject({
      MaximumRetryAttempts: 0,
      MaximumEventAgeInSeconds: 60,
    });
  });
});

describe.each(variants)("every function, %s,", (_, template) => {
  const functions = [...functionsOf(template).values()];

  test("runs on Node 24 on arm64, with source maps", () => {
    for (const properties of functions) {
      expect(properties).toMatchObject({
        Runtime: "nodejs24.x",
        Architectures: ["arm64"],
        Environment: { Variables: { NODE_OPTIONS: "--enable-source-maps" } },
      });
    }
  });

  test("writes JSON to its own log", () => {
    const own = functions.map(({ LoggingConfig }) => String(LoggingConfig.LogGroup.Ref));
    expect(new Set(own).size).toBe(functions.length);
    expect(functions.map(({ LoggingConfig }) => LoggingConfig.LogFormat)).toEqual(own.map(() => "JSON"));
  });

  test("does not reserve concurrency of the account", () => {
    for (const properties of functions) expect(properties).not.toHaveProperty("ReservedConcurrentExecutions");
  });
});

test.each(variants)("every log is kept as long as the setting says, %s", (_, template) => {
  const kept = propertiesOf(template, "AWS::Logs::LogGroup").map((log) => log.RetentionInDays);
  expect(kept).toEqual(kept.map(() => (template === byDefault ? 30 : 14)));
});

describe("the functions' environment", () => {
  test("contains every variable that the poller reads", () => {
    const names = Object.keys(environmentOf(withEverything, "PollerFunction"));
    const {
      defaultNotify,
      defaultThread,
      defaultMention,
      functionName: _lambdas,
      ...others
    } = environmentNames;
    const forTheApi: string[] = [defaultNotify, defaultThread, defaultMention];
    expect(names).not.toEqual(expect.arrayContaining(forTheApi));
    const read = Object.values(others);
    expect(names.toSorted()).toEqual(["NODE_OPTIONS", ...read].toSorted());
  });

  test("leaves out settings that are not set", () => {
    expect(environmentOf(byDefault, "PollerFunction")).toEqual({
      NODE_OPTIONS: "--enable-source-maps",
      TABLE_NAME: { Ref: "BuildsE4FA881E" },
      CREDENTIALS_SECRET_ID: { Ref: "CredentialsF8F243AA" },
      SERVICESTAGE_ENDPOINT: "https://servicestage.ap-southeast-3.myhuaweicloud.com",
      HUAWEI_REGION: "ap-southeast-3",
      IAM_ENDPOINT: "https://iam.ap-southeast-3.myhuaweicloud.com",
      POLL_INTERVAL_SECONDS: "15",
      JOB_POLL_SECONDS: "60",
      KEEP_DAYS: "30",
      ABANDON_AFTER_HOURS: "24",
      MESSAGE_LANGUAGE: "en",
      SLACK_ACTIONS: "none",
    });
  });

  test("names to the API what it needs to ask ServiceStage for a job, and nothing of how builds are polled", () => {
    expect(environmentOf(withEverything, "ApiFunction")).toEqual({
      NODE_OPTIONS: "--enable-source-maps",
      TABLE_NAME: { Ref: "BuildsE4FA881E" },
      CREDENTIALS_SECRET_ID: { Ref: "CredentialsF8F243AA" },
      SERVICESTAGE_ENDPOINT: "https://servicestage.ap-southeast-3.myhuaweicloud.com",
      HUAWEI_REGION: "ap-southeast-3",
      HUAWEI_PROJECT_ID: "0123456789abcdef0123456789abcdef",
      IAM_ENDPOINT: "https://iam.ap-southeast-3.myhuaweicloud.com",
      SLACK_API_URL: "https://slack-gov.com/api/",
      DEFAULT_CHANNEL: "C0123456789",
      DEFAULT_NOTIFY: "failures",
      DEFAULT_THREAD: "false",
      DEFAULT_MENTION: "U0123456789,S0123456789",
      KEEP_DAYS: "7",
      ABANDON_AFTER_HOURS: "24",
    });
  });

  test("names to the function for Slack the same, and the language of its answers", () => {
    expect(environmentOf(withEverything, "SlackFunction")).toEqual({
      ...environmentOf(withEverything, "ApiFunction"),
      MESSAGE_LANGUAGE: "zh",
      SLACK_ACTIONS: "cancel, start",
    });
  });

  test("names only the secret to the authorizer", () => {
    expect(environmentOf(withEverything, "ApiAuthorizer")).toEqual({
      NODE_OPTIONS: "--enable-source-maps",
      CREDENTIALS_SECRET_ID: { Ref: "CredentialsF8F243AA" },
    });
  });

  /** The longest valid settings. */
  const address = (rest = "") => `https://x.example/${rest}`.padEnd(300, "a");
  const longest = synthesize({
    authorization: "token",
    huaweiProjectId: "0123456789abcdef0123456789abcdef",
    serviceStageEndpoint: `https://${"a.".repeat(126)}b:65535`,
    iamEndpoint: `https://${"a.".repeat(126)}b:65535`,
    slackApiUrl: `${address().slice(0, 299)}/`,
    consoleUrlTemplate: address("{buildId}"),
    runbookUrl: address(),
    defaultChannel: `C${"0".repeat(20)}`,
    defaultMention: Array.from({ length: 10 }, () => `U${"0".repeat(20)}`),
    defaultNotify: "failures",
    defaultThread: false,
    digests: Array.from({ length: 10 }, (_, index) => ({
      channel: `C${String(index).padStart(20, "0")}`,
      day: "wednesday",
      time: "09:00",
      zone: "America/Argentina/ComodRivadavia",
    })),
    pollIntervalSeconds: 60,
    jobPollSeconds: 300,
    keepDays: 365,
    abandonAfterHours: 168,
  });

  test("has at most 4 KB, which is Lambda's limit, also with the longest settings", () => {
    for (const { Environment } of functionsOf(longest).values()) {
      // A table's name has at most 255 characters. A secret's ARN is longer, because it has a prefix.
      const texts = Object.entries(Environment.Variables).map(([name, value]) =>
        typeof value === "string" ? name + value : name + "x".repeat(600),
      );
      expect(Buffer.byteLength(texts.join(""))).toBeLessThanOrEqual(4_096);
    }
  });

  test("no alarm's description has more than CloudWatch's 1,024 characters", () => {
    const lengths = propertiesOf(longest, "AWS::CloudWatch::Alarm").map(
      (alarm) => alarm.AlarmDescription.length,
    );
    expect(Math.max(...lengths)).toBeLessThanOrEqual(1_024);
  });

  test.each(variants)("contains no secret value, %s", (_, template) => {
    expect(JSON.stringify(template.toJSON())).not.toContain("{{resolve:secretsmanager");
  });
});

test.each([
  ["is in no list", "xy-central-99", 1],
  ["is known", "eu-west-101", 0],
])("a region that %s is warned of at synth", (_what, huaweiRegion, warnings) => {
  const stack = new BuildNotifierStack(createApp(), "BuildNotifier", { huaweiRegion });
  const found = stack.node
    .findAll()
    .flatMap(({ node }) => node.metadata)
    .filter(({ type }) => type === "aws:cdk:warning");
  expect(found).toHaveLength(warnings);
});

test("the outputs give the API's address and the names of the other resources", () => {
  expect(Object.keys(byDefault.findOutputs("*"))).toEqual([
    ...Object.values(outputs),
    "PollerLog",
    "ApiAccessLog",
    "SlackLog",
    "ApiLog",
    "DeadLettersUrl",
    "AlarmTopicArn",
  ]);
});
