import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type {
  APIGatewayProxyEventV2,
  APIGatewayProxyStructuredResultV2,
  APIGatewayRequestAuthorizerEventV2,
  APIGatewaySimpleAuthorizerResult,
  Context,
} from "aws-lambda";
import { routes, slackRoute } from "../lambda/names.ts";
import { createContext } from "./context.ts";
import { guard, type Handle } from "./guard.ts";
import { listen, type Listening } from "./listen.ts";

/** An API Gateway on this machine (HTTP API, payload 2.0). It calls the deployed handlers, and is called over real HTTP. */

export interface GatewayOptions {
  handler: (event: APIGatewayProxyEventV2, context: Context) => Promise<APIGatewayProxyStructuredResultV2>;
  /** The function behind `POST /slack`. If absent, the route does not exist. */
  slack?: (
    event: APIGatewayProxyEventV2,
    context: Context,
  ) => Promise<APIGatewayProxyStructuredResultV2 | undefined>;
  /** If absent, callers of the API need no token. */
  authorizer?: (
    event: APIGatewayRequestAuthorizerEventV2,
    context: Context,
  ) => Promise<APIGatewaySimpleAuthorizerResult>;
  /** Answers the requests that match no route. If absent, the answer is 404. */
  fallback?: Handle;
  /** Receives a handler's error. The caller does not see this error. */
  onError?: (error: unknown) => void;
}

export interface Gateway {
  /** Without a slash at the end. @throws {Error} before the start */
  readonly url: string;
  /** @param port 0 takes a free port. @returns the url */
  start(port?: number): Promise<string>;
  close(): Promise<void>;
}

type Answer = APIGatewayProxyStructuredResultV2;

/** All methods that API Gateway accepts. Without a route they are answered with 404. */
const methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
const textTypes = /^(?:text\/|application\/(?:json|javascript|xml)\b)/i;

export function createGateway({ fallback, onError, ...functions }: GatewayOptions): Gateway {
  const handle: Handle = async (request, response, body) => {
    const route = findRoute(request);
    if (route) send(response, await answer(request, body, route, functions));
    else if (fallback) await fallback(request, response, body);
    else send(response, refusal(404, "Not Found"));
  };
  const server = guard(createServer(), handle, { methods, onError });
  let listening: Listening | undefined;
  return {
    get url() {
      if (!listening) throw new Error("The gateway is not started: call start() first.");
      return listening.url;
    },
    async start(port = 0) {
      listening = await listen(server, port);
      return listening.url;
    },
    close: async () => listening?.close(),
  };
}

async function answer(
  request: IncomingMessage,
  body: Buffer,
  route: Route,
  { handler, slack, authorizer }: Pick<GatewayOptions, "handler" | "slack" | "authorizer">,
): Promise<Answer> {
  const event = eventOf(request, body, route);
  if (route.key === slackRoute)
    return (await slack?.(event, createContext("slack"))) ?? refusal(404, "Not Found");
  if (authorizer) {
    const { authorization } = event.headers;
    if (!authorization) return refusal(401, "Unauthorized");
    const { isAuthorized } = await authorizer(
      authorizerEventOf(event, authorization),
      createContext("authorizer"),
    );
    if (!isAuthorized) return refusal(403, "Forbidden");
  }
  return handler(event, createContext("api"));
}

interface Route {
  key: string;
  path: string;
  parameters: Record<string, string>;
}

const patterns = [...Object.values(routes), slackRoute].map((key) => {
  const [method, path] = key.split(" ") as [string, string];
  return { key, method, segments: path.split("/") };
});

