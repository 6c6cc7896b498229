import { describe, expect, test } from "@jest/globals";
import { doubtRegion } from "../../lib/regions.ts";
import { parseContext, parseSettings } from "../../lib/settings.ts";

/** A part of a value that no error may quote. The names of the tests may contain it. */
const hidden = "hunter2";
const region = { huaweiRegion: "ap-southeast-3" };

const someActions = 'it must be one of "none", "cancel", "cancel, start"';

describe("the settings", () => {
  test("need only a region, and the others have defaults", () => {
    expect(parseSettings(region)).toEqual({
      huaweiRegion: "ap-southeast-3",
      serviceStageEndpoint: "https://servicestage.ap-southeast-3.myhuaweicloud.com",
      iamEndpoint: "https://iam.ap-southeast-3.myhuaweicloud.com",
      pollIntervalSeconds: 15,
      jobPollSeconds: 60,
      keepDays: 30,
      abandonAfterHours: 24,
      language: "en",
      slackActions: "none",
      shards: 1,
      authorization: "iam",
      apiRequestsPerSecond: 10,
      apiBurst: 20,
      logRetentionDays: 30,
      removalPolicy: "retain",
    });
  });

  test.each([
    [
      "a region that is not in the list",
      { huaweiRegion: "xy-north-99" },
      "servicestage.xy-north-99.myhuaweicloud.com",
    ],
    [
      "Dublin, which has another suffix",
      { huaweiRegion: "eu-west-101" },
      "servicestage.eu-west-101.myhuaweicloud.eu",
    ],
    [
      "an endpoint in place of the region's",
      { serviceStageEndpoint: "https://servicestage.example.com:8443" },
      "servicestage.example.com:8443",
    ],
  ])("accept %s", (_, given, host) => {
    expect(parseSettings({ ...region, ...given }).serviceStageEndpoint).toBe(`https://${host}`);
  });

  test.each([
    ["the IAM endpoint", "iamEndpoint", "https://iam.eu-west-101.myhuaweicloud.eu"],
    ["a sub-project", "huaweiProjectId", "0123456789abcdef0123456789abcdef"],
    ["a default channel", "defaultChannel", "C0123456789"],
    ["the longest id of a channel", "defaultChannel", `C${"0".repeat(20)}`],
    ["cancelling alone", "slackActions", "cancel"],
    ["cancelling and starting", "slackActions", "cancel, start"],
    ["another Slack", "slackApiUrl", "https://slack-gov.com/api/"],
    ["a public address without a name", "iamEndpoint", "https://172.32.0.1"],
    ["a link into a private network, which people open", "consoleUrlTemplate", "https://10.0.0.1/{buildId}"],
    ["a runbook in a private network", "runbookUrl", "https://192.168.0.1/runbook"],
    ["another port", "iamEndpoint", "https://iam.example.com:65535"],
    ["a region in the link's host", "consoleUrlTemplate", "https://{region}.example.com/"],
    ["a runbook with a query", "runbookUrl", "https://wiki.example.com/page?id=7"],
    [
      "a link of its own",
      "consoleUrlTemplate",
      "https://example.com/{region}/{jobId}?name={jobName}&build={buildId}",
    ],
    ["the shortest poll interval", "pollIntervalSeconds", 5],
    ["the longest poll interval", "pollIntervalSeconds", 60],
    ["the shortest time between polls of a job", "jobPollSeconds", 15],
    ["the longest time between polls of a job", "jobPollSeconds", 300],
    ["as many shards as there are", "shards", 16],
    ["bearer tokens", "authorization", "token"],
    ["a retention that CloudWatch knows", "logRetentionDays", 365],
    ["an address for alarms", "alarmEmail", "on-call@example.com"],
    ["a runbook in a wiki", "runbookUrl", "https://wiki.example.com/notifier"],
    ["a stack that leaves nothing behind", "removalPolicy", "destroy"],
  ])("accept %s", (_, key, value) => {
    expect(parseSettings({ ...region, [key]: value })).toHaveProperty(key, value);
  });
});

