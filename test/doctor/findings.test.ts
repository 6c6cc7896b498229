import { afterEach, describe, expect, test } from "@jest/globals";
import { checkDeployment } from "../../doctor/deployment.ts";
import { bad, good, render, summarize, unchecked, warned } from "../../doctor/finding.ts";
import { canary, localKey } from "../../local/canary.ts";
import {
  awsEnvironment,
  channel,
  secret,
  startDeployment,
  user,
  type Deployment,
  type DeploymentSettings,
} from "./deployment.ts";

/** What the doctor says of a deployment, over real HTTP: the services' own protocols, Slack's and ServiceStage's. */

const allWell = [
  "✔ Stack: BuildNotifier is deployed (UPDATE_COMPLETE)",
  "✔ Settings: deployed for the region ap-southeast-3",
  "✔ Secret: it holds slackBotToken, huaweiAccessKey, huaweiSecretKey, apiTokens, slackSigningSecrets",
  "✔ ServiceStage: it answers in ap-southeast-3, and accepts the access key",
  "✔ Slack: it accepts the token of build-notifier in the workspace Local",
  "✔ Slack's scopes: the app has chat:write, channels:history, groups:history, commands",
  `✔ Default channel: the bot is in ${channel}`,
  "✔ Subscriptions: there are none",
  "✔ Schedule: 10 ticks finished in the last 10 minutes",
  "✔ API: it needs a signature, and lists builds for yours",
  "✔ Slack's commands: the function accepts what the signing secret signs",
];
const off =
  "– Slack's commands: off: the secret has no slackSigningSecrets, so Slack can't call → if people should type commands in Slack: npm run slack-app";

let deployment: Deployment | undefined;
afterEach(() => deployment?.close());

async function examine(
  settings: DeploymentSettings,
  arrange: (deployment: Deployment) => void = () => undefined,
  stackName = "BuildNotifier",
): Promise<string[]> {
  deployment = await startDeployment(settings);
  arrange(deployment);
  Object.assign(process.env, awsEnvironment(deployment));
  const lines: string[] = [];
  for await (const finding of checkDeployment(stackName)) lines.push(render(finding));
  expect(lines.join("\n")).not.toContain(canary);
  return lines;
}

const hold = (deployment: Deployment, changed: Record<string, unknown>): void =>
  void (deployment.account.secret = JSON.stringify({ ...secret, ...changed }));
const minuteMillis = 60_000;

test("if everything is right, every line says so", async () => {
  expect(await examine({})).toEqual(allWell);
});

type Row = [
  sentence: string,
  arrange: (deployment: Deployment) => void,
  told: string[],
  settings?: DeploymentSettings,
];

