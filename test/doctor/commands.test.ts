import { execFile } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { templateRegion } from "../../lib/settings.ts";
import { canary } from "../../local/canary.ts";
import { awsEnvironment, secret, startDeployment, type Deployment } from "./deployment.ts";
import { temporaryFolder } from "../temporary-folder.ts";

/** `npm run doctor` and `npm run credentials` as the processes that they are. */

const run = promisify(execFile);
let folder: string;
let deployment: Deployment | undefined;
beforeEach(() => {
  folder = temporaryFolder("doctor");
});
afterEach(async () => {
  await deployment?.close();
  deployment = undefined;
});

type Ended = { stdout: string; stderr: string; code?: number };

async function call(file: string, args: string[] = [], env: Record<string, string> = {}) {
  const path = fileURLToPath(new URL(`../../doctor/${file}`, import.meta.url));
  // Of the shell's environment nothing counts: its AWS account is not to be asked.
  const options = { cwd: folder, env: { HOME: folder, AWS_EC2_METADATA_DISABLED: "true", ...env } };
  const running: Promise<Ended> = run(process.execPath, [path, ...args], options);
  const { stdout, stderr, code = 0 } = await running.catch((error: Ended) => error);
  expect(stdout + stderr).not.toContain(canary);
  return { lines: stdout.trimEnd().split("\n"), stderr, code };
}

const write = (name: string, content: unknown, mode = 0o600): void =>
  writeFileSync(join(folder, name), typeof content === "string" ? content : JSON.stringify(content), {
    mode,
  });
const writeSettings = (settings: object) => write("cdk.json", { context: { buildNotifier: settings } });

/** The first letter of each finding, and the line that sums up. */
const split = (lines: string[]) => ({
  marks: lines
    .slice(0, -2)
    .map((line) => line[0])
    .join(""),
  last: lines.at(-1),
});

describe("npm run doctor", () => {
  test("ends with 0 if everything is right", async () => {
    deployment = await startDeployment();
    const { lines, ...ended } = await call("run.ts", [], awsEnvironment(deployment));
    expect({ ...split(lines), ...ended }).toEqual({
      marks: "✔✔✔✔✔✔✔✔✔✔✔",
      last: "In all: 11 fine.",
      stderr: "",
      code: 0,
    });
  });

  test("ends with 1 if something needs action", async () => {
    deployment = await startDeployment();
    deployment.account.sums = {};
    const { lines, code } = await call("run.ts", ["--stack", "BuildNotifier"], awsEnvironment(deployment));
    expect({ ...split(lines), code }).toEqual({
      marks: "✔✔✔✔✔✔✔✔✖✔✔",
      last: "In all: 10 fine, 1 to repair. Begin with ✖ Schedule.",
      code: 1,
    });
  });

  test.each<[string, string, Record<string, string>]>([
    ["no AWS region", "✖ Stack: no AWS region is set → set AWS_REGION to the region of the deployment", {}],
    [
      "no AWS credentials",
      "✖ Stack: there are no AWS credentials → sign in to AWS, or set AWS_PROFILE to a profile with credentials",
      { AWS_REGION: "us-east-1" },
    ],
    [
      "no connection to AWS",
      "✖ Stack: AWS can't be reached (ECONNREFUSED) → check the network and AWS_REGION",
      awsEnvironment({ aws: { url: "http://127.0.0.1:2", close: async () => undefined } }),
    ],
  ])("says in one line that there is %s", async (_what, line, env) => {
    const last = "In all: 1 to repair. Begin with ✖ Stack.";
    expect(await call("run.ts", [], env)).toEqual({ lines: [line, "", last], stderr: "", code: 1 });
  });

  test("says how it is called", async () => {
    expect(await call("run.ts", ["--stak", "x"])).toMatchObject({
      stderr: expect.stringContaining("--stak is not a known flag; did you mean --stack?"),
      code: 2,
    });
  });
});