/** Matches the path before it is decoded, so that an encoded slash stays in its segment. */
function findRoute({ method, url = "/" }: IncomingMessage): Route | undefined {
  const [path = "/"] = url.split("?");
  const sent = path.split("/");
  const pattern = patterns.find(
    ({ segments, ...candidate }) =>
      candidate.method === method &&
      segments.length === sent.length &&
      segments.every((segment, index) => (isParameter(segment) ? sent[index] : segment === sent[index])),
  );
  if (!pattern) return undefined;
  const parameters = pattern.segments.flatMap((segment, index) =>
    isParameter(segment) ? [[segment.slice(1, -1), decodeURIComponent(sent[index]!)]] : [],
  );
  return {
    key: pattern.key,
    path: decodeURIComponent(path),
    parameters: Object.fromEntries(parameters) as Route["parameters"],
  };
}

const isParameter = (segment: string): boolean => segment.startsWith("{");

function eventOf(request: IncomingMessage, body: Buffer, route: Route): APIGatewayProxyEventV2 {
  const { cookie, ...headers } = joined(request.headersDistinct);
  const [, query = ""] = request.url!.split(/\?(.*)/s);
  const isText = textTypes.test(headers["content-type"] ?? "");
  return {
    version: "2.0",
    routeKey: route.key,
    rawPath: route.path,
    rawQueryString: query,
    headers,
    ...(cookie && { cookies: cookie.split(/; */) }),
    ...(query && { queryStringParameters: queryOf(query) }),
    ...(Object.keys(route.parameters).length > 0 && { pathParameters: route.parameters }),
    ...(body.length > 0 && { body: body.toString(isText ? "utf8" : "base64") }),
    isBase64Encoded: body.length > 0 && !isText,
    requestContext: requestContextOf(request, route),
  };
}

function requestContextOf(request: IncomingMessage, route: Route): APIGatewayProxyEventV2["requestContext"] {
  const now = new Date();
  const { host = "localhost", "user-agent": userAgent = "" } = request.headers;
  return {
    accountId: "local",
    apiId: "local",
    domainName: host,
    domainPrefix: "local",
    http: {
      method: request.method!,
      path: route.path,
      protocol: `HTTP/${request.httpVersion}`,
      sourceIp: request.socket.remoteAddress ?? "",
      userAgent,
    },
    requestId: randomUUID(),
    routeKey: route.key,
    stage: "$default",
    time: commonLogTime(now),
    timeEpoch: now.getTime(),
  };
}

const authorizerEventOf = (
  { body: _body, isBase64Encoded: _encoded, ...event }: APIGatewayProxyEventV2,
  authorization: string,
): APIGatewayRequestAuthorizerEventV2 => ({
  ...event,
  type: "REQUEST",
  routeArn: `arn:aws:execute-api:local:local:local/$default/${event.routeKey.replace(" /", "/")}`,
  identitySource: [authorization],
  cookies: event.cookies ?? [],
});

/** Joins the values of headers, or of parameters, that have the same name. */
const joined = (values: NodeJS.Dict<string[]>): Record<string, string> =>
  Object.fromEntries(Object.entries(values).map(([name, all = []]) => [name, all.join(",")]));

const queryOf = (query: string): Record<string, string> =>
  joined(
    Object.fromEntries(
      [...Map.groupBy(new URLSearchParams(query), ([name]) => name)].map(([name, pairs]) => [
        name,
        pairs.map(([, value]) => value),
      ]),
    ),
  );

/** Such as `12/Mar/2020:19:03:58 +0000`. */
const commonLogTime = (time: Date): string => {
  const [, day, month, year, clock] = time.toUTCString().split(" ");
  return `${day}/${month}/${year}:${clock} +0000`;
};

const refusal = (statusCode: number, message: string): Answer => ({
  statusCode,
  headers: { "content-type": "application/json" },
  body: JSON.stringify({ message }),
});

function send(
  response: ServerResponse,
  { statusCode = 200, headers = {}, cookies, ...result }: Answer,
): void {
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, String(value));
  if (cookies) response.setHeader("set-cookie", cookies);
  response.statusCode = statusCode;
  response.end(Buffer.from(result.body ?? "", result.isBase64Encoded ? "base64" : "utf8"));
}
