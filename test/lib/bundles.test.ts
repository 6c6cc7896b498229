import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { canary } from "../../local/canary.ts";
import { parseLocalSettings } from "../../local/settings.ts";
import { startLocalSystem, type Handlers, type LocalSystem } from "../../local/system.ts";
import { temporaryFolder } from "../temporary-folder.ts";
import { until } from "../until.ts";
import { invoke } from "./invoke.ts";
import { type Deployed, synthesizeBundles } from "./synthesize.ts";

/** Tests the bundles that `cdk deploy` uploads, and runs them as Lambda does. */

const folder = temporaryFolder("bundles");
const deployed: Record<string, Map<string, Deployed>> = {};
const apiToken = `${canary}-api-token`;
let system: LocalSystem;
let endpoints: Record<string, string>;

beforeAll(async () => {
  for (const authorization of ["iam", "token"]) {
    deployed[authorization] = synthesizeBundles(folder, { authorization });
  }
  const load = async (name: string) => {
    const module = `${deployed["token"]!.get(name)!.folder}/index.mjs`;
    return ((await import(module)) as { handler: never }).handler;
  };
  const loadHandlers = async (): Promise<Handlers> => ({
    handler: await load("ApiFunction"),
    authorizer: await load("ApiAuthorizer"),
    slack: await load("SlackFunction"),
    poll: await load("PollerFunction"),
  });
  system = await startLocalSystem(parseLocalSettings([], { PORT: "0" }), { loadHandlers, apiToken });
  endpoints = endpointsOf(process.env);
}, 240_000);
afterAll(() => system.close());

const bundleBytes = (name: string): number =>
  statSync(`${deployed["token"]!.get(name)!.folder}/index.mjs`).size;

/** The endpoints of the local system, and the names of its table and secret. */
const endpointsOf = (env: NodeJS.ProcessEnv): Record<string, string> =>
  Object.fromEntries(
    [
      // The local system accepts only this key.
      "AWS_ACCESS_KEY_ID",
      "AWS_ENDPOINT_URL_DYNAMODB",
      "AWS_ENDPOINT_URL_SECRETS_MANAGER",
      "TABLE_NAME",
      "CREDENTIALS_SECRET_ID",
      "SERVICESTAGE_ENDPOINT",
      "IAM_ENDPOINT",
      "HUAWEI_REGION",
      "SLACK_API_URL",
    ].map((name) => [name, env[name] ?? ""]),
  );

const phases = [
  { name: "Init", state: "Successful" },
  { name: "Build", state: "Failed" },
];

/** The caller, as API Gateway describes it to the function. */
const callers = {
  iam: {
    iam: { accountId: "123456789012", userArn: "arn:aws:iam::123456789012:user/ci", accessKey: "AKIA" },
  },
  token: { lambda: {} },
};

/** API Gateway's payload 2.0. */
const request = (authorization: keyof typeof callers, buildId: string, body?: string) => ({
  version: "2.0",
  routeKey: "PUT /builds/{buildId}",
  rawPath: `/builds/${buildId}`,
  rawQueryString: "",
  headers: { "content-type": "application/json" },
  pathParameters: { buildId },
  requestContext: { requestId: "r1", authorizer: callers[authorization], http: { method: "PUT" } },
  isBase64Encoded: false,
  ...(body !== undefined && { body }),
});

describe.each(["iam", "token"] as const)("with authorization by %s, the deployed", (authorization) => {
  const invokeDeployed = (name: string, event: unknown) =>
    invoke(deployed[authorization]!.get(name)!, event, endpoints);
  const buildId = `by-${authorization}`;
  const channel = "C0BUILDS001";

  test("functions are these", () => {
    const authorizer = authorization === "token" ? ["ApiAuthorizer"] : [];
    expect([...deployed[authorization]!.keys()]).toEqual([
      "PollerFunction",
      "ApiFunction",
      ...authorizer,
      "SlackFunction",
    ]);
  });

  test("API registers a build, and the deployed poller delivers its messages and writes a line of metrics", async () => {
    system.serviceStage!.setPhases(buildId, phases, { job_name: `bundled ${authorization}` });
    const body = JSON.stringify({ channel });
    const registered = await invokeDeployed("ApiFunction", request(authorization, buildId, body));
    expect(registered).toMatchObject({ answer: { statusCode: 201 }, lines: [] });

    const ticked = await invokeDeployed("PollerFunction", { scheduledTime: new Date().toISOString() });
    expect(ticked.answer).toMatchObject({ delivered: 1, errors: 0, notUnderstood: 0 });
    expect(ticked.lines).toMatchObject([
      { level: "INFO", message: "Transition", buildId, phase: "Init", to: "Successful" },
      { level: "INFO", message: "Transition", buildId, phase: "Build", from: "NotStarted", to: "Failed" },
      { level: "INFO", message: "Tick", delivered: 1 },
      {
        _aws: { CloudWatchMetrics: [{ Namespace: "BuildNotifier" }] },
        service: "the-function",
        MessagesDelivered: 1,
      },
    ]);
    const cards = system.slack!.channel(channel).messages.map(({ text }) => text);
    expect(cards).toContainEqual(expect.stringMatching(new RegExp(`^❌ Failed: bundled ${authorization}`)));
  });

  test.each([
    ["a body that is no JSON", "{", "JSON"],
    ["a channel by its name", '{"channel": "#builds"}', "channel"],
  ])("API answers %s with a problem", async (_, body, named) => {
    const { answer } = await invokeDeployed("ApiFunction", request(authorization, "b1", body));
    expect(answer).toMatchObject({
      statusCode: 400,
      headers: { "content-type": "application/problem+json" },
    });
    expect(String(answer!["body"])).toContain(named);
  });

  test("poller refuses an invalid event, and writes no metrics", async () => {
    const { answer, error, lines } = await invokeDeployed("PollerFunction", { shard: "first" });
    expect(answer).toBeUndefined();
    expect(error).toContain("The poll event is not valid");
    expect(lines.filter((line) => "_aws" in line)).toEqual([]);
  });
});