describe("npm run doctor -- --local", () => {
  // No connection to the broadcast address can be opened, on any machine.
  const unreachable = "https://255.255.255.255:2";
  const settings = {
    huaweiRegion: "ap-southeast-3",
    serviceStageEndpoint: unreachable,
    slackApiUrl: `${unreachable}/`,
  };

  const settingsOfTemplate =
    "✔ Settings: cdk.json sets the region ap-southeast-3, as it was delivered: if your builds run in another region, change huaweiRegion";
  const noDefaultChannel =
    "– Default channel: none is set, so every registration must name a channel → if one should be used, set defaultChannel in cdk.json";

  test("reads cdk.json and credentials.json, and asks ServiceStage and Slack", async () => {
    writeSettings(settings);
    write("credentials.json", secret);
    expect(await call("run.ts", ["--local"])).toEqual({
      lines: [
        settingsOfTemplate,
        "✔ Secret: it holds slackBotToken, huaweiAccessKey, huaweiSecretKey, apiTokens, slackSigningSecrets",
        expect.stringMatching(
          /^✖ ServiceStage: the connection to 255\.255\.255\.255:2 failed \(E[A-Z]+\) → check huaweiRegion/,
        ),
        expect.stringMatching(
          /^✖ Slack: Slack did not give an answer \(no connection to Slack: E[A-Z]+\) → check the network and slackApiUrl$/,
        ),
        noDefaultChannel,
        "✔ Slack's commands: the file has a signing secret",
        "",
        "In all: 3 fine, 2 to repair, 1 not checked. Begin with ✖ ServiceStage.",
      ],
      stderr: "",
      code: 1,
    });
  });

  const editSettings = "→ edit cdk.json; the README lists all settings";
  const editCredentials = "→ edit credentials.json; credentials.example.json shows its fields";

  test.each<[string, () => void, string[]]>([
    [
      "no files",
      () => undefined,
      [
        expect.stringMatching(/^✖ Settings: cdk\.json can't be read: ENOENT.* → edit cdk\.json/) as never,
        "✖ Secret: there is no credentials.json yet → copy credentials.example.json to credentials.json, and fill it in",
      ],
    ],
    [
      "malformed files",
      () => {
        write("cdk.json", "{");
        write("credentials.json", `{"slackBotToken": "${canary}`);
      },
      [
        `✖ Settings: cdk.json can't be read: it is not JSON: it ends too early, in line 1, column 2 ${editSettings}`,
        `✖ Secret: not usable: it is not JSON: it ends too early, in line 1, column 30 ${editCredentials}`,
      ],
    ],
    [
      "wrong settings, and fields of another type",
      () => {
        writeSettings({ huaweiRegion: "Singapore", shards: 99 });
        write("credentials.json", { ...secret, slackBotToken: [canary], apiTokens: canary });
      },
      [
        `✖ Settings: The settings in cdk.json ("context", "buildNotifier") have errors ${editSettings}`,
        '  - huaweiRegion is "Singapore"; it must be a Huawei Cloud region such as ap-southeast-3',
        "  - shards is 99; it must be a whole number from 1 to 16",
        `✖ Secret: not usable: slackBotToken is not text; apiTokens is not a list of texts ${editCredentials}`,
      ],
    ],
  ])("tells of %s in a line each", async (_what, arrange, lines) => {
    arrange();
    const last = "In all: 2 to repair. Begin with ✖ Settings.";
    expect(await call("run.ts", ["--local"])).toEqual({ lines: [...lines, "", last], stderr: "", code: 1 });
  });

  test("says which region is set, and whether it is the template's", async () => {
    write("credentials.json", secret);
    writeSettings({ ...settings, huaweiRegion: "eu-west-101" });
    expect((await call("run.ts", ["--local"])).lines[0]).toBe(
      "✔ Settings: cdk.json sets the region eu-west-101",
    );
    writeSettings({ ...settings, huaweiRegion: "ap-southest-3" });
    expect((await call("run.ts", ["--local"])).lines.slice(0, 2)).toEqual([
      "✔ Settings: cdk.json sets the region ap-southest-3",
      "– Region: the region ap-southest-3 is not in the list of known regions; did you mean ap-southeast-3? → check huaweiRegion in cdk.json",
    ]);
  });

  test("names the missing default channel only if none is set", async () => {
    write("credentials.json", { ...secret, slackBotToken: "" });
    writeSettings({ ...settings, defaultChannel: "C0123456789" });
    const { lines } = await call("run.ts", ["--local"]);
    expect(lines).not.toContain(noDefaultChannel);
    writeSettings(settings);
    expect((await call("run.ts", ["--local"])).lines).toContain(noDefaultChannel);
  });

  test("knows the region that cdk.json is delivered with", () => {
    const cdk = readFileSync(new URL("../../cdk.json", import.meta.url), "utf8");
    expect(JSON.parse(cdk)).toMatchObject({ context: { buildNotifier: { huaweiRegion: templateRegion } } });
  });

  test("asks for an API token if the setting does", async () => {
    writeSettings({ ...settings, authorization: "token" });
    write("credentials.json", { ...secret, apiTokens: [] });
    const { lines } = await call("run.ts", ["--local"]);
    expect(lines[1]).toBe(`✖ Secret: missing: apiTokens ${editCredentials}`);
  });
});

describe("npm run credentials", () => {
  test("writes credentials.json into the stack's secret", async () => {
    deployment = await startDeployment();
    deployment.account.secret = "{}";
    write("credentials.json", secret);
    expect(await call("put-credentials.ts", [], awsEnvironment(deployment))).toEqual({
      lines: [
        "✔ Secret: credentials now holds slackBotToken, huaweiAccessKey, huaweiSecretKey, apiTokens, slackSigningSecrets; the functions use it within six minutes",
      ],
      stderr: "",
      code: 0,
    });
    expect(JSON.parse(deployment.account.secret)).toEqual(secret);
  });

  test("accepts a file that begins with a byte order mark, and writes it without the mark", async () => {
    deployment = await startDeployment();
    write("credentials.json", `\uFEFF${JSON.stringify(secret, undefined, 2)}`);
    expect(await call("put-credentials.ts", [], awsEnvironment(deployment))).toMatchObject({ code: 0 });
    expect(JSON.parse(deployment.account.secret)).toEqual(secret);
  });

  test("warns about a file that others can read, and still writes it", async () => {
    deployment = await startDeployment();
    deployment.account.secret = "{}";
    write("credentials.json", secret, 0o644);
    expect(await call("put-credentials.ts", [], awsEnvironment(deployment))).toMatchObject({
      lines: [
        "⚠ Secret: others on this machine can read credentials.json → chmod 600 credentials.json",
        expect.stringMatching(/^✔ Secret/),
      ],
      code: 0,
    });
    expect(JSON.parse(deployment.account.secret)).toEqual(secret);
  });

  test.each<[string, (all: Deployment) => void, string]>([
    [
      "not there",
      () => undefined,
      "✖ Secret: there is no credentials.json yet → copy credentials.example.json to credentials.json, and fill it in",
    ],
    [
      "with a misspelt field",
      () => {
        const { huaweiAccessKey: huaweiAccesKey, ...rest } = secret;
        write("credentials.json", { ...rest, huaweiAccesKey });
      },
      "✖ Secret: missing: huaweiAccessKey; not usable: huaweiAccesKey is not a field; did you mean huaweiAccessKey? → edit credentials.json; credentials.example.json shows its fields",
    ],
    [
      "without a token, and the API asks for one",
      ({ api }) => {
        write("credentials.json", { ...secret, apiTokens: [] });
        api.status = 401;
      },
      "✖ Secret: it has no apiTokens, but the API needs one → add a token to credentials.json",
    ],
    [
      "quoted by AWS",
      ({ account }) => {
        write("credentials.json", secret);
        account.refusals["PutSecretValue"] = "InvalidParameterException";
        account.message = `can't take ${JSON.stringify(secret)}`;
      },
      '✖ Secret: AWS answers InvalidParameterException: can\'t take {"slackBotToken":"[…]","huaweiAccessKey":"LOCALACCESSKEY000001","huaweiSecretKey":"[…]","apiTokens":["[…]"],"slackSigningSecrets":["[…]"]} → solve this problem, and try again',
    ],
    [
      "incomplete",
      () => write("credentials.json", { ...secret, huaweiSecretKey: "" }),
      "✖ Secret: missing: huaweiSecretKey → edit credentials.json; credentials.example.json shows its fields",
    ],
    [
      "for a stack that there is not",
      ({ account }) => {
        write("credentials.json", secret);
        account.stackName = "Other";
      },
      "✖ Stack: there is no stack BuildNotifier in this account and region → npm run deploy; or, if the stack is elsewhere, name it with --stack, or set AWS_REGION and AWS_PROFILE",
    ],
    [
      "not allowed to be put",
      ({ account }) => {
        write("credentials.json", secret);
        account.refusals["PutSecretValue"] = "AccessDeniedException";
      },
      "✖ Secret: AWS does not allow the call (AccessDeniedException) → you need the permission secretsmanager:PutSecretValue",
    ],
  ])("leaves the secret alone when they are %s", async (_what, arrange, line) => {
    deployment = await startDeployment();
    deployment.account.secret = "{}";
    arrange(deployment);
    expect(await call("put-credentials.ts", [], awsEnvironment(deployment))).toEqual({
      lines: [line],
      stderr: "",
      code: 1,
    });
    expect(deployment.account.secret).toBe("{}");
  });
});

describe("npm run slack-app", () => {
  test("prints the link that creates the app, and writes the manifest with the API's address", async () => {
    deployment = await startDeployment();
    const { lines, code } = await call(
      "../command/slack-app.ts",
      ["--command", "/ci"],
      awsEnvironment(deployment),
    );
    expect(code).toBe(0);
    const written: unknown = JSON.parse(readFileSync(join(folder, "slack-app-manifest.json"), "utf8"));
    const url = `${deployment.account.outputs["ApiUrl"]}/slack`;
    expect(written).toMatchObject({
      features: { slash_commands: [{ command: "/ci", url, should_escape: true }] },
      settings: { interactivity: { is_enabled: true, request_url: url } },
      oauth_config: { scopes: { bot: ["chat:write", "channels:history", "groups:history", "commands"] } },
    });
    const link = new URL(lines.find((line) => line.startsWith("https://"))!);
    expect(link.origin + link.pathname).toBe("https://api.slack.com/apps");
    expect(JSON.parse(link.searchParams.get("manifest_json")!)).toEqual(written);
    expect(link.href.length).toBeLessThan(2_000);
  });

  test("says that there is no stack", async () => {
    deployment = await startDeployment();
    const args = ["--stack", "Other"];
    const { lines, code } = await call("../command/slack-app.ts", args, awsEnvironment(deployment));
    expect({ line: lines[0], code }).toEqual({
      line: expect.stringContaining("✖ Stack: there is no stack Other in this account and region"),
      code: 1,
    });
  });

  test.each(["builds", "/Builds"])("refuses the command %j", async (command) => {
    const { stderr, code } = await call("../command/slack-app.ts", ["--command", command]);
    expect({ stderr, code }).toEqual({
      stderr: expect.stringContaining("--command must be a slash"),
      code: 2,
    });
  });
});
