import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { localBotToken } from "../../local/canary.ts";
import { temporaryFolder } from "../temporary-folder.ts";

/** Runs `npm start` in the shells of people who work with AWS, or behind a proxy. */

let folder: string;
let proxy: Server;
/** The requests to the proxy. */
let asked: string[];

beforeAll(async () => {
  folder = temporaryFolder("shell");
  writeFileSync(
    join(folder, "config"),
    "[default]\nuse_fips_endpoint = true\nuse_dualstack_endpoint = true\n",
  );
  asked = [];
  proxy = createServer((request, response) => {
    asked.push(request.url!);
    response.writeHead(502).end();
  }).listen(0, "127.0.0.1");
  proxy.on("connect", ({ url }, socket) => {
    asked.push(url!);
    socket.end("HTTP/1.1 502 Bad Gateway\r\n\r\n");
  });
  await once(proxy, "listening");
});
afterAll(() => void proxy.close());

const proxyUrl = () => `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;

/** Starts `npm start`, and ends it when it has printed this text. @returns its output */
async function startUntil(said: RegExp, env: Record<string, string>): Promise<string> {
  const start = spawn(process.execPath, ["local/start.ts"], {
    env: { PATH: process.env["PATH"], PORT: "0", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [start.stdout, start.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      output += text;
      if (said.test(output)) start.kill();
    });
  }
  await once(start, "close");
  return output;
}

/** The sample builds are registered through the API, and the tick delivers a message of one of them. */
const isTold = /Running: webshop/;

describe("npm start works if the shell has", () => {
  test.each<[string, () => Record<string, string>]>([
    ["FIPS endpoints", () => ({ AWS_USE_FIPS_ENDPOINT: "true" })],
    ["dual-stack endpoints", () => ({ AWS_USE_DUALSTACK_ENDPOINT: "true" })],
    ["the same in the shared file", () => ({ AWS_CONFIG_FILE: join(folder, "config") })],
    [
      "another endpoint, a profile, a session, and that endpoints are ignored",
      () => ({
        AWS_ENDPOINT_URL: "http://127.0.0.1:1",
        AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: "true",
        AWS_PROFILE: "unauthorized",
        AWS_SESSION_TOKEN: "of-another-time",
        AWS_CA_BUNDLE: "/nowhere",
        AWS_RETRY_MODE: "nonsense",
        AWS_MAX_ATTEMPTS: "none",
        AWS_LAMBDA_LOG_LEVEL: "TRACE",
      }),
    ],
    [
      "a proxy that Node uses",
      () => ({
        NODE_USE_ENV_PROXY: "1",
        HTTP_PROXY: proxyUrl(),
        HTTPS_PROXY: proxyUrl(),
        NO_PROXY: "example.com",
      }),
    ],
    [
      "a proxy in lower case, and Node's option",
      () => ({
        NODE_OPTIONS: "--use-env-proxy",
        http_proxy: proxyUrl(),
        https_proxy: proxyUrl(),
        no_proxy: "",
      }),
    ],
  ])("%s", async (_sentence, env) => {
    expect(await startUntil(isTold, env())).toMatch(isTold);
    expect(asked).toEqual([]);
  });
});

test("the real Slack is called through the shell's proxy, as before", async () => {
  const output = await startUntil(/Slack does not accept/, {
    NODE_USE_ENV_PROXY: "1",
    HTTPS_PROXY: proxyUrl(),
    SLACK_BOT_TOKEN: localBotToken,
    DEFAULT_CHANNEL: "C0123456789",
    SLACK_API_URL: "https://slack.invalid/api/",
  });
  expect(output).toContain("Slack does not accept a message at the moment");
  expect(new Set(asked)).toEqual(new Set(["slack.invalid:443"]));
});
