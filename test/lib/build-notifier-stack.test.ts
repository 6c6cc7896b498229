import { describe, expect, test } from "@jest/globals";
import type { Template } from "aws-cdk-lib/assertions";
import { environmentNames, outputs, routes, table } from "../../lambda/names.ts";
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

const routesOf = (template: Template) => propertiesOf(template, "AWS::ApiGatewayV2::Route");

const environmentOf = (template: Template, name: string): Part =>
  functionsOf(template).get(name)!.Environment.Variables;

describe.each(variants)("what must not be lost, %s:", (_, template) => {
  test.each([
    ["builds table", "AWS::DynamoDB::GlobalTable", "BuildsE4FA881E"],
    ["credentials", "AWS::SecretsManager::Secret", "CredentialsF8F243AA"],
  ])("the %s keep their logical id, or a deployment would replace them", (_name, type, id) => {
    expect(resourcesOf(template, type).map(([logicalId]) => logicalId)).toEqual([id]);
  });

  test("the secret's first text never changes, or a deployment would write it over the credentials", () => {
    expect(only(template, "AWS::SecretsManager::Secret").SecretString).toBe(
      '{"slackBotToken":"","huaweiAccessKey":"","huaweiSecretKey":"","apiTokens":[]}',
    );
  });
});

describe("the builds table", () => {
  const builds = only(byDefault, "AWS::DynamoDB::GlobalTable");

  test("holds one item a build", () => {
    expect(builds.KeySchema).toEqual([{ AttributeName: table.key, KeyType: "HASH" }]);
  });

  test("has one index, by the number of the shard, which holds all but the history", () => {
    expect(builds.AttributeDefinitions).toContainEqual({
      AttributeName: table.indexKey,
      AttributeType: "N",
    });
    expect(builds.GlobalSecondaryIndexes).toEqual([
      {
        IndexName: table.index,
        KeySchema: [
          { AttributeName: table.indexKey, KeyType: "HASH" },
          { AttributeName: table.key, KeyType: "RANGE" },
        ],
        Projection: { ProjectionType: "INCLUDE", NonKeyAttributes: table.indexedAttributes },
      },
    ]);
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
      "outlives the stack by default, but not a first deployment that failed",
      byDefault,
      { DeletionPolicy: "RetainExceptOnCreate", UpdateReplacePolicy: "Retain" },
    ],
    [
      "goes with the stack where the setting says so",
      withEverything,
      { DeletionPolicy: "Delete", UpdateReplacePolicy: "Delete" },
    ],
  ])("like the credentials %s", (_, template, policies) => {
    const kept = ["AWS::DynamoDB::GlobalTable", "AWS::SecretsManager::Secret"].flatMap((type) =>
      resourcesOf(template, type).map(([, resource]) => resource),
    );
    expect(kept).toMatchObject([policies, policies]);
    // It would hold up the rollback of a first deployment.
    const [replica] = only(template, "AWS::DynamoDB::GlobalTable").Replicas;
    expect(replica.DeletionProtectionEnabled ?? false).toBe(false);
  });
});

