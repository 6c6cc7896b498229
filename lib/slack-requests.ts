import { Duration, Validations } from "aws-cdk-lib";
import { CfnStage, HttpNoneAuthorizer } from "aws-cdk-lib/aws-apigatewayv2";
import { HttpLambdaIntegration } from "aws-cdk-lib/aws-apigatewayv2-integrations";
import { Policy, PolicyStatement } from "aws-cdk-lib/aws-iam";
import { Construct } from "constructs";
import { environmentNames as names, slackRoute } from "../lambda/names.ts";
import { type BuildsApi, environmentFor, parseRoute } from "./builds-api.ts";
import { NotifierFunction, type SharedParts } from "./notifier-function.ts";

export interface SlackRequestsProps extends SharedParts {
  api: BuildsApi;
}

const uselessLater =
  "A deferred command is useless a minute later: its caller was told that it failed, and an alarm reports the failure";

/** The function behind `POST /slack`. It checks Slack's signature, so the route has no authorizer. */
export class SlackRequests extends Construct {
  readonly function: NotifierFunction;

  constructor(scope: Construct, id: string, props: SlackRequestsProps) {
    super(scope, id);
    this.function = this.createFunction(props);
    // A second try could come when the caller has given up, or has typed the command again.
    this.function.configureAsyncInvoke({ retryAttempts: 0, maxEventAge: Duration.minutes(1) });
    Validations.of(this.function).acknowledge({
      id: "Serverless-LambdaAsyncFailureDestination",
      reason: uselessLater,
    });
    this.allowItself();
    this.createRoute(props);
  }

  private createFunction({ settings, table, secret }: SlackRequestsProps): NotifierFunction {
    return new NotifierFunction(this, "Function", {
      handler: "slack",
      // A deferred command may search for a job, which takes many calls to ServiceStage.
      timeout: Duration.seconds(29),
      environment: {
        ...environmentFor({ settings, table, secret }),
        [names.language]: settings.language,
        [names.slackActions]: settings.slackActions,
      },
      permissions: [
        ...table.readingAndWriting,
        // It lists the committers, which are in one partition.
        new PolicyStatement({ actions: ["dynamodb:Query"], resources: [table.tableArn] }),
        secret.reading,
      ],
      deadLetters: uselessLater,
      logRetention: settings.logRetentionDays,
    });
  }

  /** The policy is apart from the role, because it names the function, which needs the role. */
  private allowItself(): void {
    new Policy(this, "InvokesItself", {
      roles: [this.function.role!],
      statements: [
        new PolicyStatement({ actions: ["lambda:InvokeFunction"], resources: [this.function.functionArn] }),
      ],
    });
  }

  /** Anybody may call the route, so it has a throttling of its own: calls without a signature don't slow down the API. */
  private createRoute({ api, settings }: SlackRequestsProps): void {
    const integration = new HttpLambdaIntegration("Integration", this.function, {
      scopePermissionToRoute: false,
    });
    const [route] = api.httpApi.addRoutes({
      ...parseRoute(slackRoute),
      integration,
      authorizer: new HttpNoneAuthorizer(),
    });
    Validations.of(route!).acknowledge({
      id: "AwsSolutions-APIG4",
      reason:
        "Slack can't sign as AWS or send a token of ours. The function checks Slack's own signature first",
    });
    const { defaultChild: stage } = api.stage.node;
    if (!(stage instanceof CfnStage)) throw new Error("CDK's stage is not one resource any more");
    stage.routeSettings = {
      [slackRoute]: {
        ThrottlingRateLimit: settings.apiRequestsPerSecond,
        ThrottlingBurstLimit: settings.apiBurst,
      },
    };
    stage.node.addDependency(route!);
  }
}
