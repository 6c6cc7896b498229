import { once } from "node:events";
import { request as httpRequest, type IncomingMessage } from "node:http";
import { expect } from "@jest/globals";
import { createApiHandler, type ApiHandler, type ApiParts } from "../../lambda/builds-api/handler.ts";
import { routes } from "../../lambda/names.ts";
import type { Store } from "../../lambda/tracking/ports.ts";
import type { BuildView, RegistrationsView } from "../../lambda/builds-api/schemas.ts";
import { createGateway, type GatewayOptions } from "../../local/gateway.ts";
import { createTestClock } from "../../testing/clock.ts";
import { createQuietLog } from "../../testing/quiet-log.ts";
import { MemoryServiceStage } from "../../testing/memory-servicestage.ts";
import { createMemoryStore } from "../../testing/memory-store.ts";
import { faultOfAnswer, type Received } from "./document.ts";

/** The API over real HTTP, through the local gateway. Every answer is compared with the OpenAPI document. */

export const start = Date.parse("2025-06-24T12:00:00Z");
export const minute = 60_000;
export const channel = "C0123456789";

export interface Call {
  body?: unknown;
  headers?: Record<string, string>;
}
export interface Response extends Received {
  headers: Record<string, string | string[] | undefined>;
}

type Overrides = { store?: Store } & Partial<Pick<ApiParts, "defaults" | "slackApiUrl" | "loadRefusal">> &
  Pick<GatewayOptions, "authorizer">;

export async function startApi({
  store,
  defaults = {},
  slackApiUrl = "https://slack.com/api/",
  loadRefusal = async () => undefined,
  authorizer,
}: Overrides = {}) {
  const clock = createTestClock(start);
  const log = createQuietLog();
  const serviceStage = new MemoryServiceStage();
  const theStore = store ?? createMemoryStore(clock);
  let ids = 0;
  const handler: ApiHandler = createApiHandler({
    store: theStore,
    loadRefusal,
    clock,
    log,
    serviceStage: () => serviceStage,
    newId: () => `registration-${++ids}`,
    settings: { keepMillis: 30 * 24 * 60 * minute, abandonAfterMillis: 24 * 60 * minute },
    slackApiUrl,
    defaults,
  });
  const gateway = createGateway({ handler, ...(authorizer && { authorizer }), onError: () => undefined });
  const url = await gateway.start();

  /** A string or Buffer is sent unchanged, any other value as JSON. */
  async function call(method: string, path: string, options: Call = {}): Promise<Response> {
    const response = await send(`${url}${path}`, method, options);
    const route = routeOf(method, path);
    if (route) expect(faultOfAnswer(route, response)).toBeUndefined();
    return response;
  }
  /** The build in its first channel, as GET shows it. */
  async function show(buildId = "b1"): Promise<BuildView> {
    const { status, body } = await call("GET", `/builds/${buildId}`);
    expect(status).toBe(200);
    return (body as RegistrationsView).registrations[0]!;
  }
  return {
    call,
    show,
    clock,
    log,
    serviceStage,
    store: theStore,
    handler,
    url,
    close: () => gateway.close(),
  };
}

export type Api = Awaited<ReturnType<typeof startApi>>;

/** The route of the document that has this method and path. */
function routeOf(method: string, path: string): string | undefined {
  const asked = `${method} ${path.split("?")[0]!}`;
  return Object.values(routes).find((route) =>
    new RegExp(`^${route.replaceAll(/\{\w+\}/g, "[^/]+")}$`).test(asked),
  );
}

/** Uses `node:http`, because `fetch` would normalize the path before it sends the request. */
async function send(url: string, method: string, { body, headers = {} }: Call): Promise<Response> {
  const { port, origin } = new URL(url);
  const raw = typeof body === "string" || Buffer.isBuffer(body) || body === undefined;
  const payload = raw ? body : JSON.stringify(body);
  const sent = { ...(payload === undefined ? {} : { "content-type": "application/json" }), ...headers };
  const path = url.slice(origin.length);
  const outgoing = httpRequest({ host: "127.0.0.1", port, path, method, headers: sent });
  outgoing.end(payload);
  const [incoming] = (await once(outgoing, "response")) as [IncomingMessage];
  const text = (await incoming.toArray()).join("");
  return {
    status: incoming.statusCode!,
    type: incoming.headers["content-type"],
    headers: incoming.headers,
    body: text === "" ? undefined : JSON.parse(text),
  };
}
