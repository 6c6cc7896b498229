import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { createServiceStage } from "../../lambda/servicestage/client.ts";
import { ServiceStageError, type HuaweiCredentials } from "../../lambda/tracking/ports.ts";
import type { Fault } from "../../local/servicestage/faults.ts";
import { createServiceStageServer, type ServiceStageServer } from "../../local/servicestage/server.ts";
import { createTestClock } from "../../testing/clock.ts";
import { heldCredentials } from "../../testing/held-credentials.ts";
import { createQuietLog } from "../../testing/quiet-log.ts";
import { accessKey, otherAccessKey, password } from "./credentials.ts";

/** What changes builds, over HTTP. What every ServiceStage does is in `contract.ts`. */

let server: ServiceStageServer;
const clock = createTestClock();

async function open(credentials: HuaweiCredentials, ...held: HuaweiCredentials[]) {
  server = createServiceStageServer({ credentials, clock });
  const url = await server.start();
  server.setPhases("b1", [{ name: "Build", state: "Building" }]);
  return createServiceStage({
    endpoint: url,
    iamEndpoint: url,
    region: "cn-north-4",
    credentials: heldCredentials(...((held.length > 0 ? held : [credentials]) as [HuaweiCredentials])),
    clock,
    log: createQuietLog(),
    timeoutMillis: 200,
  });
}

let client: Awaited<ReturnType<typeof open>>;
beforeEach(async () => {
  client = await open(accessKey);
});
afterEach(() => server.close());

const changes = () => server.requests.filter((request) => /^(POST|PATCH) \/assembling/.test(request));

async function failureOf(call: Promise<unknown>): Promise<ServiceStageError> {
  const failure = await call.catch((error: unknown) => error);
  if (!(failure instanceof ServiceStageError)) throw new Error("No ServiceStageError was thrown");
  return failure;
}

test("a build is cancelled by a PATCH, and started by a POST", async () => {
  await client.cancelBuild("b1");
  await failureOf(client.startBuild("it's"));
  expect(server.requests).toEqual([
    "PATCH /assembling/v1/builds/b1",
    "POST /assembling/v1/jobs/it%27s/builds",
  ]);
});

describe("a call is made once", () => {
  const faults: [string, Fault, boolean][] = [
    ["the connection is closed", { kind: "down" }, true],
    ["the answer is cut off", { kind: "cut" }, true],
    ["no answer comes", { kind: "hang" }, true],
    ["the answer is 500", { kind: "error" }, true],
    ["a proxy answers 502", { kind: "html" }, true],
    ["a proxy answers 200", { kind: "answer", status: 200, body: "<html>" }, true],
    ["the gateway throttles", { kind: "throttled" }, false],
    ["a permission is missing", { kind: "forbidden" }, false],
    ["the key is refused", { kind: "refused" }, false],
    ["the answer is a redirect", { kind: "redirect" }, false],
    ["the answer is 400", { kind: "answer", status: 400, body: { errorCode: "SVCSTG.CPE.5004402" } }, false],
  ];
  test.each(faults)("if %s", async (_, fault, mayHaveActed) => {
    server.fault = fault;
    for (const call of [() => client.cancelBuild("b1"), () => client.startBuild("j1")])
      expect((await failureOf(call())).mayHaveActed).toBe(mayHaveActed);
    expect(changes()).toHaveLength(2);
  });
});

test.each([
  [200, {}],
  [200, ""],
  [202, { build_id: "b1" }],
  [204, ""],
])("a cancelled build may be answered %p %p", async (status, body) => {
  server.fault = { kind: "answer", status, body };
  expect(await client.cancelBuild("b1")).toBeUndefined();
});

test.each([
  { errorCode: "SVCSTG.CPE.5004402", errorMessage: "" },
  [{ errorCode: "SVCSTG.CPE.5004402" }],
  { error_code: "APIGW.0308" },
  "<html>",
])("whether a build was cancelled is not known after 200 %p", async (body) => {
  server.fault = { kind: "answer", status: 200, body };
  const failure = await failureOf(client.cancelBuild("b1"));
  expect(failure).toMatchObject({ reason: "notUnderstood", mayHaveActed: true });
});

test.each([
  [200, { build_id: "b2" }],
  [201, { build_id: "b2", job_id: "j1" }],
])("a started build may be answered %p %p", async (status, body) => {
  server.fault = { kind: "answer", status, body };
  expect(await client.startBuild("j1")).toBe("b2");
});

test.each([
  [200, { build_id: "" }],
  [200, { build_id: "a b" }],
  [200, {}],
  [202, ""],
])("whether a build was started is not known after %p %p", async (status, body) => {
  server.fault = { kind: "answer", status, body };
  const failure = await failureOf(client.startBuild("j1"));
  expect(failure).toMatchObject({ reason: "notUnderstood", mayHaveActed: true });
});

test("a missing permission names the policy that allows it", async () => {
  server.fault = { kind: "forbidden" };
  expect((await failureOf(client.cancelBuild("b1"))).message).toContain("ServiceStage Development");
});

describe("what refused credentials did not do is done with others", () => {
  test("of a rotated key", async () => {
    await server.close();
    client = await open(accessKey, otherAccessKey, accessKey);
    await client.cancelBuild("b1");
    expect(changes()).toHaveLength(2);
  });

  test("of a token that was revoked", async () => {
    await server.close();
    client = await open(password);
    await client.fetchPhases("b1");
    server.gate.revokeTokens();
    await client.cancelBuild("b1");
    expect(await client.fetchPhases("b1")).toMatchObject([{ state: "Cancel" }]);
  });
});