/** What is told beside what is well. */
const rows: Row[] = [
  [
    "the secret lacks fields",
    (all) => hold(all, { slackBotToken: "", huaweiSecretKey: undefined }),
    [
      "✖ Secret: missing: slackBotToken, huaweiSecretKey → npm run credentials",
      "– ServiceStage: not checked: there are no usable Huawei Cloud credentials → repair the line Secret, and try again",
      "– Slack: not checked: there is no usable bot token → repair the line Secret, and try again",
    ],
  ],
  [
    "the secret is empty, as the stack made it",
    ({ account }) =>
      void (account.secret = '{"slackBotToken":"","huaweiAccessKey":"","huaweiSecretKey":"","apiTokens":[]}'),
    [
      "✖ Secret: missing: slackBotToken, huaweiAccessKey and huaweiSecretKey (or huaweiUser, huaweiPassword and huaweiDomain) → npm run credentials",
      "– ServiceStage: not checked: there are no usable Huawei Cloud credentials → repair the line Secret, and try again",
      "– Slack: not checked: there is no usable bot token → repair the line Secret, and try again",
      off,
    ],
  ],
  [
    "the secret is no JSON",
    ({ account }) => void (account.secret = `slackBotToken=xoxb-${canary}`),
    [
      "✖ Secret: not usable: it is not JSON: the first error is in line 1, column 1 → npm run credentials",
      "– ServiceStage: not checked: there are no usable Huawei Cloud credentials → repair the line Secret, and try again",
      "– Slack: not checked: there is no usable bot token → repair the line Secret, and try again",
      off,
    ],
  ],
  [
    "the secret can't be read",
    ({ account }) => void (account.refusals["GetSecretValue"] = "AccessDeniedException"),
    [
      "✖ Secret: AWS does not allow the call (AccessDeniedException) → you need the permission secretsmanager:GetSecretValue",
      "– ServiceStage: not checked: there are no usable Huawei Cloud credentials → repair the line Secret, and try again",
      "– Slack: not checked: there is no usable bot token → repair the line Secret, and try again",
    ],
  ],
  [
    "the secret key is another's",
    (all) => hold(all, { huaweiSecretKey: `${localKey.secretKey}-other` }),
    [
      "✖ ServiceStage: the credentials are refused (401, APIGW.0301, Incorrect IAM authentication information: verify aksk signature fail) → huaweiSecretKey does not belong to huaweiAccessKey: enter both again",
    ],
  ],
  [
    "the access key is unknown",
    ({ serviceStage }) =>
      void (serviceStage.fault = {
        kind: "answer",
        status: 401,
        body: { error_code: "APIGW.0301", error_msg: "Get secretKey failed,ak:AKTEST,err:ak not exist" },
      }),
    [
      "✖ ServiceStage: the credentials are refused (401, APIGW.0301, Get secretKey failed,ak:AKTEST,err:ak not exist) → Huawei Cloud does not know huaweiAccessKey: compare it with My Credentials in the console, and check that the region belongs to the account's site",
    ],
  ],
  [
    "the key is locked",
    ({ serviceStage }) =>
      void (serviceStage.fault = {
        kind: "answer",
        status: 401,
        body: { error_code: "APIGW.0301", error_msg: "AK access failed to reach the limit,forbidden" },
      }),
    [
      "✖ ServiceStage: the credentials are refused (401, APIGW.0301, AK access failed to reach the limit,forbidden) → the key is locked: wait five minutes, then try once with the right key",
    ],
  ],
  [
    "the permission is missing",
    ({ serviceStage }) => void (serviceStage.fault = { kind: "forbidden" }),
    [
      "✖ ServiceStage: the credentials lack a permission (403, SVCSTG.CPE.4030001, Insufficient permissions) → give the user ServiceStage ReadOnlyAccess in ap-southeast-3",
    ],
  ],
  [
    "the buttons may cancel builds",
    ({ account }) => void (account.environment["SLACK_ACTIONS"] = "cancel"),
    ["✔ Slack's buttons: ServiceStage raises no objection when the user tries to cancel builds"],
  ],
  [
    "the buttons may cancel and start builds, and the permissions are missing",
    ({ account, serviceStage }) => {
      account.environment["SLACK_ACTIONS"] = "cancel, start";
      serviceStage.fault = { kind: "forbidden", method: "PATCH" };
    },
    [
      '✖ Slack\'s buttons: the user has no permission to cancel builds, which slackActions allows people in Slack → give the user ServiceStage Development in ap-southeast-3, or set slackActions to "none"',
    ],
  ],
  [
    "ServiceStage does not say whether builds may be started",
    ({ account, serviceStage }) => {
      account.environment["SLACK_ACTIONS"] = "cancel, start";
      serviceStage.fault = {
        kind: "answer",
        status: 400,
        body: { errorCode: "SVCSTG.CPE.5001" },
        method: "POST",
      };
    },
    [
      "– Slack's buttons: the permission to start builds can't be tested: ServiceStage answers 400, SVCSTG.CPE.5001 → press the button once: its answer says so if the permission is missing",
    ],
  ],
  [
    "the buttons may cancel builds, and ServiceStage does not work",
    ({ account, serviceStage }) => {
      account.environment["SLACK_ACTIONS"] = "cancel";
      serviceStage.fault = { kind: "throttled" };
    },
    [
      expect.stringContaining("ServiceStage: too many calls") as never,
      "– Slack's buttons: not checked: ServiceStage does not work yet → repair the line ServiceStage",
    ],
  ],
  [
    "the permission is missing, and a project is set",
    ({ serviceStage, account }) => {
      serviceStage.fault = { kind: "forbidden" };
      account.environment["HUAWEI_PROJECT_ID"] = "0123456789abcdef0123456789abcdef";
    },
    [
      "✖ ServiceStage: the credentials lack a permission (403, SVCSTG.CPE.4030001, Insufficient permissions) → give the user ServiceStage ReadOnlyAccess in ap-southeast-3; check that huaweiProjectId is a project of ap-southeast-3",
    ],
  ],
  [
    "the endpoint is another service's",
    ({ serviceStage }) => void (serviceStage.fault = { kind: "redirect" }),
    [
      "✖ ServiceStage: the endpoint is wrong: it does not serve ServiceStage's build API (302) → check huaweiRegion (ap-southeast-3), the endpoints, and the network",
    ],
  ],
  [
    "nobody listens at the endpoint",
    ({ account }) => void (account.environment["SERVICESTAGE_ENDPOINT"] = "http://127.0.0.1:2"),
    [
      "✖ ServiceStage: the connection to 127.0.0.1:2 failed (ECONNREFUSED) → check huaweiRegion (ap-southeast-3), the endpoints, and the network",
    ],
  ],
  [
    "this machine's clock is behind",
    () => undefined,
    [
      "✖ ServiceStage: it refuses the signature, and this machine's clock is 20 minutes behind → set the clock",
    ],
    { aheadMillis: 20 * minuteMillis },
  ],
  [
    "a user signs in",
    (all) => hold(all, { huaweiAccessKey: "", huaweiSecretKey: "", ...signInOf(user) }),
    [
      "✔ Secret: it holds slackBotToken, huaweiUser, huaweiPassword, huaweiDomain, apiTokens, slackSigningSecrets",
      "✔ ServiceStage: it answers in ap-southeast-3, and accepts the password of user reader",
    ],
    { credentials: user },
  ],
  [
    "the user's password is wrong",
    (all) =>
      hold(all, {
        huaweiAccessKey: "",
        huaweiSecretKey: "",
        ...signInOf(user),
        huaweiPassword: `${canary}-x`,
      }),
    [
      "✔ Secret: it holds slackBotToken, huaweiUser, huaweiPassword, huaweiDomain, apiTokens, slackSigningSecrets",
      "✖ ServiceStage: sign-in at IAM: the user, password, domain, region or project is refused (401, 401) → check the credentials",
    ],
    { credentials: user },
  ],
  [
    "Slack refuses the token",
    (all) => hold(all, { slackBotToken: `xoxb-${canary}-old` }),
    ["✖ Slack: Slack answers invalid_auth → put a valid bot token into the secret"],
  ],
  [
    "Slack does not answer",
    ({ slack }) => void slack.fail({ answer: "status", status: 503 }),
    [
      "✖ Slack: Slack did not give an answer (Slack answered with the status 503) → check the network and slackApiUrl",
    ],
  ],
  [
    "the app lacks scopes",
    () => undefined,
    [
      "✖ Slack's scopes: the app lacks channels:history, groups:history, commands → npm run slack-app says how to update the app; then write its token into the secret: npm run credentials",
    ],
    { scopes: ["chat:write"] },
  ],
  [
    "the bot is not in the channel",
    () => undefined,
    [
      `✖ Default channel: Slack answers not_in_channel about ${channel} → invite the app: type /invite @ and the app's name in the channel`,
    ],
    { channel: { member: false } },
  ],
  [
    "the channel is unknown, or private without the bot",
    ({ account }) => void (account.environment["DEFAULT_CHANNEL"] = "C9999999999"),
    [
      "✖ Default channel: Slack answers channel_not_found about C9999999999 → the channel ID is wrong, or the app is not in the private channel: check the ID, and invite the app",
    ],
  ],
  [
    "a digest goes to a channel that is unknown",
    ({ account }) =>
      void (account.environment["DIGESTS"] = `${channel} monday 09:00 UTC,C9999999999 friday 16:30 UTC`),
    [
      `✔ Digest: the bot is in ${channel}`,
      "✖ Digest: Slack answers channel_not_found about C9999999999 → the channel ID is wrong, or the app is not in the private channel: check the ID, and invite the app",
    ],
  ],
  [
    "no default channel is set",
    ({ account }) => void (account.environment["DEFAULT_CHANNEL"] = ""),
    [
      "– Default channel: none is set, so every registration must name a channel → if one should be used, set defaultChannel in cdk.json",
    ],
  ],
  [
    "the secret has no signing secret, so nobody needs the scope for commands",
    (all) => hold(all, { slackSigningSecrets: undefined }),
    [
      "✔ Secret: it holds slackBotToken, huaweiAccessKey, huaweiSecretKey, apiTokens",
      "✔ Slack's scopes: the app has chat:write, channels:history, groups:history",
      off,
    ],
    { scopes: ["chat:write", "channels:history", "groups:history"] },
  ],
  [
    "the function does not know the signing secret",
    (all) => hold(all, { slackSigningSecrets: ["0123456789abcdef0123456789abcdef"] }),
    [
      "✖ Slack's commands: the function refuses what the first of the secret's slackSigningSecrets signs (401) → a new secret needs up to a minute: try again then; if the problem stays, check your clock, and npm run deploy",
    ],
  ],
  [
    "the function for Slack fails",
    ({ api }) => void (api.toSlack = 500),
    [
      "✖ Slack's commands: the function answers 500 → docs/runbook.md says how to read its log, under Command errors",
    ],
  ],
  [
    "no tick started",
    ({ account }) => void (account.sums = {}),
    [
      "✖ Schedule: no tick started in the last 10 minutes → check in EventBridge Scheduler that the stack's schedules are enabled; after a deployment, wait three minutes",
    ],
  ],
  [
    "ticks begin, but don't end",
    ({ account }) => void delete account.sums["BuildNotifier/TickErrors/SampleCount"],
    [
      "✖ Schedule: 10 ticks started in the last 10 minutes, but none finished → read the log of the function the-poller",
    ],
  ],
  [
    "ticks have errors",
    ({ account }) => void (account.sums["BuildNotifier/TickErrors/Sum"] = 3),
    [
      "✖ Schedule: 10 ticks finished in the last 10 minutes, with 3 errors → read the log of the function the-poller",
    ],
  ],
  [
    "the schedule stopped five minutes ago",
    ({ account }) => void (account.silentMinutes = 5),
    [
      "✖ Schedule: the last tick finished 6 minutes ago → check in EventBridge Scheduler that the stack's schedules are enabled; after a deployment, wait three minutes, or read the log of the function the-poller",
    ],
  ],
  [
    "one of three schedules is dead",
    ({ account }) => void (account.sums["BuildNotifier/SchedulesTicked/Sum"] = 667),
    [
      "✖ Schedule: only 67 % of the schedules work → check in EventBridge Scheduler that the stack's schedules are enabled; after a deployment, wait three minutes, or read the log of the function the-poller",
    ],
  ],
  [
    "one of sixteen schedules is dead",
    ({ account }) => void (account.sums["BuildNotifier/SchedulesTicked/Sum"] = 938),
    [expect.stringMatching("✖ Schedule: only 94 % of the schedules work") as never],
  ],
  [
    "the region is in no list",
    ({ account }) => void (account.environment["HUAWEI_REGION"] = "ap-southest-3"),
    expect.arrayContaining([
      "– Region: the region ap-southest-3 is not in the list of known regions; did you mean ap-southeast-3? → check huaweiRegion in cdk.json",
    ]) as never,
  ],
  ["the API asks for a token", inTokenMode, ["✔ API: it needs a token, and lists builds for a valid token"]],
  [
    "the API refuses the secret's token",
    (all) => {
      inTokenMode(all);
      hold(all, { apiTokens: [`${canary}-other`] });
    },
    [
      "✖ API: it refuses the first of the secret's apiTokens (401) → a new token needs up to a minute: try again then; if the problem stays, npm run credentials",
    ],
  ],
  [
    "the API asks for a token, and the secret can't be read",
    (all) => {
      inTokenMode(all);
      all.account.refusals["GetSecretValue"] = "AccessDeniedException";
    },
    expect.arrayContaining([
      "– API: it refuses calls without a token; without the secret, nothing more can be checked → repair the line Secret, and try again",
    ]) as never,
  ],
  [
    "the API's function fails for a signed call",
    ({ api }) => void (api.toSomebody = 502),
    ['✖ API: it answers 502, but it should list builds → see "API errors" in docs/runbook.md'],
  ],
  [
    "the API's function fails for a call with a token",
    (all) => {
      inTokenMode(all);
      all.api.toSomebody = 500;
    },
    ['✖ API: it answers 500, but it should list builds → see "API errors" in docs/runbook.md'],
  ],
  [
    "IAM does not let the operator call the API",
    ({ api }) => void (api.toSomebody = 403),
    [
      "– API: it needs a signature, and IAM does not allow you to call it (403), so the answer can't be checked → use credentials with the permission execute-api:Invoke, and try again",
    ],
  ],
  [
    "the API asks for a token, and there is none",
    (all) => {
      inTokenMode(all);
      hold(all, { apiTokens: [] });
    },
    [
      "✖ Secret: missing: apiTokens → npm run credentials",
      "✖ API: it needs a token, but the secret has no apiTokens → add one: npm run credentials",
    ],
  ],
  [
    "the API is open",
    ({ api }) => void (api.status = 200),
    ["✖ API: it accepts calls without authorization (200) → npm run deploy"],
  ],
  [
    "the API answers 502 to everybody",
    ({ api }) => void (api.status = 502),
    ['✖ API: it answers 502 to a call without authorization → see "API errors" in docs/runbook.md'],
  ],
  [
    "the function's environment is not complete",
    ({ account }) => void delete account.environment["HUAWEI_REGION"],
    [
      "✖ Settings: The function's environment has errors: HUAWEI_REGION is missing. The stack sets these variables: deploy it again. → npm run deploy",
    ],
  ],
  [
    "the AWS credentials have expired",
    ({ account }) => void (account.refusals["DescribeStacks"] = "ExpiredToken"),
    ["✖ Stack: AWS refuses your credentials (ExpiredToken) → sign in to AWS again, and check your clock"],
  ],
  [
    "an older version is deployed",
    ({ account }) => void delete account.outputs["PollFunctionName"],
    ["✖ Stack: BuildNotifier (UPDATE_COMPLETE) has no output PollFunctionName → npm run deploy"],
  ],
];

