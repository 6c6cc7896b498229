import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { channel, startApi, type Api, type Call } from "./system.ts";

let api: Api;
beforeEach(async () => {
  api = await startApi();
});
afterEach(() => api.close());

const padded = (bytes: number) => JSON.stringify({ channel }).padEnd(bytes);

/** The places of a problem's errors, sorted. */
const places = (body: unknown): string[] =>
  (body as { errors: { pointer?: string; parameter?: string }[] }).errors
    .map(({ pointer, parameter }) => pointer ?? parameter ?? "")
    .toSorted();

describe("a build id", () => {
  test.each([
    ["a", "one character"],
    ["0f7fqckzmjcfi0f7yxhx91l2rwrfyzd2poac90b5", "as ServiceStage makes them"],
    ["A-b_9", "with hyphen and underscore"],
    ["x".repeat(128), "of 128 characters"],
    ["constructor", "that JavaScript knows as a name"],
  ])("%s is taken: %s", async (id) => {
    expect((await api.call("PUT", `/builds/${id}`, { body: { channel } })).status).toBe(201);
    expect((await api.call("GET", `/builds/${id}`)).body).toMatchObject({ buildId: id });
  });

  test.each([
    ["a%2Fb", "an encoded slash"],
    ["..%2F..%2Fetc%2Fpasswd", "a way out of the path"],
    ["%2e%2e", "two dots"],
    ["a%00b", "a NUL"],
    ["a%20b", "a space"],
    ["a%0D%0ALocation:%20x", "a line break"],
    ["%C3%A9", "an accented letter"],
    ["%F0%9F%9B%92", "an emoji"],
    ["-a", "a hyphen at the beginning"],
    ["__proto__", "an underscore at the beginning"],
    ["%23servicestage", "the store's own key"],
    ["a.b", "a dot"],
    ["a%252Fb", "a slash encoded twice"],
    ["x".repeat(129), "129 characters"],
  ])("%s is refused by every operation: %s", async (id) => {
    for (const [method, path = ""] of [["PUT"], ["GET"], ["DELETE"], ["POST", "/redeliver"]] as const) {
      const call = method === "PUT" ? { body: { channel } } : {};
      const answer = await api.call(method, `/builds/${id}${path}`, call);
      expect({ status: answer.status, places: places(answer.body) }).toEqual({
        status: 400,
        places: ["buildId"],
      });
    }
  });

  test.each(["/builds/a/b", "/builds/../b", "/builds/", "/builds//", "/", "/Builds/a", "/builds/a/"])(
    "%s is no route",
    async (path) => {
      const { status, body } = await api.call("GET", path);
      expect({ status, body }).toEqual({ status: 404, body: { message: "Not Found" } });
    },
  );
});

test("each error quotes its value, so two errors of one kind differ", async () => {
  const body = { channel: "general", mention: ["@ada", "U0000001", "x".repeat(70), 7], thread: "no" };
  const answer = await api.call("PUT", "/builds/b1", { body });
  const aMention =
    "must be the ID of a Slack user (U… or W…) or user group (S…), such as U0123456789, or the word committer";
  expect((answer.body as { errors: object[] }).errors).toEqual([
    {
      pointer: "#/channel",
      detail:
        "must be a channel ID such as C0123456789: Slack shows the ID at the bottom of the channel's details; " +
        'the value is "general"',
    },
    { pointer: "#/mention/0", detail: `${aMention}; the value is "@ada"` },
    { pointer: "#/mention/2", detail: `${aMention}; the value is "${"x".repeat(60)}…"` },
    { pointer: "#/mention/3", detail: `${aMention}; the value is 7` },
    { pointer: "#/thread", detail: 'must be true or false; the value is "no"' },
  ]);
  expect((await api.call("GET", "/builds?status=odd&limit=0")).body).toMatchObject({
    errors: [
      {
        parameter: "status",
        detail: 'must be one of tracking, stopping, ended, abandoned, stopped; the value is "odd"',
      },
      { parameter: "limit", detail: "must be a whole number from 1 to 100; the value is 0" },
    ],
  });
});

