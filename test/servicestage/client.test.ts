import { once } from "node:events";
import { createServer } from "node:http";
import { createServer as createSocketServer, type AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { createServiceStage, type ServiceStageOptions } from "../../lambda/servicestage/client.ts";
import { ServiceStageError, type HuaweiCredentials } from "../../lambda/tracking/ports.ts";
import { canary } from "../../local/canary.ts";
import { listen } from "../../local/listen.ts";
import { createServiceStageServer, type ServiceStageServer } from "../../local/servicestage/server.ts";
import { createTestClock, type TestClock } from "../../testing/clock.ts";
import { createQuietLog } from "../../testing/quiet-log.ts";
import { accessKey, otherAccessKey, password } from "./credentials.ts";
import { heldCredentials } from "../../testing/held-credentials.ts";

const hourMillis = 60 * 60_000;
const minuteMillis = 60_000;

let server: ServiceStageServer;
let clock: TestClock;
let log: ReturnType<typeof createQuietLog>;

beforeEach(async () => {
  clock = createTestClock();
  log = createQuietLog();
  server = createServiceStageServer({ credentials: accessKey, clock });
  await server.start();
  server.setPhases("b1", [{ id: 7, name: "Init", state: "Building" }], { job_name: "webshop" });
});

afterEach(() => server.close());

const createClient = (options: Partial<ServiceStageOptions> = {}) =>
  createServiceStage({
    endpoint: server.url,
    iamEndpoint: server.url,
    region: "cn-north-4",
    credentials: heldCredentials(accessKey),
    clock,
    log,
    ...options,
  });

const createUser = (options: Partial<ServiceStageOptions> = {}) =>
  createClient({ credentials: heldCredentials(password), ...options });

const signIns = () => server.requests.filter((request) => request.includes("/v3/auth/tokens"));
const calls = () => server.requests.filter((request) => request.includes("/assembling/"));

async function failureOf(call: Promise<unknown>): Promise<ServiceStageError> {
  const failure = await call.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!(failure instanceof ServiceStageError)) throw new Error("No ServiceStageError was thrown");
  return failure;
}

/** Everything that a log could show of a failure, and the logged lines. */
const told = (failure: ServiceStageError): string =>
  JSON.stringify([failure.message, failure.stack, String(failure.cause), failure, log.lines]);

const failToRead = async () => {
  throw new Error("the secret x can't be read");
};

describe("reading a build", () => {
  test("phases and details have their own paths", async () => {
    const client = createClient();
    expect(await client.fetchPhases("b1")).toEqual([{ id: "7", name: "Init", state: "Building" }]);
    expect(await client.fetchDetails("b1")).toEqual({ jobName: "webshop", state: "Building" });
    expect(server.requests).toEqual(["GET /assembling/v1/builds/b1/phases", "GET /assembling/v1/builds/b1"]);
  });

  test.each([
    ["a/b?c#d", "a%2Fb%3Fc%23d"],
    ["%2e%2e", "%252e%252e"],
    ["it's (1)!*", "it%27s%20%281%29%21%2A"],
    ["生成", "%E7%94%9F%E6%88%90"],
  ])("the id %p is encoded, and signed as the gateway reads it", async (buildId, encoded) => {
    server.setPhases(buildId, []);
    expect(await createClient().fetchPhases(buildId)).toEqual([]);
    expect(server.requests).toEqual([`GET /assembling/v1/builds/${encoded}/phases`]);
  });

  test.each([[""], ["."], [".."], ["\uD800"]])("the id %p is unknown without a call", async (buildId) => {
    expect(await failureOf(createClient().fetchPhases(buildId))).toMatchObject({ reason: "unknownBuild" });
    expect(server.requests).toEqual([]);
  });

  test("an endpoint may end with a slash", async () => {
    const client = createClient({ endpoint: `${server.url}/` });
    expect(await client.fetchPhases("b1")).toHaveLength(1);
  });

  test("one connection serves call after call", async () => {
    const ports = new Set<number | undefined>();
    const counting = createServer((request, response) => {
      ports.add(request.socket.remotePort);
      response.end('{"list": []}');
    });
    const listening = await listen(counting, 0);
    const client = createClient({ endpoint: listening.url });
    for (let calls = 0; calls < 3; calls++) await client.fetchPhases("b1");
    await listening.close();
    expect(ports.size).toBe(1);
  });

  test("calls to an https endpoint use TLS", async () => {
    const received: Buffer[] = [];
    const listening = createSocketServer((socket) => {
      socket.once("data", (data) => received.push(data) && socket.destroy()).on("error", () => {});
    }).listen(0, "127.0.0.1");
    await once(listening, "listening");
    const { port } = listening.address() as AddressInfo;
    await failureOf(createClient({ endpoint: `https://127.0.0.1:${port}` }).fetchPhases("b1"));
    listening.close();
    const handshake = 22;
    expect(received[0]![0]).toBe(handshake);
  });

  test("a connection that the server closed is replaced", async () => {
    server.fault = { kind: "down", times: 1 };
    expect(await createClient().fetchPhases("b1")).toHaveLength(1);
    expect(calls()).toHaveLength(2);
  });
});

