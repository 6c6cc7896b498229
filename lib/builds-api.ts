import { Duration, RemovalPolicy, Stack } from "aws-cdk-lib";
import { AccessLogFormat } from "aws-cdk-lib/aws-apigateway";
import {
  HttpApi,
  HttpMethod,
  HttpStage,
  type IHttpRouteAuthorizer,
  LogGroupLogDestination,
} from "aws-cdk-lib/aws-apigatewayv2";
import {
  HttpIamAuthorizer,
  HttpLambdaAuthorizer,
  HttpLambdaResponseType,
} from "aws-cdk-lib/aws-apigatewayv2-authorizers";
import { HttpLambdaIntegration } from "aws-cdk-lib/aws-apigatewayv2-integrations";
import { PolicyStatement } from "aws-cdk-lib/aws-iam";
import { LogGroup } from "aws-cdk-lib/aws-logs";
import { Construct } from "constructs";
import { environmentNames as names, routes } from "../lambda/names.ts";
import {
  calledSynchronously,
  NotifierFunction,
  sharedEnvironment,
  type SharedParts,
} from "./notifier-function.ts";
import type { Settings } from "./settings.ts";

/** The HTTP API that registers, shows, lists and stops builds, and subscribes channels to jobs. Every route needs authorization. */
export class BuildsApi extends Construct {
  readonly function: NotifierFunction;
  /** Only with the setting `"authorization": "token"`. */
  readonly authorizer?: NotifierFunction;
  readonly httpApi: HttpApi;
  readonly stage: HttpStage;
  readonly accessLog: LogGroup;
  /** The address, without a slash at the end. */
  readonly url: string;

  constructor(scope: Construct, id: string, props: SharedParts) {
    super(scope, id);
    this.function = this.createFunction(props);
    if (props.settings.authorization === "token") this.authorizer = this.createAuthorizer(props);
    this.httpApi = new HttpApi(this, "HttpApi", {
      apiName: Stack.of(this).stackName,
      createDefaultStage: false,
      defaultAuthorizer: this.authorizer ? askingFor(this.authorizer) : new HttpIamAuthorizer(),
    });
    const integration = new HttpLambdaIntegration("Integration", this.function, {
      scopePermissionToRoute: false,
    });
    for (const route of Object.values(routes)) this.httpApi.addRoutes({ ...parseRoute(route), integration });
    this.accessLog = new LogGroup(this, "AccessLog", {
      retention: props.settings.logRetentionDays,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.stage = this.createStage(props.settings);
    this.url = this.httpApi.apiEndpoint;
  }

  private createFunction({ settings, table, secret }: SharedParts): NotifierFunction {
    return new NotifierFunction(this, "Function", {
      handler: "api",
      // API Gateway waits for 30 seconds. A search for a job may take many calls to ServiceStage.
      timeout: Duration.seconds(29),
      environment: environmentFor({ settings, table, secret }),
      permissions: [
        new PolicyStatement({
          actions: [
            "dynamodb:GetItem",
            "dynamodb:PutItem",
            "dynamodb:UpdateItem",
            "dynamodb:DeleteItem",
            "dynamodb:Query",
            "dynamodb:Scan",
          ],
          resources: [table.tableArn],
        }),
        new PolicyStatement({ actions: ["dynamodb:Query"], resources: [table.indexArn] }),
        secret.reading,
      ],
      deadLetters: calledSynchronously,
      logRetention: settings.logRetentionDays,
    });
  }

  private createAuthorizer({ settings, secret }: SharedParts): NotifierFunction {
    return new NotifierFunction(this, "Authorizer", {
      handler: "authorizer",
      timeout: Duration.seconds(5),
      environment: { [names.credentialsSecretId]: secret.secretArn },
      permissions: [secret.reading],
      deadLetters: calledSynchronously,
      logRetention: settings.logRetentionDays,
    });
  }

  private createStage(settings: Settings): HttpStage {
    return new HttpStage(this, "Stage", {
      httpApi: this.httpApi,
      autoDeploy: true,
      throttle: { rateLimit: settings.apiRequestsPerSecond, burstLimit: settings.apiBurst },
      accessLogSettings: {
        destination: new LogGroupLogDestination(this.accessLog),
        format: AccessLogFormat.custom(JSON.stringify(accessLogFields)),
      },
    });
  }
}

/** What a function needs to register builds and to subscribe channels for its callers. */
export const environmentFor = (parts: SharedParts) => ({
  ...sharedEnvironment(parts),
  [names.defaultNotify]: parts.settings.defaultNotify,
  [names.defaultThread]: parts.settings.defaultThread,
  [names.defaultMention]: parts.settings.defaultMention?.join(","),
});

const askingFor = (authorizer: NotifierFunction): IHttpRouteAuthorizer =>
  new HttpLambdaAuthorizer("BearerToken", authorizer, {
    responseTypes: [HttpLambdaResponseType.SIMPLE],
    identitySource: ["$request.header.Authorization"],
    // Without a cache, a token that was removed from the secret is refused at once.
    resultsCacheTtl: Duration.seconds(0),
  });

/** The fields of the access log: caller, route and result, but no headers and no body. */
const accessLogFields = {
  time: "$context.requestTime",
  requestId: "$context.requestId",
  sourceIp: "$context.identity.sourceIp",
  caller: "$context.identity.userArn",
  method: "$context.httpMethod",
  path: "$context.path",
  status: "$context.status",
  latencyMillis: "$context.responseLatency",
  responseBytes: "$context.responseLength",
  authorizerError: "$context.authorizer.error",
  integrationError: "$context.integrationErrorMessage",
};

/** @param route such as "GET /builds" */
export function parseRoute(route: string) {
  const [name, path = "/"] = route.split(" ");
  return { path, methods: Object.values(HttpMethod).filter((method) => method === name) };
}