describe("a registration's body", () => {
  const longMentions = Array.from({ length: 11 }, (_, index) => `U000000${index + 10}`);

  test.each<[string, unknown, string[]]>([
    ["no body, and no default channel", undefined, ["#/channel"]],
    ["an empty object, and no default channel", {}, ["#/channel"]],
    ["malformed JSON", '{"channel":', ["#"]],
    ["JSON with a comma too many", `{"channel":"${channel}",}`, ["#"]],
    ["bytes that are no UTF-8", Buffer.from([0x22, 0xff, 0xfe, 0x22]), ["#"]],
    ["white space", "  ", ["#"]],
    ["a list", "[]", ["#"]],
    ["null", "null", ["#"]],
    ["a number", "7", ["#"]],
    ["a channel's name", { channel: "#builds" }, ["#/channel"]],
    ["a direct message's id", { channel: "D0123456789" }, ["#/channel"]],
    ["a channel of another type", { channel: 7 }, ["#/channel"]],
    ["no channel but null", { channel: null }, ["#/channel"]],
    ["a channel with a line break after it", { channel: `${channel}\n` }, ["#/channel"]],
    ["an empty label", { channel, label: "" }, ["#/label"]],
    ["a label of spaces", { channel, label: "   " }, ["#/label"]],
    ["a label that can't be seen", { channel, label: "\u200B\u200D\uFEFF" }, ["#/label"]],
    ["a label of fillers", { channel, label: "\u3164\u2800\u00AD" }, ["#/label"]],
    ["a label of 101 characters", { channel, label: "x".repeat(101) }, ["#/label"]],
    ["a label with a line break", { channel, label: "a\nb" }, ["#/label"]],
    ["a label with a line separator", { channel, label: "a\u2028b" }, ["#/label"]],
    ["a label with half a surrogate pair", `{"channel":"${channel}","label":"\\ud800"}`, ["#/label"]],
    ["a label of another type", { channel, label: { toString: "x" } }, ["#/label"]],
    ["a mention by name", { channel, mention: "@ada" }, ["#/mention"]],
    ["a mention of committers", { channel, mention: ["committers"] }, ["#/mention/0"]],
    ["a mention of everybody", { channel, mention: ["!channel"] }, ["#/mention/0"]],
    [
      "mentions with two wrong entries",
      { channel, mention: ["U0000001", "x", 5] },
      ["#/mention/1", "#/mention/2"],
    ],
    ["a mention of another type", { channel, mention: { id: "U0000001" } }, ["#/mention"]],
    ["eleven mentions", { channel, mention: longMentions }, ["#/mention"]],
    ["a thread that is a text", { channel, thread: "true" }, ["#/thread"]],
    ["a tellSlow that is a text", { channel, tellSlow: "no" }, ["#/tellSlow"]],
    ["an unknown field", { channel, chanel: channel }, ["#/chanel"]],
    ["a field whose name is a path", { channel, "a/b~c": 1 }, ["#/a~1b~0c"]],
    [
      "fields with names of the prototype",
      `{"channel":"${channel}","__proto__":{"thread":false},"constructor":{"prototype":{}}}`,
      ["#/__proto__", "#/constructor"],
    ],
    [
      "many faults at once",
      { channel: "x", label: "\u0000", mention: ["y"], thread: 1, extra: 1, more: 2 },
      ["#/channel", "#/extra", "#/label", "#/mention/0", "#/more", "#/thread"],
    ],
  ])("is refused, each fault named: %s", async (_sentence, body, pointers) => {
    const answer = await api.call("PUT", "/builds/b1", { body });
    expect({ status: answer.status, places: places(answer.body) }).toEqual({ status: 400, places: pointers });
    expect(await api.store.loadBuild("b1", channel)).toBeUndefined();
  });

  test("one answer lists the errors of the path and of the body", async () => {
    const fields = await api.call("PUT", "/builds/a%2Fb", { body: { thread: 1 } });
    expect(places(fields.body)).toEqual(["#/channel", "#/thread", "buildId"]);
    const malformed = await api.call("PUT", "/builds/a%2Fb", { body: "{" });
    expect(places(malformed.body)).toEqual(["#", "buildId"]);
  });

  test("an error says what is expected, and where to find it", async () => {
    const { body } = await api.call("PUT", "/builds/b1", { body: { channel: "#builds" } });
    expect(body).toMatchObject({
      type: "urn:build-notifier:problem:invalidRequest",
      title: "The request is not valid",
      instance: "/builds/b1",
      errors: [{ pointer: "#/channel", detail: expect.stringMatching(/C0123456789.*channel's details/) }],
    });
  });

  test.each<[string, Call, number]>([
    ["16 KB are taken", { body: padded(16 * 1024) }, 201],
    ["one byte more is not", { body: padded(16 * 1024 + 1) }, 413],
    ["17 KB are not", { body: padded(17 * 1024) }, 413],
    ["bytes count, not characters", { body: JSON.stringify({ channel, label: "é".repeat(9 * 1024) }) }, 413],
    [
      "JSON declared as a form, as curl -d does",
      { headers: { "content-type": "application/x-www-form-urlencoded" } },
      415,
    ],
    ["JSON declared as text", { headers: { "content-type": "text/plain" } }, 415],
    ["JSON with a charset", { headers: { "content-type": "application/json; charset=utf-8" } }, 201],
    [
      "JSON of a named kind, which arrives in base64",
      { headers: { "content-type": "application/vnd.x+json" } },
      201,
    ],
    ["JSON declared in capitals", { headers: { "Content-Type": "Application/JSON" } }, 201],
    ["no body, whatever its type", { body: "", headers: { "content-type": "text/plain" } }, 400],
  ])("size and type: %s", async (_sentence, call, status) => {
    const answer = await api.call("PUT", "/builds/b1", { body: { channel }, ...call });
    expect(answer.status).toBe(status);
  });

  test("a request with another content type gets the right one in the answer", async () => {
    const headers = { "content-type": "application/x-www-form-urlencoded" };
    const { body } = await api.call("PUT", "/builds/b1", { body: { channel }, headers });
    expect(body).toMatchObject({ detail: expect.stringContaining("-H 'Content-Type: application/json'") });
  });

  test("JSON without a content type is accepted", async () => {
    const body = Buffer.from(JSON.stringify({ channel })).toString("base64");
    const event = { ...gatewayEvent("PUT /builds/{buildId}"), body, isBase64Encoded: true };
    expect(await api.handler(event, context)).toMatchObject({ statusCode: 201 });
  });
});

describe("a list's parameters", () => {
  test.each([
    ["status=running", ["status"]],
    ["status=", ["status"]],
    ["status=ended&status=stopped", ["status"]],
    ["limit=0", ["limit"]],
    ["limit=0.5", ["limit"]],
    ["limit=101", ["limit"]],
    ["limit=ten", ["limit"]],
    ["limit=1e999", ["limit"]],
    ["limit=1e1", ["limit"]],
    ["limit=0x5", ["limit"]],
    ["limit=100.0", ["limit"]],
    ["limit=%205", ["limit"]],
    ["channel=builds", ["channel"]],
    ["channel=", ["channel"]],
    [`channel=${channel}%0A`, ["channel"]],
    ["job=a%2Fb", ["job"]],
    ["job=", ["job"]],
    [`job=${"x".repeat(129)}`, ["job"]],
    ["cursor=", ["cursor"]],
    ["cursor=%23", ["cursor"]],
    [`cursor=${"x".repeat(301)}`, ["cursor"]],
    ["stauts=ended", ["stauts"]],
    ["__proto__=1", ["__proto__"]],
    [
      "status=x&limit=x&cursor=*&page=2&channel=x&job=-",
      ["channel", "cursor", "job", "limit", "page", "status"],
    ],
  ])("GET /builds?%s names %j", async (query, parameters) => {
    const answer = await api.call("GET", `/builds?${query}`);
    expect({ status: answer.status, places: places(answer.body) }).toEqual({
      status: 400,
      places: parameters,
    });
  });
});

describe("the channel of an operation", () => {
  test.each([
    ["channel=builds", ["channel"]],
    ["channel=", ["channel"]],
    ["channel=D0123456789", ["channel"]],
    [`channel=${channel}&channel=${channel}`, ["channel"]],
    [`chanel=${channel}`, ["chanel"]],
    ["channel=x&status=ended", ["channel", "status"]],
  ])("%s is refused, so that it does not count as all channels: %j", async (query, parameters) => {
    await api.call("PUT", "/builds/b1", { body: { channel } });
    for (const [method, path] of [
      ["DELETE", "/builds/b1"],
      ["POST", "/builds/b1/redeliver"],
    ] as const) {
      const answer = await api.call(method, `${path}?${query}`);
      expect({ status: answer.status, places: places(answer.body) }).toEqual({
        status: 400,
        places: parameters,
      });
    }
    const build = await api.store.loadBuild("b1", channel);
    expect([build!.stopRequestedAt, build!.redeliverRequestedAt]).toEqual([undefined, undefined]);
  });

  test("one answer lists the errors of the path and of the query", async () => {
    const { body } = await api.call("DELETE", "/builds/a%2Fb?channel=x");
    expect(places(body)).toEqual(["buildId", "channel"]);
  });
});

test("one answer lists the errors of the path, of the query and of the body", async () => {
  const { body } = await api.call("PUT", "/builds/a%2Fb?channel=x", { body: { thread: 1, x: 1 } });
  expect(places(body)).toEqual(["#/channel", "#/thread", "#/x", "buildId", "channel"]);
  const unread = await api.call("PUT", "/builds/a%2Fb?x=1", { body: padded(16 * 1024 + 1) });
  expect(unread.status).toBe(413);
  expect(places(unread.body)).toEqual(["buildId", "x"]);
});

test("an operation without a query refuses one, so that a filter is not ignored", async () => {
  const { status, body } = await api.call("GET", `/builds/b1?channel=${channel}`);
  expect({ status, places: places(body) }).toEqual({ status: 400, places: ["channel"] });
});

const context = {} as Parameters<Api["handler"]>[1];
const gatewayEvent = (routeKey: string): Parameters<Api["handler"]>[0] => ({
  version: "2.0",
  routeKey,
  rawPath: "/builds/b1",
  rawQueryString: "",
  headers: {},
  pathParameters: { buildId: "b1" },
  isBase64Encoded: false,
  requestContext: {
    accountId: "",
    apiId: "",
    domainName: "",
    domainPrefix: "",
    http: { method: "", path: "", protocol: "", sourceIp: "", userAgent: "" },
    requestId: "request-1",
    routeKey,
    stage: "$default",
    time: "",
    timeEpoch: 0,
  },
});

test("a route that only API Gateway knows is answered with a problem", async () => {
  expect(await api.handler(gatewayEvent("$default"), context)).toMatchObject({
    statusCode: 404,
    headers: { "content-type": "application/problem+json" },
    body: expect.stringContaining("The operation does not exist"),
  });
});