const wholeNumber = (least: number, most: number) => `it must be a whole number from ${least} to ${most}`;
const anInterval = "it must be one of 5, 6, 10, 12, 15, 20, 30, 60 (seconds that divide a minute evenly)";
const fitting = "jobPollSeconds must be a multiple of pollIntervalSeconds, or at least 60";
const aJobInterval =
  "it must be one of 15, 20, 30, 60, 120, 180, 240, 300 (seconds that divide a minute evenly, or whole minutes)";
const aRegion = "it must be a Huawei Cloud region such as ap-southeast-3";
const anAddress = "it must be an https address without a path, such as https://servicestage.example.com";
const aTemplate =
  "it must be an https URL of at most 300 characters, which may contain {region}, {jobId}, {jobName} and {buildId}";

describe("an error names the key, its value and the valid values:", () => {
  test.each<[key: string, value: unknown, fault: string]>([
    ["huaweiRegion", undefined, `huaweiRegion is missing; ${aRegion}`],
    ["huaweiRegion", "Singapore", `huaweiRegion is "Singapore"; ${aRegion}`],
    ["serviceStageEndpoint", "http://x.example", `serviceStageEndpoint is "http://x.example"; ${anAddress}`],
    [
      "serviceStageEndpoint",
      "https://x.example/v1",
      `serviceStageEndpoint is "https://x.example/v1"; ${anAddress}`,
    ],
    ["iamEndpoint", "iam", 'iamEndpoint is "iam"; it must be an https address without a path'],
    ["huaweiProjectId", "main", 'huaweiProjectId is "main"; it must be a Huawei Cloud project ID'],
    ["defaultChannel", "#builds", `defaultChannel is "#builds"; it must be a Slack channel ID`],
    [
      "defaultNotify",
      "none",
      'defaultNotify is "none"; it must be one of all, progress, changes, failures, end',
    ],
    ["defaultThread", "no", 'defaultThread is "no"; it must be true or false'],
    ["defaultMention", ["@ann"], 'defaultMention is "@ann"; it must be a list of at most 10 IDs'],
    ["language", "de", 'language is "de"; it must be one of en, zh'],
    ["slackActions", "start", `slackActions is "start"; ${someActions}`],
    ["slackActions", ["cancel"], `slackActions is [ 'cancel' ]; ${someActions}`],
    [
      "slackApiUrl",
      "http://slack.com/api/",
      'slackApiUrl is "http://slack.com/api/"; it must be an https URL',
    ],
    [
      "slackApiUrl",
      "https://slack.com/api",
      'slackApiUrl is "https://slack.com/api"; it must be an https URL',
    ],
    ["consoleUrlTemplate", "https://x/{build}", `consoleUrlTemplate is "https://x/{build}"; ${aTemplate}`],
    ["consoleUrlTemplate", "javascript:1", `consoleUrlTemplate is "javascript:1"; ${aTemplate}`],
    ["pollIntervalSeconds", 4, `pollIntervalSeconds is 4; ${anInterval}`],
    ["pollIntervalSeconds", 25, `pollIntervalSeconds is 25; ${anInterval}`],
    ["pollIntervalSeconds", 61, `pollIntervalSeconds is 61; ${anInterval}`],
    ["pollIntervalSeconds", "15", `pollIntervalSeconds is "15"; ${anInterval}`],
    ["jobPollSeconds", 5, `jobPollSeconds is 5; ${aJobInterval}`],
    ["jobPollSeconds", 90, `jobPollSeconds is 90; ${aJobInterval}`],
    ["jobPollSeconds", 360, `jobPollSeconds is 360; ${aJobInterval}`],
    ["jobPollSeconds", "60", `jobPollSeconds is "60"; ${aJobInterval}`],
    ["jobPollSeconds", 20, `jobPollSeconds is 20 and pollIntervalSeconds is 15; ${fitting}`],
    ["keepDays", 0, `keepDays is 0; ${wholeNumber(1, 365)}`],
    ["abandonAfterHours", 200, `abandonAfterHours is 200; ${wholeNumber(1, 168)}`],
    ["shards", 0.5, `shards is 0.5; ${wholeNumber(1, 16)}`],
    ["shards", 17, `shards is 17; ${wholeNumber(1, 16)}`],
    ["authorization", "none", 'authorization is "none"; it must be "iam" or "token"'],
    ["apiRequestsPerSecond", 0, `apiRequestsPerSecond is 0; ${wholeNumber(1, 10_000)}`],
    ["apiBurst", 0, `apiBurst is 0; ${wholeNumber(1, 5_000)}`],
    [
      "logRetentionDays",
      31,
      "logRetentionDays is 31; it must be one of CloudWatch's values: 1, 3, 5, 7, 14, 30,",
    ],
    ["alarmEmail", "on-call", 'alarmEmail is "on-call"; it must be an e-mail address'],
    ["runbookUrl", "docs/runbook.md", 'runbookUrl is "docs/runbook.md"; it must be an https URL'],
    ["removalPolicy", "snapshot", 'removalPolicy is "snapshot"; it must be "retain" or "destroy"'],
    ["shard", 2, "shard is not a setting; did you mean shards?"],
    ["defaultChanel", "C0123456789", "defaultChanel is not a setting; did you mean defaultChannel?"],
    ["colour", "red", "colour is not a setting; the settings are huaweiRegion, serviceStageEndpoint,"],
    ["shards", Number.NaN, `shards is NaN; ${wholeNumber(1, 16)}`],
    ["shards", Infinity, `shards is Infinity; ${wholeNumber(1, 16)}`],
    ["shards", 2n, `shards is 2n; ${wholeNumber(1, 16)}`],
    ["shards", null, `shards is null; ${wholeNumber(1, 16)}`],
    ["huaweiRegion", `a-${"b".repeat(62)}`, aRegion],
    [
      "serviceStageEndpoint",
      "https://a..b:99999",
      `serviceStageEndpoint is "https://a..b:99999"; ${anAddress}`,
    ],
    ["consoleUrlTemplate", "https://{jobName}/x", aTemplate],
    ["consoleUrlTemplate", "https://x.{buildId}.example/x", aTemplate],
    ["serviceStageEndpoint", "https://a.b:0", anAddress],
    ["serviceStageEndpoint", "https://1.2.3", anAddress],
    ...[
      "localhost",
      "localhost:8443",
      "LOCALHOST",
      "api.localhost",
      "127.0.0.1",
      "127.1.2.3:8443",
      "0.0.0.0",
      "10.1.2.3",
      "100.64.0.1",
      "169.254.169.254",
      "172.16.0.1",
      "172.31.255.255",
      "192.168.1.1",
    ].flatMap((host): [string, unknown, string][] => [
      [
        "serviceStageEndpoint",
        `https://${host}`,
        `${anAddress} (a function in AWS can't reach localhost or a private address)`,
      ],
      ["iamEndpoint", `https://${host}`, "can't reach localhost or a private address"],
      ["slackApiUrl", `https://${host}/`, "can't reach localhost or a private address"],
    ]),
    ["slackApiUrl", "https://slack.com/../api/", "it must be an https URL"],
    ["slackApiUrl", "https://slack.com/%2e%2e/api/", "it must be an https URL"],
    ["serviceStageEndpoint", "https://a..b", `serviceStageEndpoint is "https://a..b"; ${anAddress}`],
    [
      "serviceStageEndpoint",
      "https://a.b:99999",
      `serviceStageEndpoint is "https://a.b:99999"; ${anAddress}`,
    ],
    ["serviceStageEndpoint", "https://-a.b", `serviceStageEndpoint is "https://-a.b"; ${anAddress}`],
    ["serviceStageEndpoint", `https://${"a".repeat(64)}.b`, anAddress],
    ["serviceStageEndpoint", "https://x.example?a=1", anAddress],
    ["serviceStageEndpoint", "https://x.example\n", anAddress],
    [
      "iamEndpoint",
      `https://u:${hidden}@x.example`,
      'iamEndpoint is "https:[…]x.example"; it must be an https',
    ],
    [
      "slackApiUrl",
      `https://u:${hidden}@x.example/`,
      'slackApiUrl is "https:[…]x.example/"; it must be an https',
    ],
    ["slackApiUrl", "https://x.example/?a=/", 'slackApiUrl is "https://x.example/?a=/"; it must be an https'],
    ["slackApiUrl", "https://x..example/", 'slackApiUrl is "https://x..example/"; it must be an https URL'],
    [
      "slackApiUrl",
      " https://slack.com/api/",
      'slackApiUrl is " https://slack.com/api/"; it must be an https',
    ],
    ["consoleUrlTemplate", `https://u:${hidden}@x/{buildId}`, aTemplate],
    ["consoleUrlTemplate", "https://a..b/{buildId}", aTemplate],
    ["consoleUrlTemplate", "https://x.example:{buildId}/", aTemplate],
    ["consoleUrlTemplate", `https://x.example/${"a".repeat(300)}`, aTemplate],
    ["defaultChannel", `C${"0".repeat(39)}`, "must be a Slack channel ID"],
    ["defaultChannel", `xoxb-${hidden}`, `defaultChannel is "[…]"; it must be a Slack channel ID`],
    ["defaultMention", Array.from({ length: 11 }, () => "U0123456789"), "must be a list of at most 10 IDs"],
    ["alarmEmail", `${"a".repeat(250)}@example.com`, "must be an e-mail address"],
    ["runbookUrl", `https://u:${hidden}@wiki.example.com/`, 'runbookUrl is "https:[…]wiki.example.com/"'],
    ["apiBurst", [0, 0, 0, 0, 0, 0, 0], "apiBurst is [ 0, 0, 0, 0, 0, 0, 0 ]; it must be a whole number"],
    ["runbookUrl", `https://u:a/${hidden}@b@wiki.example.com/`, 'runbookUrl is "https:[…]wiki.example.com/"'],
    ["runbookUrl", `https://wiki.example.com/${"a".repeat(300)}`, "it must be an https URL of at most 300"],
    [
      "runbookUrl",
      "https://wiki.example.com/#page",
      "it must be an https URL of at most 300 characters without #",
    ],
  ])("%s: %j", (key, value, fault) => {
    const parse = () => parseSettings({ ...region, [key]: value });
    expect(parse).toThrow(fault);
    expect(parse).not.toThrow(hidden);
  });

  test.each([
    [60, 30],
    [20, 30],
    [10, 15],
    [6, 20],
  ])("pollIntervalSeconds %i with jobPollSeconds %i, beside another mistake", (builds, jobs) => {
    const given = { ...region, pollIntervalSeconds: builds, jobPollSeconds: jobs, shards: 0 };
    const fault = `jobPollSeconds is ${jobs} and pollIntervalSeconds is ${builds}; ${fitting}`;
    expect(() => parseSettings(given)).toThrow(fault);
    expect(() => parseSettings(given)).toThrow("shards is 0");
  });

  test.each([
    [60, 60],
    [20, 60],
    [12, 300],
    [5, 15],
    [10, 20],
    [15, 30],
  ])("pollIntervalSeconds %i with jobPollSeconds %i fit together", (builds, jobs) => {
    const given = { ...region, pollIntervalSeconds: builds, jobPollSeconds: jobs };
    expect(parseSettings(given)).toMatchObject(given);
  });

  test("no settings at all", () => {
    expect(() => parseSettings(undefined)).toThrow(`huaweiRegion is missing; ${aRegion}`);
  });

  test("a text in place of the settings", () => {
    expect(() => parseSettings("shards=2")).toThrow(
      'they are "shards=2"; they must be an object with huaweiRegion,',
    );
  });

  test("one message lists all errors, each once and on its own line", () => {
    expect(() => parseSettings({ shards: 0.5, colour: "red", authorization: "none" })).toThrow(
      /^The settings in cdk\.json[^\n]+(\n- (huaweiRegion|shards|authorization|colour) is [^\n]+){4}$/,
    );
  });
});

