import middy from "@middy/core";
import type { APIGatewayProxyEventV2, Context } from "aws-lambda";
import { routes } from "../names.ts";
import type { Log } from "../tracking/ports.ts";
import { json, type Answer, type Operation, type Operations } from "./answer.ts";
import { createBuildOperations, type BuildParts } from "./build-operations.ts";
import { createCommitterOperations } from "./committer-operations.ts";
import { problemOf } from "./failure.ts";
import { createJobOperations } from "./job-operations.ts";
import { openApiDocument } from "./openapi.ts";
import { ProblemError, renderProblem, type ProblemKind } from "./problem.ts";
import { createReachOf } from "./reach.ts";
import { createSubscriptionOperations, type SubscriptionParts } from "./subscription-operations.ts";

export interface ApiParts extends BuildParts, SubscriptionParts {
  store: SubscriptionParts["store"];
}

export type ApiHandler = (event: APIGatewayProxyEventV2, context: Context) => Promise<Answer>;

/**
 * The handler for API Gateway's HTTP API, payload 2.0. It never throws: it answers every error as a problem, and logs
 * each error that the caller did not cause.
 */
export function createApiHandler(parts: ApiParts): ApiHandler {
  const reachOf = createReachOf(parts.store);
  const operations: Operations = {
    ...createBuildOperations(parts, reachOf),
    ...createSubscriptionOperations(parts, reachOf),
    ...createJobOperations(parts),
    ...createCommitterOperations(parts),
    [routes.openApi]: async () => json(200, openApiDocument()),
  };
  const byRouteKey = new Map<string, Operation>(Object.entries(operations));
  return middy<APIGatewayProxyEventV2, Answer>()
    .onError((request) => {
      request.response = answerFailure(request.error, request.event, parts.log);
    })
    .handler(async (event: APIGatewayProxyEventV2) => {
      const operation = byRouteKey.get(event.routeKey);
      if (operation) return operation(event);
      throw new ProblemError("unknownRoute", "GET /openapi.json lists the operations.");
    });
}

function answerFailure(error: unknown, event: APIGatewayProxyEventV2, log: Log): Answer {
  const { requestId } = event.requestContext;
  const problem = problemOf(error, requestId);
  const rendered = renderProblem(problem, event.rawPath);
  const said = whatFailed(problem.kind);
  if (said) log[said.level](said.text, { error, route: event.routeKey, requestId });
  return json(rendered.status, rendered, {
    "content-type": "application/problem+json",
    ...(rendered.status === 503 && { "retry-after": problem.kind === "unavailable" ? "2" : "10" }),
  });
}

/** What the log says about a failure; undefined for one that the caller caused. */
function whatFailed(kind: ProblemKind): { level: "error" | "warn"; text: string } | undefined {
  switch (kind) {
    case "internal":
      return { level: "error", text: "A request failed" };
    case "unavailable":
      return { level: "warn", text: "A request failed because the builds table is not available" };
    case "serviceStageRefuses":
    case "serviceStageUnavailable":
      return { level: "warn", text: "A request failed because ServiceStage could not be asked" };
    case "invalidRequest":
    case "unknownBuild":
    case "unknownJob":
    case "notLinked":
    case "notSubscribed":
    case "unknownRoute":
    case "settingsDiffer":
    case "linkedToOther":
    case "stopping":
    case "stillPending":
    case "bodyTooLarge":
    case "unsupportedMediaType":
      return undefined;
  }
}