describe("with an access key", () => {
  test("a temporary key's security token and the project are signed and sent", async () => {
    const temporary = { ...accessKey, securityToken: `${canary}-security-token` };
    server.gate.credentials = temporary;
    const client = createClient({ credentials: heldCredentials(temporary), projectId: "p1" });
    expect(await client.fetchPhases("b1")).toHaveLength(1);
  });

  test("a temporary key without its security token is refused", async () => {
    server.gate.credentials = { ...accessKey, securityToken: `${canary}-security-token` };
    expect(await failureOf(createClient().fetchPhases("b1"))).toMatchObject({ reason: "refused" });
  });

  test("a refused key is never tried again", async () => {
    const source = heldCredentials<HuaweiCredentials>(otherAccessKey);
    const failure = await failureOf(createClient({ credentials: source }).fetchPhases("b1"));
    expect(failure).toMatchObject({ reason: "refused", status: 401, code: "APIGW.0301" });
    expect(calls()).toHaveLength(1);
    expect(source.refused).toEqual([otherAccessKey]);
  });

  test("when the secret has other credentials, they are tried once", async () => {
    const source = heldCredentials<HuaweiCredentials>(otherAccessKey, accessKey);
    expect(await createClient({ credentials: source }).fetchPhases("b1")).toHaveLength(1);
    expect(calls()).toHaveLength(2);
    expect(log.lines).toHaveLength(1);
  });

  test("when the other credentials are refused too, nothing more is tried", async () => {
    const source = heldCredentials<HuaweiCredentials>(otherAccessKey, {
      ...accessKey,
      secretKey: `${canary}-wrong`,
    });
    const failure = await failureOf(createClient({ credentials: source }).fetchPhases("b1"));
    expect(failure).toMatchObject({ reason: "refused" });
    expect(calls()).toHaveLength(2);
    expect(source.refused).toHaveLength(1);
  });

  test("a clock that is 16 minutes off is refused", async () => {
    const slow = createClient({ clock: { now: () => clock.now() - 16 * minuteMillis } });
    expect(await failureOf(slow.fetchPhases("b1"))).toMatchObject({ reason: "refused" });
  });

  test("the error says that the secret can't be read", async () => {
    const failure = await failureOf(
      createClient({ credentials: { read: failToRead, renew: failToRead } }).fetchPhases("b1"),
    );
    expect(failure).toMatchObject({
      reason: "unavailable",
      message: "build b1: the credentials for Huawei Cloud can't be read: the secret x can't be read",
    });
  });

  test("when the secret can't be read again, the refusal stays and the problem is logged", async () => {
    const credentials = { read: async () => otherAccessKey, renew: failToRead };
    expect(await failureOf(createClient({ credentials }).fetchPhases("b1"))).toMatchObject({
      reason: "refused",
    });
    expect(JSON.stringify(log.lines)).toContain("the secret x can't be read");
  });
});