describe("the schedules", () => {
  const scheduledTime = "<aws.scheduler.scheduled-time>";

  test("are one by default", () => {
    expect(inputsOf(byDefault)).toEqual([{ shard: 0, shards: 1, scheduledTime }]);
  });

  test("are as many as there are shards, each for its own", () => {
    expect(inputsOf(withEverything)).toEqual([0, 1, 2].map((shard) => ({ shard, shards: 3, scheduledTime })));
  });

  test("begin every minute, on the minute, and give up an event that is a minute old", () => {
    expect(propertiesOf(withEverything, "AWS::Scheduler::Schedule")).toMatchObject(
      [0, 1, 2].map(() => ({
        ScheduleExpression: "cron(* * * * ? *)",
        FlexibleTimeWindow: { Mode: "OFF" },
        Target: { RetryPolicy: { MaximumEventAgeInSeconds: 60, MaximumRetryAttempts: 2 } },
      })),
    );
  });

  test("leave what could not be handed over in an encrypted queue that refuses plain connections", () => {
    const [queue] = Object.keys(byDefault.findResources("AWS::SQS::Queue"));
    expect(only(byDefault, "AWS::SQS::Queue").SqsManagedSseEnabled).toBe(true);
    expect(only(byDefault, "AWS::SQS::QueuePolicy").PolicyDocument.Statement).toMatchObject([
      { Effect: "Deny", Action: "sqs:*", Condition: { Bool: { "aws:SecureTransport": "false" } } },
    ]);
    expect(only(byDefault, "AWS::Scheduler::Schedule").Target.DeadLetterConfig).toEqual({
      Arn: { "Fn::GetAtt": [queue, "Arn"] },
    });
  });

  test("are not repeated by Lambda, since the next minute's tick does the same work: what failed is in the queue", () => {
    const [queue] = Object.keys(byDefault.findResources("AWS::SQS::Queue"));
    expect(only(byDefault, "AWS::Lambda::EventInvokeConfig")).toMatchObject({
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

  test("asks IAM at every route by default", () => {
    const types = routesOf(byDefault).map((route) => route.AuthorizationType);
    expect(types).toEqual(Object.values(routes).map(() => "AWS_IAM"));
  });

  test("asks the authorizer at every route in token mode", () => {
    const [[authorizerId] = []] = resourcesOf(withEverything, "AWS::ApiGatewayV2::Authorizer");
    const asked = routesOf(withEverything).map((route) => [route.AuthorizationType, route.AuthorizerId]);
    expect(asked).toEqual(Object.values(routes).map(() => ["CUSTOM", { Ref: authorizerId }]));
  });

  test("keeps no authorizer's answer, so that a withdrawn token is refused at once", () => {
    expect(only(withEverything, "AWS::ApiGatewayV2::Authorizer")).toMatchObject({
      AuthorizerType: "REQUEST",
      EnableSimpleResponses: true,
      AuthorizerPayloadFormatVersion: "2.0",
      AuthorizerResultTtlInSeconds: 0,
      IdentitySource: ["$request.header.Authorization"],
    });
  });

  test("has no authorizer function where IAM decides", () => {
    expect([...functionsOf(byDefault).keys()]).toEqual(["PollerFunction", "ApiFunction"]);
  });

  test("is not open to web pages", () => {
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

describe.each(variants)("every function, %s,", (_, template) => {
  const functions = [...functionsOf(template).values()];
  const retention = template === byDefault ? 30 : 14;

  test("runs on Node 24 on arm64, with traces that name the source", () => {
    for (const properties of functions) {
      expect(properties).toMatchObject({
        Runtime: "nodejs24.x",
        Architectures: ["arm64"],
        Environment: { Variables: { NODE_OPTIONS: "--enable-source-maps" } },
      });
    }
  });

  test("writes JSON to a log of its own, kept as long as set", () => {
    const logs = new Map(resourcesOf(template, "AWS::Logs::LogGroup"));
    const own = functions.map(({ LoggingConfig }) => String(LoggingConfig.LogGroup.Ref));
    expect(new Set(own).size).toBe(functions.length);
    expect(functions.map(({ LoggingConfig }) => LoggingConfig.LogFormat)).toEqual(own.map(() => "JSON"));
    expect(own.map((id) => logs.get(id)?.Properties.RetentionInDays)).toEqual(own.map(() => retention));
  });

  test("takes nothing of the account's concurrency for itself", () => {
    for (const properties of functions) expect(properties).not.toHaveProperty("ReservedConcurrentExecutions");
  });
});

test.each(variants)("every log is kept for a limited time, %s", (_, template) => {
  const kept = propertiesOf(template, "AWS::Logs::LogGroup").map((log) => log.RetentionInDays);
  expect(kept).toEqual(kept.map(() => (template === byDefault ? 30 : 14)));
});

describe("the functions' environment", () => {
  test("gives the poller every variable that it reads", () => {
    const names = Object.keys(environmentOf(withEverything, "PollerFunction"));
    const { defaultNotify, defaultThread, defaultMention, ...others } = environmentNames;
    const forTheApi: string[] = [defaultNotify, defaultThread, defaultMention];
    expect(names).not.toEqual(expect.arrayContaining(forTheApi));
    const read = Object.values(others);
    expect(names.toSorted()).toEqual(["NODE_OPTIONS", ...read].toSorted());
  });

  test("leaves out what is not set", () => {
    expect(environmentOf(byDefault, "PollerFunction")).toEqual({
      NODE_OPTIONS: "--enable-source-maps",
      TABLE_NAME: { Ref: "BuildsE4FA881E" },
      CREDENTIALS_SECRET_ID: { Ref: "CredentialsF8F243AA" },
      SERVICESTAGE_ENDPOINT: "https://servicestage.ap-southeast-3.myhuaweicloud.com",
      HUAWEI_REGION: "ap-southeast-3",
      IAM_ENDPOINT: "https://iam.ap-southeast-3.myhuaweicloud.com",
      POLL_INTERVAL_SECONDS: "15",
      KEEP_DAYS: "30",
      ABANDON_AFTER_HOURS: "24",
      MESSAGE_LANGUAGE: "en",
    });
  });

  test("tells the API nothing of the secret", () => {
    expect(environmentOf(withEverything, "ApiFunction")).toEqual({
      NODE_OPTIONS: "--enable-source-maps",
      TABLE_NAME: { Ref: "BuildsE4FA881E" },
      SLACK_API_URL: "https://slack-gov.com/api/",
      DEFAULT_CHANNEL: "C0123456789",
      DEFAULT_NOTIFY: "failures",
      DEFAULT_THREAD: "false",
      DEFAULT_MENTION: "U0123456789,S0123456789",
      KEEP_DAYS: "7",
      ABANDON_AFTER_HOURS: "24",
    });
  });

  test("tells the authorizer where the secret is, and nothing else", () => {
    expect(environmentOf(withEverything, "ApiAuthorizer")).toEqual({
      NODE_OPTIONS: "--enable-source-maps",
      CREDENTIALS_SECRET_ID: { Ref: "CredentialsF8F243AA" },
    });
  });

  /** As long as each may be. */
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
    pollIntervalSeconds: 60,
    keepDays: 365,
    abandonAfterHours: 168,
  });

  test("takes at most 4 KB, as Lambda asks, however long the settings are", () => {
    for (const { Environment } of functionsOf(longest).values()) {
      // A table's name has at most 255 characters; a secret's ARN is longer than that by what stands before its name.
      const texts = Object.entries(Environment.Variables).map(([name, value]) =>
        typeof value === "string" ? name + value : name + "x".repeat(600),
      );
      expect(Buffer.byteLength(texts.join(""))).toBeLessThanOrEqual(4_096);
    }
  });

  test("and no alarm's description outgrows CloudWatch's 1,024 characters", () => {
    const lengths = propertiesOf(longest, "AWS::CloudWatch::Alarm").map(
      (alarm) => alarm.AlarmDescription.length,
    );
    expect(Math.max(...lengths)).toBeLessThanOrEqual(1_024);
  });

  test.each(variants)("holds no secret's value: the template resolves none, %s", (_, template) => {
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

test("the outputs tell the API's address, and the names of what else is asked for", () => {
  expect(Object.keys(byDefault.findOutputs("*"))).toEqual([
    ...Object.values(outputs),
    "PollerLog",
    "ApiAccessLog",
    "ApiLog",
    "DeadLettersUrl",
    "AlarmTopicArn",
  ]);
});
