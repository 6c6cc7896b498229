import { describe, expect, test } from "@jest/globals";
import { canary, localBotToken } from "../../local/canary.ts";
import { parseLocalSettings } from "../../local/settings.ts";

const keys = {
  HUAWEI_ACCESS_KEY: "AK",
  HUAWEI_SECRET_KEY: canary,
  HUAWEI_REGION: "ap-southeast-3",
};
const password = {
  HUAWEI_USER: "poller",
  HUAWEI_PASSWORD: canary,
  HUAWEI_DOMAIN: "shop",
  HUAWEI_REGION: "ap-southeast-3",
};
const slack = { SLACK_BOT_TOKEN: localBotToken, DEFAULT_CHANNEL: "C0123456789" };

const eitherSignIn =
  "HUAWEI_ACCESS_KEY, HUAWEI_SECRET_KEY and HUAWEI_REGION, " +
  "or HUAWEI_USER, HUAWEI_PASSWORD, HUAWEI_DOMAIN and HUAWEI_REGION";
const regionForm = "HUAWEI_REGION must be a Huawei Cloud region such as ap-southeast-3.";
const tokenForm = "SLACK_BOT_TOKEN must be a bot token, which begins with xoxb-.";
const channelForm =
  "DEFAULT_CHANNEL must be a Slack channel ID such as C0123456789, not its name: " +
  "Slack shows the ID at the bottom of the channel's details.";
const urlForm = (name: string) =>
  `${name} must be a URL that begins with https:// (http:// only for this machine).`;

describe("what is used", () => {
  test.each([
    [
      "nothing set: all is simulated",
      {},
      { port: 4000, pollIntervalSeconds: 1, jobPollSeconds: 1, hints: [] },
    ],
    ["an empty variable counts as absent", { PORT: "", HUAWEI_ACCESS_KEY: "" }, { port: 4000 }],
    [
      "an access key: the real ServiceStage, its builds polled every 15 seconds and its jobs every minute, at its region's endpoints",
      keys,
      {
        pollIntervalSeconds: 15,
        jobPollSeconds: 60,
        serviceStage: {
          region: "ap-southeast-3",
          serviceStageEndpoint: "https://servicestage.ap-southeast-3.myhuaweicloud.com",
          secret: { huaweiAccessKey: "AK", huaweiSecretKey: canary },
        },
      },
    ],
    ["an interval that is set counts", { ...keys, POLL_INTERVAL_SECONDS: "5" }, { pollIntervalSeconds: 5 }],
    [
      "the simulated jobs are polled as often as that allows",
      { POLL_INTERVAL_SECONDS: "10" },
      { pollIntervalSeconds: 10, jobPollSeconds: 20 },
    ],
    ["so does the one of jobs", { ...keys, JOB_POLL_SECONDS: "300" }, { jobPollSeconds: 300 }],
    [
      "the password's sign-in when it alone is whole",
      { ...password, HUAWEI_ACCESS_KEY: "AK" },
      { serviceStage: { secret: { huaweiUser: "poller", huaweiDomain: "shop" } } },
    ],
    [
      "the real Slack, with ServiceStage still simulated",
      slack,
      { pollIntervalSeconds: 1, slack: { token: localBotToken, channel: "C0123456789" } },
    ],
  ])("%s", (_sentence, env, expected) => {
    expect(parseLocalSettings([], env)).toMatchObject(expected);
  });
});

describe("a variable without effect gives a hint, and no error", () => {
  test.each<[string, Record<string, string>, string[]]>([
    [
      "a project without a key",
      { HUAWEI_PROJECT_ID: "0123456789abcdef0123456789abcdef" },
      [`Without credentials, HUAWEI_PROJECT_ID has no effect: the real ServiceStage needs ${eitherSignIn}.`],
    ],
    [
      "a region that is not in the list",
      { ...keys, HUAWEI_REGION: "ap-southest-3" },
      [
        "HUAWEI_REGION: the region ap-southest-3 is not in the list of known regions; did you mean ap-southeast-3?",
      ],
    ],
    [
      "misspelt names, beside other variables of a shell",
      { HUAWEI_ACCES_KEY: "AK", SLACK_TOKEN: canary, HUAWEI_CLOUD: "x", PORTS: "1", DEFAULT_USER: "ann" },
      [
        "HUAWEI_ACCES_KEY is not used; did you mean HUAWEI_ACCESS_KEY?",
        "SLACK_TOKEN is not used; did you mean SLACK_BOT_TOKEN?",
      ],
    ],
    [
      "a channel without a token",
      { DEFAULT_CHANNEL: "C0123456789" },
      ["Without credentials, DEFAULT_CHANNEL has no effect: the real Slack also needs SLACK_BOT_TOKEN."],
    ],
    ["nothing", { ...keys, ...slack }, []],
  ])("%s", (_sentence, env, hints) => {
    expect(parseLocalSettings([], env).hints).toEqual(hints);
  });
});

