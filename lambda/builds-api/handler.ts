import middy from "@middy/core";
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from "aws-lambda";
import type { Build, Retention } from "../domain/build.ts";
import { hasPending } from "../domain/delivery.ts";
import { noNotices } from "../domain/notices.ts";
import { routes } from "../names.ts";
import type { ApiStore, Clock, Log } from "../tracking/ports.ts";
import { register } from "../tracking/register.ts";
import { conflictProblem } from "./conflict.ts";
import { problemOf } from "./failure.ts";
import { openApiDocument } from "./openapi.ts";
import { ProblemError, renderProblem } from "./problem.ts";
import { parseBuildId, parseListQuery, parseRegistration } from "./request.ts";
import type { RegistrationDefaults } from "./schemas.ts";
import { renderBuild, renderSummary } from "./view.ts";

export interface ApiParts {
  store: ApiStore;
  clock: Pick<Clock, "now">;
  /** Makes a random id for a registration. */
  newId: () => string;
  log: Log;
  settings: Retention;
  /** Such as `https://slack.com/api/`. Links in answers point to this Slack. */
  slackApiUrl: string;
  defaults: RegistrationDefaults;
}

export type Answer = APIGatewayProxyStructuredResultV2;
export type ApiHandler = (event: APIGatewayProxyEventV2, context: Context) => Promise<Answer>;
type Operation = (event: APIGatewayProxyEventV2) => Promise<Answer>;

/**
 * The handler for API Gateway's HTTP API, payload 2.0. It never throws: it answers every error as a problem, and logs
 * each error that the caller did not cause.
 */
export function createApiHandler(parts: ApiParts): ApiHandler {
  const operations = createOperations(parts);
  return middy<APIGatewayProxyEventV2, Answer>()
    .onError((request) => {
      request.response = answerFailure(request.error, request.event, parts.log);
    })
    .handler(async (event: APIGatewayProxyEventV2) => {
      const operation = operations.get(event.routeKey);
      if (operation) return operation(event);
      throw new ProblemError("unknownRoute", "GET /openapi.json lists the operations.");
    });
}

function createOperations({
  store,
  clock,
  newId,
  settings,
  slackApiUrl,
  defaults,
}: ApiParts): Map<string, Operation> {
  const load = async (buildId: string): Promise<Build> =>
    (await store.loadBuild(buildId)) ?? throwUnknown(buildId);
  const show = async (build: Build) => {
    const [circuit, notices] = await Promise.all([
      store.loadCircuit(),
      store.load(noNotices(build.registration.channel, "")),
    ]);
    return renderBuild(build, {
      ...settings,
      slackApiUrl,
      now: clock.now(),
      circuit,
      outage: notices?.outage,
    });
  };

  return new Map<string, Operation>([
    [
      routes.register,
      async (event) => {
        const request = parseRegistration(event, defaults);
        const result = await register({ store, clock, newId }, request.buildId, request.settings);
        if (result.kind !== "registered") throw conflictProblem(result, clock.now());
        const view = await show(result.build);
        // The address is relative to the request: only the client knows the path of a custom domain.
        return result.isNew ? json(201, view, { location: request.buildId }) : json(200, view);
      },
    ],
    [routes.show, async (event) => json(200, await show(await load(parseBuildId(event))))],
    [
      routes.list,
      async (event) => {
        const { builds, cursor } = await list(store, parseListQuery(event));
        const next = cursor === undefined ? {} : { next: cursor };
        return json(200, { builds: builds.map(renderSummary), ...next });
      },
    ],
    [
      routes.stop,
      async (event) => {
        const buildId = parseBuildId(event);
        return (await store.requestStop(buildId, clock.now())) ? { statusCode: 204 } : throwUnknown(buildId);
      },
    ],
    [
      routes.redeliver,
      async (event) => {
        const buildId = parseBuildId(event);
        if (!(await store.requestRedelivery(buildId, clock.now()))) throwUnknown(buildId);
        const build = await load(buildId);
        return json(hasPending(build.delivery) ? 202 : 200, await show(build));
      },
    ],
    [routes.openApi, async () => json(200, openApiDocument())],
  ]);
}

async function list(store: Pick<ApiStore, "list">, query: ReturnType<typeof parseListQuery>) {
  const { status, cursor, limit } = query;
  try {
    return await store.list({ limit, ...(status && { status }), ...(cursor && { cursor }) });
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    const faults = [{ parameter: "cursor", detail: "must be the value of `next` from an earlier page" }];
    throw new ProblemError("invalidRequest", "The request has one error: see errors.", {
      faults,
      cause: error,
    });
  }
}

function throwUnknown(buildId: string): never {
  throw new ProblemError(
    "unknownBuild",
    `Build ${buildId} is not registered, or its registration has expired.`,
  );
}

function answerFailure(error: unknown, event: APIGatewayProxyEventV2, log: Log): Answer {
  const { requestId } = event.requestContext;
  const problem = problemOf(error, requestId);
  const rendered = renderProblem(problem, event.rawPath);
  const logged = { error, route: event.routeKey, requestId };
  if (problem.kind === "internal") log.error("A request failed", logged);
  if (problem.kind === "unavailable")
    log.warn("A request failed because the builds table is not available", logged);
  return json(rendered.status, rendered, {
    "content-type": "application/problem+json",
    ...(problem.kind === "unavailable" && { "retry-after": "2" }),
  });
}

const json = (statusCode: number, body: object, headers: Record<string, string> = {}): Answer => ({
  statusCode,
  headers: { "content-type": "application/json", "cache-control": "no-store", ...headers },
  // With the line break a terminal shows its prompt on a new line.
  body: `${JSON.stringify(body)}\n`,
});
