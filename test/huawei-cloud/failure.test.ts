import { createServer, type AddressInfo } from "node:net";
import { once } from "node:events";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import { createServiceStage } from "../../lambda/servicestage/client.ts";
import type { ServiceStageFailure } from "../../lambda/tracking/ports.ts";
import type { Fault } from "../../local/servicestage/faults.ts";
import { createServiceStageServer } from "../../local/servicestage/server.ts";
import { createQuietLog } from "../../testing/quiet-log.ts";
import { accessKey, password } from "../servicestage/credentials.ts";
import { heldCredentials } from "../../testing/held-credentials.ts";

const server = createServiceStageServer({ credentials: accessKey });

const createClient = (endpoint = server.url, credentials: typeof accessKey | typeof password = accessKey) =>
  createServiceStage({
    endpoint,
    iamEndpoint: server.url,
    region: "cn-north-4",
    credentials: heldCredentials(credentials),
    clock: { now: Date.now },
    timeoutMillis: 200,
    log: createQuietLog(),
  });

beforeAll(() => server.start());
afterAll(() => server.close());
afterEach(() => {
  server.fault = undefined;
});

const gateway = (code: string) => ({ error_code: code, error_msg: "why", request_id: "r1" });
const service = (code: string) => ({ errorCode: code, errorMessage: "why", detail: "" });

describe("the meaning of an answer", () => {
  test.each<
    [status: number, body: unknown, reason: ServiceStageFailure, code: string | undefined, says: string]
  >([
    [404, gateway("APIGW.0101"), "unavailable", "APIGW.0101", "the endpoint is wrong"],
    [404, gateway("APIG.0101"), "unavailable", "APIG.0101", "the endpoint is wrong"],
    [404, gateway("APIGW.0106"), "unavailable", "APIGW.0106", "the endpoint is wrong"],
    [404, "<html>Not Found</html>", "unavailable", undefined, "the endpoint is wrong"],
    [404, "404 page not found", "unavailable", undefined, "the endpoint is wrong"],
    [301, "", "unavailable", undefined, "the endpoint is wrong"],
    [400, gateway("APIGW.0201"), "notUnderstood", "APIGW.0201", "does not document"],
    [413, gateway("APIGW.0201"), "notUnderstood", "APIGW.0201", "does not document"],
    [414, gateway("APIGW.0201"), "notUnderstood", "APIGW.0201", "does not document"],
    [502, gateway("APIGW.0201"), "unavailable", "APIGW.0201", "reported an error of its own"],
    [504, gateway("APIGW.0201"), "unavailable", "APIGW.0201", "reported an error of its own"],
    [401, gateway("APIGW.0301"), "refused", "APIGW.0301", "credentials are refused"],
    [401, gateway("APIG.0301"), "refused", "APIG.0301", "credentials are refused"],
    [401, gateway("APIGW.0307"), "refused", "APIGW.0307", "credentials are refused"],
    [401, "", "refused", undefined, "credentials are refused"],
    [403, service("SVCSTG.CPE.4030001"), "forbidden", "SVCSTG.CPE.4030001", "ServiceStage ReadOnlyAccess"],
    [429, gateway("APIGW.0308"), "throttled", "APIGW.0308", "too many calls"],
    [429, "slow down", "throttled", undefined, "too many calls"],
    [404, service("SVCSTG.CPE.4040401"), "unknownBuild", "SVCSTG.CPE.4040401", "can't find the build"],
    [400, service("SVCSTG.CPE.4004401"), "unknownBuild", "SVCSTG.CPE.4004401", "can't find the build"],
    [500, [service("SVCSTG.CPE.4040401")], "unknownBuild", "SVCSTG.CPE.4040401", "can't find the build"],
    [404, "", "unknownBuild", undefined, "can't find the build"],
    [500, service("SVCSTG.CPE.5004401"), "unavailable", "SVCSTG.CPE.5004401", "reported an error of its own"],
    [
      400,
      { error: { code: "IAM.0001", message: "why", title: "Bad" } },
      "notUnderstood",
      "IAM.0001",
      "does not document",
    ],
    [400, { error: { code: 400, message: "why" } }, "notUnderstood", "400", "does not document"],
    [503, "<html>502</html>", "unavailable", undefined, "reported an error of its own"],
    [408, "", "unavailable", undefined, "reported an error of its own"],
    [400, null, "notUnderstood", undefined, "does not document"],
    [400, { error_code: { a: 1 }, error_msg: 7 }, "notUnderstood", undefined, "does not document"],
    [200, "<html>Sign in</html>", "notUnderstood", undefined, "it is not JSON"],
    [200, "", "notUnderstood", undefined, "it is not JSON"],
  ])("%p with %j is %s", async (status, body, reason, code, says) => {
    server.fault = { kind: "answer", status, body };
    await expect(createClient().fetchPhases("b1")).rejects.toMatchObject({
      name: "ServiceStageError",
      reason,
      status,
      code,
      message: expect.stringMatching(new RegExp(`^build b1: .*${says}`)),
    });
  });

  test("ServiceStage's own words are quoted on one line and cut", async () => {
    const message = `no\n\tbuild\u202E ${"so ".repeat(100)}`;
    server.fault = {
      kind: "answer",
      status: 404,
      body: { error_code: "SVCSTG.CPE.4040401", error_msg: message },
    };
    await expect(createClient().fetchPhases("b1")).rejects.toThrow(
      /\(404, SVCSTG.CPE.4040401, no build so [so ]{1,200}\)$/,
    );
  });

  test.each([
    ["in the body", { error_code: "APIGW.0308", request_id: "r1" }, "r1"],
    ["in the header", { error_code: "APIGW.0308" }, "r2"],
  ])("the request's id is found %s", async (_, body, requestId) => {
    server.fault = { kind: "answer", status: 429, body, headers: { "X-Request-Id": "r2" } };
    await expect(createClient().fetchPhases("b1")).rejects.toMatchObject({ requestId });
  });
});