describe("with a user's token", () => {
  beforeEach(() => {
    server.gate.credentials = password;
  });

  test("twenty calls at once share one sign-in", async () => {
    const client = createUser();
    await Promise.all(Array.from({ length: 20 }, () => client.fetchPhases("b1")));
    expect(signIns()).toEqual(["POST /v3/auth/tokens?nocatalog=true"]);
  });

  test("twenty calls whose token became invalid share one new sign-in", async () => {
    const client = createUser();
    await client.fetchPhases("b1");
    server.gate.revokeTokens();
    await Promise.all(Array.from({ length: 20 }, () => client.fetchPhases("b1")));
    expect(signIns()).toHaveLength(2);
  });

  test.each([
    [11, 1],
    [13, 2],
  ])(
    "after %p hours there were %p sign-ins, because a token is renewed after half of its life",
    async (hours, count) => {
      const client = createUser();
      await client.fetchPhases("b1");
      clock.advance(hours * hourMillis);
      await Promise.all([client.fetchPhases("b1"), client.fetchPhases("b1")]);
      expect(signIns()).toHaveLength(count);
    },
  );

  test("a new token that is refused is not replaced again", async () => {
    server.fault = { kind: "refused", path: "/assembling/" };
    expect(await failureOf(createUser().fetchPhases("b1"))).toMatchObject({ reason: "refused", status: 401 });
    expect([signIns().length, calls().length]).toEqual([2, 2]);
  });

  test("a missing permission does not lead to a new token", async () => {
    server.fault = { kind: "forbidden", path: "/assembling/" };
    expect(await failureOf(createUser().fetchPhases("b1"))).toMatchObject({
      reason: "forbidden",
      status: 403,
    });
    expect([signIns().length, calls().length]).toEqual([1, 1]);
  });

  test("another user does not get the first one's token", async () => {
    const held = heldCredentials<HuaweiCredentials>(password);
    const client = createUser({ credentials: held });
    await client.fetchPhases("b1");
    const other = { ...password, user: "other" };
    server.gate.credentials = other;
    held.read = async () => other;
    expect(await client.fetchPhases("b1")).toHaveLength(1);
    expect(signIns()).toHaveLength(2);
  });

  test("a sign-in whose connection breaks is not repeated, because IAM may have carried it out", async () => {
    server.fault = { kind: "down", path: "/v3/auth", times: 1 };
    expect(await failureOf(createUser().fetchPhases("b1"))).toMatchObject({ reason: "unavailable" });
    expect([signIns().length, calls().length]).toEqual([1, 0]);
  });

  /** An IAM and a ServiceStage that accept long headers, with this token. */
  async function withToken(token: string, expiresAt: string, use: (endpoint: string) => Promise<void>) {
    const requests: (string | undefined)[] = [];
    const listening = await listen(
      createServer({ maxHeaderSize: 64 * 1024 }, (request, response) => {
        if (request.method === "POST") {
          response.writeHead(201, { "X-Subject-Token": token });
          response.end(JSON.stringify({ token: { expires_at: expiresAt } }));
        } else {
          response.writeHead(request.headers["x-auth-token"] === token ? 200 : 401).end('{"list": []}');
        }
        requests.push(request.method);
      }),
      0,
    );
    try {
      await use(listening.url);
    } finally {
      await listening.close();
    }
    return requests;
  }

  test.each([1, 15, 20, 32])("a token of %p KB is accepted and sent", async (kilobytes) => {
    const token = `${canary}${"t".repeat(kilobytes * 1024)}`;
    await withToken(token, "2026-01-06T10:00:00Z", async (endpoint) => {
      expect(await createUser({ endpoint, iamEndpoint: endpoint }).fetchPhases("b1")).toEqual([]);
    });
  });

  test.each([
    ["is over when it comes", "2020-01-01T00:00:00Z", 1, ["POST", "GET", "GET"]],
    ["is said to live for ages", "9999-01-01T00:00:00Z", 13 * 60, ["POST", "GET", "POST", "GET"]],
  ])("a token that %s is used, and renewed in time", async (_, expiresAt, minutes, methods) => {
    const requests = await withToken(canary, expiresAt, async (endpoint) => {
      const client = createUser({ endpoint, iamEndpoint: endpoint });
      await client.fetchPhases("b1");
      clock.advance(minutes * minuteMillis);
      await client.fetchPhases("b1");
    });
    expect(requests).toEqual(methods);
  });

  test("a refused sign-in is tried once for all waiting calls", async () => {
    server.gate.credentials = { ...password, password: `${canary}-changed` };
    const client = createUser();
    const failures = await Promise.all(Array.from({ length: 20 }, () => failureOf(client.fetchPhases("b1"))));
    expect(new Set(failures.map(({ reason }) => reason))).toEqual(new Set(["refused"]));
    expect([signIns().length, calls().length]).toEqual([1, 0]);
  });

  test("when the old password is refused, the new one is read from the secret", async () => {
    const changed = { ...password, password: `${canary}-changed` };
    server.gate.credentials = changed;
    const client = createUser({ credentials: heldCredentials(password, changed) });
    expect(await client.fetchPhases("b1")).toHaveLength(1);
    expect(signIns()).toHaveLength(2);
  });

  test("a failed sign-in is not remembered", async () => {
    const client = createUser();
    server.fault = { kind: "error", times: 1 };
    expect(await failureOf(client.fetchPhases("b1"))).toMatchObject({ reason: "unavailable" });
    expect(await client.fetchPhases("b1")).toHaveLength(1);
  });
});

