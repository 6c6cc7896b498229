import { describe, expect, test } from "@jest/globals";
import { parseSettings } from "../../lib/settings.ts";

const region = { huaweiRegion: "ap-southeast-3" };

describe("the settings", () => {
  test("need a region only; the rest has defaults", () => {
    expect(parseSettings(region)).toEqual({
      huaweiRegion: "ap-southeast-3",
      serviceStageEndpoint: "https://servicestage.ap-southeast-3.myhuaweicloud.com",
      iamEndpoint: "https://iam.ap-southeast-3.myhuaweicloud.com",
      pollIntervalSeconds: 15,
      keepDays: 30,
      abandonAfterHours: 24,
      language: "en",
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
      "a region that nobody has listed",
      { huaweiRegion: "xy-north-99" },
      "servicestage.xy-north-99.myhuaweicloud.com",
    ],
    [
      "Dublin, whose suffix is another",
      { huaweiRegion: "eu-west-101" },
      "servicestage.eu-west-101.myhuaweicloud.eu",
    ],
    [
      "an endpoint in place of the region's",
      { serviceStageEndpoint: "https://localhost:8443" },
      "localhost:8443",
    ],
  ])("accept %s", (_, given, host) => {
    expect(parseSettings({ ...region, ...given }).serviceStageEndpoint).toBe(`https://${host}`);
  });

  test.each([
    ["the IAM endpoint", "iamEndpoint", "https://iam.eu-west-101.myhuaweicloud.eu"],
    ["a sub-project", "huaweiProjectId", "0123456789abcdef0123456789abcdef"],
    ["a default channel", "defaultChannel", "C0123456789"],
    ["another Slack", "slackApiUrl", "https://slack-gov.com/api/"],
    [
      "a link of its own",
      "consoleUrlTemplate",
      "https://example.com/{region}/{jobId}?name={jobName}&build={buildId}",
    ],
    ["the shortest poll interval", "pollIntervalSeconds", 5],
    ["the longest poll interval", "pollIntervalSeconds", 60],
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

const wholeNumber = (least: number, most: number) => `accepted is a whole number from ${least} to ${most}`;
const anInterval = "accepted is one of 5, 6, 10, 12, 15, 20, 30, 60, which go into a minute without a rest";
const aRegion = "accepted is a Huawei Cloud region such as ap-southeast-3";
const anAddress = "accepted is an https address without a path, such as https://servicestage.example.com";
const aTemplate = "accepted is an https URL, which may hold {region}, {jobId}, {jobName} and {buildId}";

describe("a fault names the key, its value and what is accepted:", () => {
  test.each<[key: string, value: unknown, fault: string]>([
    ["huaweiRegion", undefined, `huaweiRegion is missing; ${aRegion}`],
    ["huaweiRegion", "Singapore", `huaweiRegion is "Singapore"; ${aRegion}`],
    ["serviceStageEndpoint", "http://x.example", `serviceStageEndpoint is "http://x.example"; ${anAddress}`],
    [
      "serviceStageEndpoint",
      "https://x.example/v1",
      `serviceStageEndpoint is "https://x.example/v1"; ${anAddress}`,
    ],
    ["iamEndpoint", "iam", 'iamEndpoint is "iam"; accepted is an https address without a path'],
    ["huaweiProjectId", "main", 'huaweiProjectId is "main"; accepted is a Huawei Cloud project id'],
    ["defaultChannel", "#builds", `defaultChannel is "#builds"; accepted is a Slack channel's id`],
    ["defaultNotify", "none", 'defaultNotify is "none"; accepted is one of all, failures, end'],
    ["defaultThread", "no", 'defaultThread is "no"; accepted is true or false'],
    ["defaultMention", ["@ann"], 'defaultMention is "@ann"; accepted is a list of at most 10 ids'],
    ["language", "de", 'language is "de"; accepted is one of en, zh'],
    [
      "slackApiUrl",
      "http://slack.com/api/",
      'slackApiUrl is "http://slack.com/api/"; accepted is an https URL',
    ],
    [
      "slackApiUrl",
      "https://slack.com/api",
      'slackApiUrl is "https://slack.com/api"; accepted is an https URL',
    ],
    ["consoleUrlTemplate", "https://x/{build}", `consoleUrlTemplate is "https://x/{build}"; ${aTemplate}`],
    ["consoleUrlTemplate", "javascript:1", `consoleUrlTemplate is "javascript:1"; ${aTemplate}`],
    ["pollIntervalSeconds", 4, `pollIntervalSeconds is 4; ${anInterval}`],
    ["pollIntervalSeconds", 25, `pollIntervalSeconds is 25; ${anInterval}`],
    ["pollIntervalSeconds", 61, `pollIntervalSeconds is 61; ${anInterval}`],
    ["pollIntervalSeconds", "15", `pollIntervalSeconds is "15"; ${anInterval}`],
    ["keepDays", 0, `keepDays is 0; ${wholeNumber(1, 365)}`],
    ["abandonAfterHours", 200, `abandonAfterHours is 200; ${wholeNumber(1, 168)}`],
    ["shards", 0.5, `shards is 0.5; ${wholeNumber(1, 16)}`],
    ["shards", 17, `shards is 17; ${wholeNumber(1, 16)}`],
    ["authorization", "none", 'authorization is "none"; accepted is "iam" or "token"'],
    ["apiRequestsPerSecond", 0, `apiRequestsPerSecond is 0; ${wholeNumber(1, 10_000)}`],
    ["apiBurst", 0, `apiBurst is 0; ${wholeNumber(1, 5_000)}`],
    ["logRetentionDays", 31, "logRetentionDays is 31; accepted is one of CloudWatch's: 1, 3, 5, 7, 14, 30,"],
    ["alarmEmail", "on-call", 'alarmEmail is "on-call"; accepted is an e-mail address'],
    ["runbookUrl", "docs/runbook.md", 'runbookUrl is "docs/runbook.md"; accepted is an https URL'],
    ["removalPolicy", "snapshot", 'removalPolicy is "snapshot"; accepted is "retain" or "destroy"'],
    ["shard", 2, "shard is no setting; the settings are huaweiRegion, serviceStageEndpoint,"],
  ])("%s: %j", (key, value, fault) => {
    expect(() => parseSettings({ ...region, [key]: value })).toThrow(fault);
  });

  test("no settings at all", () => {
    expect(() => parseSettings(undefined)).toThrow(`huaweiRegion is missing; ${aRegion}`);
  });

  test("a text in place of the settings", () => {
    expect(() => parseSettings("shards=2")).toThrow(
      'they are "shards=2"; accepted is an object with huaweiRegion,',
    );
  });

  test("all faults are told at once, one a line and each once", () => {
    expect(() => parseSettings({ shards: 0.5, colour: "red", authorization: "none" })).toThrow(
      /^The settings in cdk\.json[^\n]+(\n- (huaweiRegion|shards|authorization|colour) is [^\n]+){4}$/,
    );
  });
});
