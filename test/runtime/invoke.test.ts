import { createServer, type IncomingHttpHeaders } from "node:http";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { SignatureV4 } from "@smithy/signature-v4";
import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { invokeLater } from "../../lambda/runtime/invoke.ts";
import { canary } from "../../local/canary.ts";
import { guard } from "../../local/guard.ts";
import { listen, type Listening } from "../../local/listen.ts";

/** The function's call of itself, over real HTTP. */

const key = { AWS_ACCESS_KEY_ID: "AKIDEXAMPLE", AWS_SECRET_ACCESS_KEY: `${canary}+/key` };
let lambda: Listening;
let status: number;
let received: { method?: string; url?: string; headers: IncomingHttpHeaders; body: string }[];

beforeEach(async () => {
  Object.assign(process.env, key);
  [status, received] = [202, []];
  lambda = await listen(
    guard(
      createServer(),
      ({ method = "", url = "", headers }, response, body) => {
        received.push({ method, url, headers, body: body.toString() });
        response.writeHead(status).end();
      },
      { methods: ["POST"] },
    ),
    0,
  );
});
afterEach(() => lambda.close());

const invoke = () =>
  invokeLater(
    "the function",
    { deferred: "é" },
    { AWS_REGION: "eu-central-1", AWS_ENDPOINT_URL_LAMBDA: lambda.url },
  );

test("Lambda is asked to run the function later, with the event", async () => {
  await invoke();
  expect(received).toMatchObject([
    {
      method: "POST",
      url: "/2015-03-31/functions/the%20function/invocations",
      headers: { "x-amz-invocation-type": "Event" },
      body: '{"deferred":"é"}',
    },
  ]);
});

test("the call has the signature that the SDK's own hash gives", async () => {
  await invoke();
  const { headers, url, body } = received[0]!;
  const { sha256 } = new SecretsManagerClient({ region: "eu-central-1" }).config;
  const credentials = { accessKeyId: key.AWS_ACCESS_KEY_ID, secretAccessKey: key.AWS_SECRET_ACCESS_KEY };
  const signer = new SignatureV4({ service: "lambda", region: "eu-central-1", credentials, sha256 });
  const date = String(headers["x-amz-date"]);
  const signed = await signer.sign(
    {
      method: "POST",
      protocol: "http:",
      hostname: "127.0.0.1",
      path: url!,
      headers: {
        host: headers.host!,
        "content-type": "application/json",
        "x-amz-invocation-type": "Event",
      },
      body,
    },
    {
      signingDate: new Date(date.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, "$1-$2-$3T$4:$5:$6Z")),
    },
  );
  expect(headers["authorization"]).toBe(signed.headers["authorization"]);
});

describe("an answer that is not 202 fails:", () => {
  test.each([200, 302, 403, 429, 500])("%i", async (other) => {
    status = other;
    await expect(invoke()).rejects.toThrow(`Lambda answered the invocation with ${other}`);
  });
});

test("without an answer it fails", async () => {
  await lambda.close();
  await expect(invoke()).rejects.toThrow("fetch failed");
});