describe("the meaning of an answer to a sign-in", () => {
  test.each<[status: number, body: unknown, reason: ServiceStageFailure, says: string]>([
    [400, { error: { code: 400, message: "why" } }, "refused", "check the secret"],
    [401, { error: { code: 401, message: "why" } }, "refused", "check the secret"],
    [403, { error: { code: 403, message: "why" } }, "refused", "check the secret"],
    [404, { error: { code: 404, message: "no such project" } }, "refused", "region or project"],
    [404, "<html>Not Found</html>", "unavailable", "IAM_ENDPOINT"],
    [404, gateway("APIGW.0101"), "unavailable", "IAM_ENDPOINT"],
    [302, "", "unavailable", "IAM_ENDPOINT"],
    [429, { error: { code: 429 } }, "throttled", "too many calls"],
    [503, "<html>", "unavailable", "reported an error of its own"],
    [201, { token: {} }, "notUnderstood", "does not document"],
  ])("%p with %j is %s", async (status, body, reason, says) => {
    server.fault = { kind: "answer", status, body };
    await expect(createClient(server.url, password).fetchPhases("b1")).rejects.toMatchObject({
      reason,
      message: expect.stringMatching(new RegExp(`^sign-in at IAM: .*${says}`)),
    });
  });

  test.each([[{}], [{ token: {} }], [{ token: { expires_at: "soon" } }]])(
    "a token without a time at which it ends, %j, is notUnderstood",
    async (body) => {
      server.fault = { kind: "answer", status: 201, body, headers: { "X-Subject-Token": "t" } };
      await expect(createClient(server.url, password).fetchPhases("b1")).rejects.toMatchObject({
        reason: "notUnderstood",
        message: expect.stringContaining("token"),
      });
    },
  );
});

describe("no answer, or a part of an answer", () => {
  test.each<
    [
      kind: Fault["kind"] & ("down" | "cut" | "hang" | "oversized" | "redirect"),
      reason: ServiceStageFailure,
      says: string,
    ]
  >([
    ["down", "unavailable", "the connection to 127.0.0.1"],
    ["cut", "unavailable", "the connection to 127.0.0.1"],
    ["hang", "unavailable", "did not answer in time"],
    ["oversized", "notUnderstood", "it is too long"],
    ["redirect", "unavailable", "the endpoint is wrong"],
  ])("%s is %s", async (kind, reason, says) => {
    server.fault = { kind };
    await expect(createClient().fetchPhases("b1")).rejects.toMatchObject({
      reason,
      message: expect.stringMatching(new RegExp(`^build b1: .*${says}`)),
    });
  });

  test("a body that never ends is cut off in time", async () => {
    const endless = createServer((socket) => {
      socket.write("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{");
      socket.on("error", () => {});
    }).listen(0, "127.0.0.1");
    await once(endless, "listening");
    const address = endless.address();
    const port = typeof address === "object" ? address?.port : undefined;
    await expect(createClient(`http://127.0.0.1:${port}`).fetchPhases("b1")).rejects.toMatchObject({
      reason: "unavailable",
      message: expect.stringContaining("did not answer in time"),
    });
    endless.close();
  });

  test.each(["servicestage", "IAM"])("%s changes to another protocol", async (who) => {
    const changing = createServer((socket) => {
      socket.on("data", () => {
        socket.write("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n");
      });
      socket.on("error", () => {});
    }).listen(0, "127.0.0.1");
    await once(changing, "listening");
    const { port } = changing.address() as AddressInfo;
    const url = `http://127.0.0.1:${port}`;
    const client = createServiceStage({
      endpoint: url,
      iamEndpoint: url,
      region: "cn-north-4",
      credentials: heldCredentials(who === "IAM" ? password : accessKey),
      clock: { now: Date.now },
      timeoutMillis: 200,
      log: createQuietLog(),
    });
    await expect(client.fetchPhases("b1")).rejects.toMatchObject({
      reason: "unavailable",
      message: expect.stringContaining("(NO_ANSWER)"),
    });
    changing.close();
  });

  test("no server listens at this port", async () => {
    const closed = createServiceStageServer({ credentials: accessKey });
    const url = await closed.start();
    await closed.close();
    await expect(createClient(url).fetchPhases("b1")).rejects.toMatchObject({
      reason: "unavailable",
      message: expect.stringMatching(
        /^build b1: the connection to 127.* failed \(ECONNREFUSED\); .*endpoint/,
      ),
    });
  });

  test("the host does not exist", async () => {
    await expect(createClient("http://servicestage.invalid").fetchPhases("b1")).rejects.toMatchObject({
      reason: "unavailable",
      message: expect.stringContaining("servicestage.invalid"),
    });
  });
});
