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

export interface NotifierFunctionProps {
  /** The file in `lambda/handlers` that exports `handler`. */
  handler: "poll" | "api" | "authorizer";
  timeout: Duration;
  /** What is undefined is left out. */
  environment: Record<string, string | number | boolean | undefined>;
  /** All that the function may do beside writing its own log and its dead letters, where it has any. */
  permissions: PolicyStatement[];
  /** Holds the events of asynchronous invocations that failed; none for a function that is only called synchronously. */
  deadLetterQueue?: Queue;
  logRetention: RetentionDays;
}

/** A function with a log group and a role of its own: CDK's default role may write every log of the account. */
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
      ...(props.deadLetterQueue && { deadLetterQueue: props.deadLetterQueue }),
      logGroup,
      loggingFormat: LoggingFormat.JSON,
    });
    if (!props.deadLetterQueue) {
      Validations.of(this).acknowledge({
        id: "Serverless-LambdaDLQ",
        reason:
          "API Gateway calls it synchronously and tells the caller what failed: no event is ever left over",
      });
    }
  }
}

export const memoryMegabytes = 512;

const pathTo = (file: string): string => fileURLToPath(new URL(`../${file}`, import.meta.url));

/** How a function's code is bundled. */
export const bundling: BundlingOptions = {
  format: OutputFormat.ESM,
  target: "node24",
  // The SDK comes along, so that the bundle that was tested is the one that runs; but for what it would load, at the
  // first event stream, and there is none: without it 20 KB less of the SDK stay.
  externalModules: ["@smithy/core/event-streams"],
  // Without it the SDK's CommonJS build is bundled, which is half as large again.
  mainFields: ["module", "main"],
  // CommonJS packages inside an ES module call `require`.
  banner: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);',
  // On Lambda the credentials stand in the environment: without the ways to all others the bundle is a quarter smaller.
  esbuildArgs: { "--alias:@aws-sdk/credential-provider-node": pathTo("lambda/runtime/aws-credentials.ts") },
  minify: true,
  sourceMap: true,
  sourceMapMode: SourceMapMode.DEFAULT,
  sourcesContent: false,
  logLevel: LogLevel.WARNING,
};

/** Complete as it is: CDK would add a policy of its own for the queue. */
function createRole(
  scope: Construct,
  id: string,
  logGroup: LogGroup,
  { permissions, deadLetterQueue }: NotifierFunctionProps,
): IRole {
  const logging = new PolicyStatement({
    actions: ["logs:CreateLogStream", "logs:PutLogEvents"],
    resources: [logGroup.logGroupArn],
  });
  const deadLetters = deadLetterQueue
    ? [new PolicyStatement({ actions: ["sqs:SendMessage"], resources: [deadLetterQueue.queueArn] })]
    : [];
  const role = new Role(scope, id, {
    assumedBy: new ServicePrincipal("lambda.amazonaws.com"),
    inlinePolicies: {
      Permissions: new PolicyDocument({ statements: [logging, ...deadLetters, ...permissions] }),
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