describe("an app gets its settings", () => {
  test.each<[string, Record<string, unknown>, Record<string, unknown>]>([
    ["by cdk.json", { buildNotifier: region }, region],
    ["by -c as JSON", { buildNotifier: '{"huaweiRegion": "eu-west-101"}' }, { huaweiRegion: "eu-west-101" }],
    ["one by one", { "buildNotifier.huaweiRegion": "eu-west-101" }, { huaweiRegion: "eu-west-101" }],
    ["a number", { buildNotifier: region, "buildNotifier.shards": "2" }, { ...region, shards: 2 }],
    [
      "true or false",
      { buildNotifier: region, "buildNotifier.defaultThread": "false" },
      { defaultThread: false },
    ],
    [
      "a list",
      { buildNotifier: region, "buildNotifier.defaultMention": '["U0123456789","committer"]' },
      { defaultMention: ["U0123456789", "committer"] },
    ],
    [
      "an id of digits stays text",
      { buildNotifier: region, "buildNotifier.huaweiProjectId": "1".repeat(32) },
      { huaweiProjectId: "1".repeat(32) },
    ],
    [
      "a single one, which replaces the one in cdk.json",
      { buildNotifier: { ...region, shards: 3 }, "buildNotifier.shards": "2" },
      { ...region, shards: 2 },
    ],
    ["beside what is CDK's own", { buildNotifier: region, "aws:cdk:bundling-stacks": [] }, region],
  ])("%s", (_what, context, settings) => {
    expect(parseContext(context)).toMatchObject(settings);
  });

  test.each<[string, Record<string, unknown>, string]>([
    [
      "text that is not JSON, from -c",
      { buildNotifier: "shards=2" },
      'The settings from -c buildNotifier=… (JSON) have errors:\n- they are "shards=2"; they must be an object',
    ],
    [
      "text that is not JSON, with a single setting",
      { buildNotifier: "shards=2", "buildNotifier.shards": "2" },
      'they are "shards=2"; they must be an object',
    ],
    [
      "one that can't be used, and that it came by -c",
      { buildNotifier: region, "buildNotifier.shards": "99" },
      'in cdk.json ("context", "buildNotifier") and from -c buildNotifier.shards have errors:\n- shards is 99',
    ],
    [
      "a misspelt one",
      { buildNotifier: region, "buildNotifier.shard": "2" },
      "shard is not a setting; did you mean shards?",
    ],
    [
      "one at the wrong place",
      { buildNotifier: region, shards: "2" },
      "shards is in the wrong place: use buildNotifier.shards",
    ],
    [
      "one behind a colon",
      { buildNotifier: region, "buildNotifier:shards": "2" },
      "buildNotifier:shards is not used; did you mean buildNotifier.shards?",
    ],
    [
      "one under a misspelt key",
      { buildNotifier: region, "buildNotifer.shards": "2" },
      "buildNotifer.shards is not used; did you mean buildNotifier.shards?",
    ],
    [
      "all under a misspelt key",
      { buildnotifier: region },
      "buildnotifier is not used; did you mean buildNotifier?",
    ],
  ])("or gets an error about %s", (_what, context, fault) => {
    expect(() => parseContext(context)).toThrow(fault);
  });
});

test.each([
  ["ap-southeast-3", undefined],
  ["eu-west-101", undefined],
  [
    "ap-southest-3",
    "the region ap-southest-3 is not in the list of known regions; did you mean ap-southeast-3?",
  ],
  ["xy-central-99", "the region xy-central-99 is not in the list of known regions."],
])("the region %s raises the doubt %j, and no fault", (huaweiRegion, doubt) => {
  expect(doubtRegion(huaweiRegion)).toBe(doubt);
  expect(parseSettings({ huaweiRegion })).toMatchObject({ huaweiRegion });
});
