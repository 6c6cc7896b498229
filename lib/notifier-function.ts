import { fileURLToPath } from "node:url";
import { type Duration, RemovalPolicy, Validations } from "aws-cdk-lib";
import { type IRole, PolicyDocument, PolicyStatement, Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { Architecture, LoggingFormat, Runtime } from "aws-cdk-lib/aws-lambda";
import {
  type BundlingOptions,
  LogLevel,
  NodejsFunction,
  OutputFormat,
  SourceMapMode,
} from "aws-cdk-lib/aws-lambda-nodejs";
import { LogGroup, type RetentionDays } from "aws-cdk-lib/aws-logs";
import type { Queue } from "aws-cdk-lib/aws-sqs";
import type { Construct } from "constructs";
import { environmentNames as names } from "../lambda/names.ts";
import type { BuildsTable } from "./builds-table.ts";
import type { CredentialsSecret } from "./credentials-secret.ts";
import type { Settings } from "./settings.ts";

/** What the functions share. */
export interface SharedParts {
  settings: Settings;
  table: BuildsTable;
  secret: CredentialsSecret;
}

/** What a function needs to read and write builds, and to call ServiceStage and Slack. */
export const sharedEnvironment = ({ settings, table, secret }: SharedParts) => ({
  [names.tableName]: table.tableName,
  [names.credentialsSecretId]: secret.secretArn,
  [names.serviceStageEndpoint]: settings.serviceStageEndpoint,
  [names.huaweiRegion]: settings.huaweiRegion,
  [names.huaweiProjectId]: settings.huaweiProjectId,
  [names.iamEndpoint]: settings.iamEndpoint,
  [names.slackApiUrl]: settings.slackApiUrl,
  [names.defaultChannel]: settings.defaultChannel,
  [names.keepDays]: settings.keepDays,
  [names.abandonAfterHours]: settings.abandonAfterHours,
});

export interface NotifierFunctionProps {
  /** The file in `lambda/handlers` that exports `handler`. */
  handler: "poll" | "api" | "authorizer" | "slack";
  timeout: Duration;
  /** Undefined variables are left out. */
  environment: Record<string, string | number | boolean | undefined>;
  /** The function's permissions, besides writing its own log and its dead letters. */
  permissions: PolicyStatement[];
  /** For events of failed asynchronous invocations: their queue, or why nobody needs them. */
  deadLetters: Queue | string;
  logRetention: RetentionDays;
}

/** A function with its own log group and role. CDK's default role may write every log of the account. */
export class NotifierFunction extends NodejsFunction {
  constructor(scope: Construct, id: string, props: NotifierFunctionProps) {
    const logGroup = new LogGroup(scope, `${id}Logs`, {
      retention: props.logRetention,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    super(scope, id, {
      entry: pathTo(`lambda/handlers/${props.handler}.ts`),
      projectRoot: pathTo("."),
      depsLockFilePath: pathTo("package-lock.json"),
      bundling,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      memorySize: memoryMegabytes,
      timeout: props.timeout,
      environment: { NODE_OPTIONS: "--enable-source-maps", ...asText(props.environment) },
      awsSdkConnectionReuse: false,
      role: createRole(scope, `${id}Role`, logGroup, props),
      ...(typeof props.deadLetters !== "string" && { deadLetterQueue: props.deadLetters }),
      logGroup,
      loggingFormat: LoggingFormat.JSON,
    });
    if (typeof props.deadLetters === "string") {
      Validations.of(this).acknowledge({ id: "Serverless-LambdaDLQ", reason: props.deadLetters });
    }
  }
}

/** Why a function that only API Gateway calls has no dead letters. */
export const calledSynchronously =
  "API Gateway calls the function synchronously and reports failures to the caller, so no event is left over";

export const memoryMegabytes = 512;

const pathTo = (file: string): string => fileURLToPath(new URL(`../${file}`, import.meta.url));

/** How a function's code is bundled. */
export const bundling: BundlingOptions = {
  format: OutputFormat.ESM,
  target: "node24",
  // The bundle contains the SDK, so the tested bundle is the one that runs. The SDK's event streams are left out,
  // because nothing uses them: this saves 20 KB.
  externalModules: ["@smithy/core/event-streams"],
  // Without this setting esbuild takes the SDK's CommonJS build, which is 50% larger.
  mainFields: ["module", "main"],
  // CommonJS packages in the bundle call `require`, which an ES module does not have.
  banner: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);',
  esbuildArgs: {
    // On Lambda the credentials are in the environment. Without the other providers the bundle is a quarter smaller.
    "--alias:@aws-sdk/credential-provider-node": pathTo("lambda/runtime/aws-credentials.ts"),
    // DynamoDB's client contains the discovery of endpoints and its cache, but no command uses them. This saves 8 KB.
    "--alias:@aws-sdk/middleware-endpoint-discovery": pathTo("lambda/runtime/aws-endpoint-discovery.ts"),
    // Slack's SDK contains two versions of this package. Node's own events can do all that the SDK needs. This saves 6 KB.
    "--alias:eventemitter3": "node:events",
    // This package contains many checksums. The clients only need SHA-256, which Node has. This saves 4 KB.
    "--alias:@smithy/core/checksum": pathTo("lambda/runtime/sha256.ts"),
    // Slack's SDK can queue and repeat its calls. The notifier wants neither. This saves 10 KB.
    "--alias:p-queue": pathTo("lambda/runtime/no-queue.ts"),
    "--alias:p-retry": pathTo("lambda/runtime/no-retries.ts"),
    // This package contains enumerations of events and metadata. Nothing uses them. This saves 5 KB.
    "--alias:@slack/types": pathTo("lambda/runtime/no-slack-types.ts"),
    // Escapes make Chinese texts twice as long. This saves 3 to 7 KB.
    "--charset": "utf8",
  },
  minify: true,
  sourceMap: true,
  sourceMapMode: SourceMapMode.DEFAULT,
  sourcesContent: false,
  logLevel: LogLevel.WARNING,
};

/** The role is immutable, because CDK would add its own policy for the queue. */
function createRole(
  scope: Construct,
  id: string,
  logGroup: LogGroup,
  { permissions, deadLetters }: NotifierFunctionProps,
): IRole {
  const logging = new PolicyStatement({
    actions: ["logs:CreateLogStream", "logs:PutLogEvents"],
    resources: [logGroup.logGroupArn],
  });
  const keeping =
    typeof deadLetters === "string"
      ? []
      : [new PolicyStatement({ actions: ["sqs:SendMessage"], resources: [deadLetters.queueArn] })];
  const role = new Role(scope, id, {
    assumedBy: new ServicePrincipal("lambda.amazonaws.com"),
    inlinePolicies: {
      Permissions: new PolicyDocument({ statements: [logging, ...keeping, ...permissions] }),
    },
  });
  return role.withoutPolicyUpdates();
}

const asText = (environment: NotifierFunctionProps["environment"]): Record<string, string> =>
  Object.fromEntries(
    Object.entries(environment).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, String(value)]],
    ),
  );