test.each(rows)("%s", async (_sentence, arrange, told, settings = {}) => {
  const lines = await examine(settings, arrange);
  expect(lines.filter((line) => !allWell.includes(line))).toEqual(told);
  for (const line of lines) expect(line).toMatch(/^✔|^[✖⚠–] .+ → ./);
});

function inTokenMode({ api, account }: Deployment): void {
  api.status = 401;
  account.outputs["Authorization"] = "token";
}

function signInOf({ user: huaweiUser, password: huaweiPassword, domain: huaweiDomain }: typeof user) {
  return { huaweiUser, huaweiPassword, huaweiDomain };
}

test("a stack that does not exist ends the check", async () => {
  expect(await examine({}, undefined, "Other")).toEqual([
    "✖ Stack: there is no stack Other in this account and region → npm run deploy; or, if the stack is elsewhere, name it with --stack, or set AWS_REGION and AWS_PROFILE",
  ]);
});

test("a refused key is tried once, and no message is sent", async () => {
  await examine({}, (all) => hold(all, { huaweiSecretKey: `${localKey.secretKey}-other` }));
  expect(deployment!.serviceStage.requests).toHaveLength(1);
  expect(deployment!.slack.calls.map(({ method }) => method)).toEqual(["auth.test", "conversations.history"]);
});

describe("the last line counts, and says where to begin:", () => {
  const fine = good("Stack", "x");
  const broken = bad("Secret", "x", "y");
  const better = warned("Access", "x", "y");
  const open = unchecked("Slack", "x", "y");

  test.each([
    ["all is fine", [fine, fine], "In all: 2 fine."],
    [
      "a ✖ comes first, wherever its line is",
      [open, better, fine, broken, broken],
      "In all: 1 fine, 2 to repair, 1 to improve, 1 not checked. Begin with ✖ Secret.",
    ],
    ["then a warning", [open, better], "In all: 1 to improve, 1 not checked. Begin with ⚠ Access."],
    ["then what was not checked", [fine, open], "In all: 1 fine, 1 not checked. Begin with – Slack."],
  ])("%s", (_sentence, findings, line) => {
    expect(summarize(findings)).toBe(line);
  });
});
