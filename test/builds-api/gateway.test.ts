import { afterEach, describe, expect, test } from "@jest/globals";
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from "aws-lambda";
import { createGateway, type Gateway, type GatewayOptions } from "../../local/gateway.ts";

const throwing = async () => {
  throw new Error("inside");
};

let gateway: Gateway | undefined;
afterEach(() => gateway?.close());

async function start(options: Partial<GatewayOptions> = {}) {
  const events: APIGatewayProxyEventV2[] = [];
  const handler = async (event: APIGatewayProxyEventV2): Promise<APIGatewayProxyStructuredResultV2> => {
    events.push(event);
    return {
      statusCode: 200,
      headers: { "x-count": 1 },
      cookies: ["a=1", "b=2"],
      body: "aGk=",
      isBase64Encoded: true,
    };
  };
  gateway = createGateway({ handler, onError: () => undefined, ...options });
  return { url: await gateway.start(), events };
}

describe("the local gateway makes the same event as API Gateway", () => {
  test("for a request with everything", async () => {
    const { url, events } = await start();
    const headers = new Headers({
      "Content-Type": "application/json",
      Cookie: "a=1; b=2",
      "X-Several": "one",
    });
    headers.append("X-Several", "two");
    await fetch(`${url}/builds/caf%C3%A9%2Fx?a=1&b=%20&a=2`, { method: "PUT", headers, body: '{"é":1}' });
    expect(events).toMatchObject([
      {
        version: "2.0",
        routeKey: "PUT /builds/{buildId}",
        rawPath: "/builds/café/x",
        rawQueryString: "a=1&b=%20&a=2",
        queryStringParameters: { a: "1,2", b: " " },
        pathParameters: { buildId: "café/x" },
        cookies: ["a=1", "b=2"],
        headers: { "content-type": "application/json", "x-several": "one, two" },
        body: '{"é":1}',
        isBase64Encoded: false,
        requestContext: {
          http: { method: "PUT", path: "/builds/café/x", sourceIp: "127.0.0.1" },
          routeKey: "PUT /builds/{buildId}",
          stage: "$default",
          time: expect.stringMatching(/^\d\d\/[A-Z][a-z]{2}\/\d{4}:\d\d:\d\d:\d\d \+0000$/),
        },
      },
    ]);
    expect(events[0]!.headers).not.toHaveProperty("cookie");
  });

  test("for a request without query, parameters or body", async () => {
    const { url, events } = await start();
    await fetch(`${url}/builds`);
    expect(events).toMatchObject([{ routeKey: "GET /builds", rawQueryString: "", isBase64Encoded: false }]);
    for (const absent of ["queryStringParameters", "pathParameters", "cookies", "body"]) {
      expect(events[0]).not.toHaveProperty(absent);
    }
  });

  test("for a body that is not text", async () => {
    const { url, events } = await start();
    await fetch(`${url}/builds/b1`, { method: "PUT", body: new Uint8Array([0xff, 0x00]) });
    expect(events).toMatchObject([{ body: "/wA=", isBase64Encoded: true }]);
  });
});

describe("the local gateway answers", () => {
  test("with the handler's answer", async () => {
    const { url } = await start();
    const response = await fetch(`${url}/builds`);
    expect(response.status).toBe(200);
    expect(response.headers.get("x-count")).toBe("1");
    expect(response.headers.getSetCookie()).toEqual(["a=1", "b=2"]);
    expect(await response.text()).toBe("hi");
  });

  test.each<[string, string, RequestInit, number, string]>([
    ["404 for a route that does not exist", "/nothing", {}, 404, "Not Found"],
    ["404 for a method that a route lacks", "/builds", { method: "POST", body: "x" }, 404, "Not Found"],
    ["400 for a path that can't be decoded", "/builds/%FF", {}, 400, "Bad Request"],
    [
      "413 for more than 10 MB",
      "/builds/b1",
      { method: "PUT", body: "x".repeat(10 * 1024 * 1024 + 1) },
      413,
      "Request Entity Too Large",
    ],
  ])("%s", async (_sentence, path, init, status, message) => {
    const { url, events } = await start();
    const response = await fetch(`${url}${path}`, init);
    expect({ status: response.status, body: await response.json() }).toEqual({ status, body: { message } });
    expect(events).toEqual([]);
  });

  test("500 when the handler throws, and only the operator sees the error", async () => {
    const told: unknown[] = [];
    const { url } = await start({ handler: throwing, onError: (error) => told.push(error) });
    const response = await fetch(`${url}/builds`);
    expect({ status: response.status, body: await response.json() }).toEqual({
      status: 500,
      body: { message: "Internal Server Error" },
    });
    expect(told).toMatchObject([{ message: "inside" }]);
  });

  test("with the fallback if no route matches", async () => {
    const { url } = await start({ fallback: (request, response) => response.end(`no route ${request.url}`) });
    expect(await (await fetch(`${url}/page`)).text()).toBe("no route /page");
  });

  test("nothing before it is started: it has no address", () => {
    const unstarted = createGateway({ handler: async () => ({}) });
    expect(() => unstarted.url).toThrow("call start() first");
  });
});