describe("no secret appears in an error or in the log", () => {
  const secrets = new RegExp(`${canary}|0123456789abcdef`);
  const securityToken = `${canary}-security-token-0123456789abcdefghij`;

  test.each([400, 401, 403, 404, 500])(
    "when a gateway repeats a signed request with a %p",
    async (status) => {
      const source = heldCredentials<HuaweiCredentials>({ ...accessKey, securityToken });
      const repeated = `bad request: X-Security-Token:${securityToken} Signature=${"0123456789abcdef".repeat(4)} ${accessKey.secretKey}`;
      server.fault = { kind: "answer", status, body: { error_code: "APIGW.0201", error_msg: repeated } };
      const failure = await failureOf(createClient({ credentials: source }).fetchPhases("b1"));
      expect(failure.message).toContain("bad request");
      expect(told(failure)).not.toMatch(secrets);
    },
  );

  test.each([400, 401, 500])("when IAM repeats a sign-in with a %p", async (status) => {
    const message = `no such password: ${password.password}`;
    server.fault = { kind: "answer", status, body: { error: { code: status, message, title: message } } };
    const client = createClient({ credentials: heldCredentials(password) });
    expect(told(await failureOf(client.fetchPhases("b1")))).not.toMatch(secrets);
  });

  /** Accepts every call, and repeats the received token wherever it can. The token is short. */
  async function startEcho(expiresAt: string) {
    const iamToken = `${canary}-t0`;
    const requests: string[] = [];
    const listening = await listen(
      createServer((request, response) => {
        requests.push(request.url!);
        const sent = String(request.headers["x-auth-token"] ?? password.password);
        const repeated = { error_code: sent, error_msg: `you sent ${sent}`, request_id: sent };
        response.setHeader("X-Request-Id", sent);
        if (request.url!.startsWith("/v3/") && expiresAt !== "") {
          response.writeHead(201, { "X-Subject-Token": iamToken });
          response.end(JSON.stringify({ token: { expires_at: expiresAt } }));
        } else if (request.url!.endsWith("/phases")) {
          response.writeHead(500).end(JSON.stringify(repeated));
        } else {
          const status = request.url!.startsWith("/v3/") ? 500 : 200;
          response.writeHead(status).end(JSON.stringify({ ...repeated, branch: `feature/${sent}` }));
        }
      }),
      0,
    );
    const { url: endpoint } = listening;
    return {
      client: createUser({ endpoint, iamEndpoint: endpoint }),
      requests,
      close: () => listening.close(),
    };
  }

  test("when a service repeats a short token as its code, its text, its request id or a branch", async () => {
    const { client, close } = await startEcho(new Date(clock.now() + hourMillis).toISOString());
    const failure = await failureOf(client.fetchPhases("b1"));
    const details = await client.fetchDetails("b1");
    await close();
    expect(failure.message).toContain("you sent […]");
    expect(details.branch).toBe("feature/[…]");
    expect(told(failure)).not.toMatch(secrets);
  });

  test("when IAM repeats the password as its code or its request id", async () => {
    const { client, close } = await startEcho("");
    const failure = await failureOf(client.fetchPhases("b1"));
    await close();
    expect(told(failure)).not.toMatch(secrets);
  });

  test.each(["1970-01-01T00:00:00Z", "2026-01-05T09:59:59Z"])(
    "a token that seems to have expired at %s is kept for five minutes",
    async (expiresAt) => {
      const { client, requests, close } = await startEcho(expiresAt);
      const signInsAfter = async () => {
        await client.fetchDetails("b1");
        return requests.filter((url) => url.startsWith("/v3/")).length;
      };
      const counts = [await signInsAfter(), await signInsAfter()];
      clock.advance(5 * minuteMillis);
      counts.push(await signInsAfter());
      await close();
      expect(counts).toEqual([1, 1, 2]);
    },
  );

  test("when a header can't be sent", async () => {
    const source = heldCredentials<HuaweiCredentials>({ ...accessKey, securityToken: `${securityToken}\nx` });
    const failure = await failureOf(createClient({ credentials: source }).fetchPhases("b1"));
    expect(failure).toMatchObject({ reason: "refused", message: expect.stringContaining("line breaks") });
    expect(told(failure)).not.toMatch(secrets);
  });
});
