import { execFile, spawnSync } from "node:child_process";
import { createHash, createHmac } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage } from "node:http";
import { promisify } from "node:util";
import { describe, expect, test } from "@jest/globals";
import { SignatureV4 } from "@smithy/signature-v4";
import { createAuthorizer } from "../lambda/builds-api/authorize.ts";
import { canary } from "../local/canary.ts";
import { listen } from "../local/listen.ts";
import { startApi } from "./builds-api/system.ts";
import { createTestClock } from "../testing/clock.ts";
import { createQuietLog } from "../testing/quiet-log.ts";
import { heldCredentials } from "../testing/held-credentials.ts";

/** Runs the README's commands that call the API, unchanged and in their order, with curl and the installed shells. */

const run = promisify(execFile);
const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
const commands = [...readme.matchAll(/```sh\n([^`]*)```/g)].map(([, command]) => command!.trim());
const calls = commands.filter((command) => command.startsWith("api "));
/** What the README's `api` is. */
const withSignature = commands.find((command) => command.includes("--aws-sigv4"))!;
const withToken = commands.find((command) => command.includes("Bearer $TOKEN"))!;

const shells = ["bash", "zsh"].filter((shell) => spawnSync(shell, ["-c", ":"]).status === 0);
const named = { JOB_NAME: "web-shop", JOB_ID: "j1", CHANNEL: "C0123456789", BUILD_ID: "b1" };

/** @returns for each call the status that curl got */
async function runCalls(shell: string, api: string, env: Record<string, string>): Promise<string[]> {
  const curl = `curl() { command curl --silent --write-out '%{http_code} ' --output /dev/null "$@"; }`;
  const { PATH = "" } = process.env;
  const options = { env: { PATH, ...named, ...env } };
  const { stdout } = await run(shell, ["-euc", [curl, api, ...calls].join("\n")], options);
  return stdout.trim().split(" ");
}

const key = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: `${canary}+/key` };
const region = "eu-central-1";

class Sha256 {
  readonly #hash;
  constructor(secret?: string | Uint8Array) {
    this.#hash = secret ? createHmac("sha256", secret) : createHash("sha256");
  }
  update(data: string | Uint8Array): void {
    this.#hash.update(data as Buffer);
  }
  digest = async (): Promise<Uint8Array> => this.#hash.digest();
  reset(): void {}
}

/** Signs the signed parts of the request again, with the AWS SDK's signer. @returns whether the signature is the same */
async function isSigned(request: IncomingMessage, sessionToken: string | undefined): Promise<boolean> {
  const body = Buffer.concat(await request.toArray());
  const { host = "", authorization = "", ...headers } = request.headers as Record<string, string>;
  const signed = /SignedHeaders=([^,]+)/.exec(authorization)?.[1]?.split(";") ?? [];
  const signer = new SignatureV4({
    credentials: { ...key, ...(sessionToken && { sessionToken }) },
    region,
    service: "execute-api",
    sha256: Sha256 as never,
    applyChecksum: false,
  });
  const { "x-amz-date": date = "" } = headers;
  const { pathname, searchParams } = new URL(request.url!, "http://localhost");
  const expected = await signer.sign(
    {
      method: request.method!,
      protocol: "https:",
      hostname: host,
      path: pathname,
      query: Object.fromEntries(searchParams),
      headers: { ...headers, host },
      body,
    },
    {
      signingDate: new Date(date.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, "$1-$2-$3T$4:$5:$6Z")),
      signableHeaders: new Set(signed),
      unsignableHeaders: new Set(Object.keys(headers).filter((name) => !signed.includes(name))),
    },
  );
  return signatureOf(expected.headers["authorization"]) === signatureOf(authorization);
}

const signatureOf = (authorization = ""): string => /Signature=(\w+)/.exec(authorization)?.[1] ?? "none";

describe.each(shells)("%s calls the API", (shell) => {
  test.each<[string, Record<string, string>, string | undefined, string]>([
    ["of a permanent key", {}, undefined, "201"],
    ["of a permanent key, with an empty session token", { AWS_SESSION_TOKEN: "" }, undefined, "201"],
    ["of a temporary key", { AWS_SESSION_TOKEN: `${canary}/+=` }, `${canary}/+=`, "201"],
    ["of another key", { AWS_SECRET_ACCESS_KEY: `${canary}other` }, undefined, "403"],
  ])("with a signature %s", async (_sentence, env, sessionToken, status) => {
    const received: string[] = [];
    const server = createServer((request, response) => {
      received.push(
        `${request.method} ${request.url} ${String(request.headers["x-amz-security-token"] ?? "-")}`,
      );
      isSigned(request, sessionToken).then(
        (signed) => response.writeHead(signed ? 201 : 403).end(),
        (error: Error) => response.destroy(error),
      );
    });
    const listening = await listen(server, 0);
    const answered = await runCalls(shell, withSignature, {
      API_URL: listening.url,
      AWS_REGION: region,
      AWS_ACCESS_KEY_ID: key.accessKeyId,
      AWS_SECRET_ACCESS_KEY: key.secretAccessKey,
      ...env,
    });
    await listening.close();
    expect(answered).toEqual(calls.map(() => status));
    expect(received).toEqual(
      [
        "GET /jobs?name=web-shop",
        "PUT /jobs/j1/subscriptions/C0123456789",
        "PUT /builds/b1",
        "PUT /jobs/j1/subscriptions/C0123456789",
        "DELETE /jobs/j1/subscriptions/C0123456789",
        "PUT /committers?name=Ada%20Lovelace",
      ].map((request) => `${request} ${sessionToken ?? "-"}`),
    );
  });

  test.each([
    ["that is valid", `${canary}-token`, ["200", "201", "201", "200", "204", "200"]],
    ["that is not", `${canary}-other`, ["403", "403", "403", "403", "403", "403"]],
  ])("with a token %s", async (_sentence, token, statuses) => {
    const apiTokens = heldCredentials([`${canary}-token`]);
    const authorizer = createAuthorizer({ apiTokens, clock: createTestClock(), log: createQuietLog() });
    const api = await startApi({ authorizer, defaults: { channel: named.CHANNEL } });
    api.serviceStage.setJob({ jobId: named.JOB_ID, jobName: named.JOB_NAME });
    const answered = await runCalls(shell, withToken, { API_URL: api.url, TOKEN: token });
    await api.close();
    expect(answered).toEqual(statuses);
  });
});