describe("the deployed log describes an error without its class name, because bundles shorten class names:", () => {
  const body = JSON.stringify({ channel: "C0BUILDS002" });
  const invokeWith = (name: string, event: unknown, changed: Record<string, string> = {}) =>
    invoke(deployed["token"]!.get(name)!, event, { ...endpoints, ...changed }, 40_000);

  /** The poller's warnings while it delivers the messages of a new build. */
  async function warningsOf(buildId: string, changed: Record<string, string> = {}) {
    system.serviceStage!.setPhases(buildId, phases, { job_name: buildId });
    await invokeWith("ApiFunction", request("token", buildId, body));
    const { lines } = await invokeWith("PollerFunction", {}, changed);
    return lines.filter(({ level, feed }) => level === "WARN" && feed === `build ${buildId}`);
  }

  test("an error of Slack's SDK, by its text", async () => {
    const clear = system.slack!.fail({ answer: "status", status: 503 });
    const [warning] = await warningsOf("refused");
    clear();
    expect(warning).toMatchObject({ reason: "Slack answered with the status 503" });
  });

  test("an error of our own, by its text", async () => {
    const [warning] = await warningsOf("unsent", { SLACK_API_URL: "http://127.0.0.1:2/" });
    expect(warning).toMatchObject({ reason: "no connection to Slack: ECONNREFUSED" });
  });

  test("an error of AWS's SDK, by AWS's name", async () => {
    const { lines } = await invokeWith("ApiFunction", request("token", "b1", body), {
      TABLE_NAME: "another",
    });
    expect(lines).toMatchObject([{ level: "ERROR", error: { name: "ResourceNotFoundException" } }]);
  });

  /** The classes of Slack's SDK. {@link answerOf} does not use their names. */
  test.each([
    ["PollerFunction", 1],
    ["ApiFunction", 0],
    ["ApiAuthorizer", 0],
    ["SlackFunction", 1],
  ])("in %s so many errors are named by their class: %i", (name, count) => {
    const bundle = readFileSync(`${deployed["token"]!.get(name)!.folder}/index.mjs`, "utf8");
    expect(bundle.split("this.name=this.constructor.name")).toHaveLength(count + 1);
  });
});

/** A cold start loads the whole bundle. If a bundle exceeds its budget, `npm run bench -- start` shows its parts. */
test.each([
  ["PollerFunction", 475],
  ["ApiFunction", 380],
  ["ApiAuthorizer", 250],
  ["SlackFunction", 420],
])("the bundle of %s has at most %i KB", (name, kilobytes) => {
  expect(bundleBytes(name)).toBeLessThanOrEqual(kilobytes * 1_024);
});

test.each([
  ["accepts a token of the secret", { authorization: `Bearer ${apiToken}` }, true],
  ["refuses another token", { authorization: "Bearer another" }, false],
  ["refuses a header that is no bearer token", { authorization: "local" }, false],
  ["refuses an event without headers", undefined, false],
])("the deployed authorizer %s", async (_, headers, isAuthorized) => {
  const event = { version: "2.0", type: "REQUEST", routeKey: "GET /builds", headers };
  const { answer } = await invoke(deployed["token"]!.get("ApiAuthorizer")!, event, endpoints);
  expect(answer).toEqual({ isAuthorized });
});

async function call(method: string, token = system.apiToken) {
  const response = await fetch(`${system.apiUrl}/builds/b1`, {
    method,
    headers: { authorization: `Bearer ${token}` },
  });
  const text = await response.text();
  return {
    status: response.status,
    body: (text ? JSON.parse(text) : {}) as {
      registrations?: { status: string; pending: unknown[] }[];
    },
  };
}

test("no deployed file contains a secret of this machine", () => {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  const leaking = files.map(({ parentPath, name }) => join(parentPath, name)).filter(holdsCanary);
  expect(files.length).toBeGreaterThan(3);
  expect(leaking).toEqual([]);
});

const holdsCanary = (file: string): boolean => readFileSync(file).includes(canary);

test("the deployed poller delivers the messages of a build that was registered with the deployed API", async () => {
  system.startTicking((error) => {
    throw error;
  });
  system.serviceStage!.setPhases("b1", phases, { job_name: "bundled" });
  expect((await call("PUT", "another token")).status).toBe(403);
  expect((await call("PUT")).status).toBe(201);
  await until(async () => {
    const [build] = (await call("GET")).body.registrations ?? [];
    return build?.status === "ended" && build.pending.length === 0;
  });
  const card = system
    .slack!.channel(system.defaultChannel)
    .messages.find(({ text }) => /^❌ Failed: bundled$/m.test(text.split("\n")[0]!));
  expect(card!.replies.map(({ text }) => text)).toEqual([
    expect.stringContaining("*Build*: Not started → Failed"),
  ]);
});