describe("one error lists all faults, each on its own line, without values that may be secret", () => {
  test.each<[string, Record<string, string>, string[], string[]?]>([
    ["a channel's name", { ...slack, DEFAULT_CHANNEL: "#builds" }, [channelForm]],
    ["a person's id for a channel's", { ...slack, DEFAULT_CHANNEL: "U0123456789" }, [channelForm]],
    ["another kind of token", { ...slack, SLACK_BOT_TOKEN: `xoxp-${canary}` }, [tokenForm]],
    ["a region's name", { ...keys, HUAWEI_REGION: "Singapore" }, [regionForm]],
    [
      "endpoints that are not URLs",
      {
        ...keys,
        ...slack,
        SERVICESTAGE_ENDPOINT: "http://x.example",
        IAM_ENDPOINT: "ftp://x",
        SLACK_API_URL: "/api",
      },
      ["SERVICESTAGE_ENDPOINT", "IAM_ENDPOINT", "SLACK_API_URL"].map(urlForm),
    ],
    [
      "intervals that don't fit together",
      { ...keys, JOB_POLL_SECONDS: "20" },
      [
        "JOB_POLL_SECONDS is 20 and POLL_INTERVAL_SECONDS is 15: JOB_POLL_SECONDS must be a multiple of POLL_INTERVAL_SECONDS, or at least 60.",
      ],
    ],
    [
      "a region alone",
      { HUAWEI_REGION: "ap-southeast-3" },
      [`HUAWEI_REGION alone is not enough to sign in. The real ServiceStage needs ${eitherSignIn}.`],
    ],
    [
      "half an access key",
      { HUAWEI_ACCESS_KEY: "AK" },
      [`Missing: HUAWEI_SECRET_KEY and HUAWEI_REGION. The real ServiceStage needs ${eitherSignIn}.`],
    ],
    [
      "half a password's sign-in",
      { HUAWEI_PASSWORD: canary, HUAWEI_REGION: "ap-southeast-3" },
      [`Missing: HUAWEI_USER and HUAWEI_DOMAIN. The real ServiceStage needs ${eitherSignIn}.`],
    ],
    [
      "a token without a channel",
      { SLACK_BOT_TOKEN: localBotToken },
      ["Missing: DEFAULT_CHANNEL. The real Slack needs SLACK_BOT_TOKEN and DEFAULT_CHANNEL."],
    ],
    ["a port's name", { PORT: "http" }, ['PORT is "http", but must be a whole number from 0 to 65535.']],
    [
      "a pause that is too long",
      { POLL_INTERVAL_SECONDS: "61" },
      ['POLL_INTERVAL_SECONDS is "61": it must be one of 1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30, 60.'],
    ],
    [
      "an interval that does not divide a minute",
      { POLL_INTERVAL_SECONDS: "25" },
      ['POLL_INTERVAL_SECONDS is "25": it must be one of 1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30, 60.'],
    ],
    [
      "an interval of jobs that is neither a part of a minute nor whole minutes",
      { JOB_POLL_SECONDS: "90" },
      ['JOB_POLL_SECONDS is "90": it must be one of 1, 2, 5, 15, 20, 30, 60, 120, 180, 240, 300.'],
    ],
    [
      "--exit-when-done with the real ServiceStage",
      keys,
      ["--exit-when-done waits for the simulated builds, so it does not work with the real ServiceStage."],
      ["--exit-when-done"],
    ],
    [
      "an unknown flag",
      {},
      ["--exit-when-dnoe is not a known flag; did you mean --exit-when-done?", "--help lists all flags."],
      ["--exit-when-dnoe"],
    ],
    [
      "many faults",
      { SLACK_BOT_TOKEN: canary, HUAWEI_SECRET_KEY: canary, HUAWEI_REGION: "X" },
      [
        regionForm,
        tokenForm,
        `Missing: HUAWEI_ACCESS_KEY. The real ServiceStage needs ${eitherSignIn}.`,
        "Missing: DEFAULT_CHANNEL. The real Slack needs SLACK_BOT_TOKEN and DEFAULT_CHANNEL.",
      ],
    ],
  ])("%s", (_sentence, env, faults, args = []) => {
    expect(() => parseLocalSettings(args, env)).toThrow(new Error(faults.join("\n")));
  });
});
