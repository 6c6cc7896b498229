import { describe, expect, test } from "@jest/globals";
import {
  actionsOf,
  defaultsOf,
  readApiEnvironment,
  readPollEnvironment,
} from "../../lambda/runtime/environment.ts";

const complete = {
  TABLE_NAME: "builds",
  CREDENTIALS_SECRET_ID: "credentials",
  SERVICESTAGE_ENDPOINT: "https://servicestage.example",
  IAM_ENDPOINT: "https://iam.example",
  HUAWEI_REGION: "ap-southeast-3",
};

test("a variable that is missing or empty has its default", () => {
  expect(readPollEnvironment({ ...complete, DEFAULT_CHANNEL: "", KEEP_DAYS: "7" })).toEqual({
    tableName: "builds",
    credentialsSecretId: "credentials",
    serviceStageEndpoint: "https://servicestage.example",
    iamEndpoint: "https://iam.example",
    huaweiRegion: "ap-southeast-3",
    slackApiUrl: "https://slack.com/api/",
    pollIntervalSeconds: 15,
    jobPollSeconds: 60,
    keepDays: 7,
    abandonAfterHours: 24,
    language: "en",
    slackActions: "none",
  });
});

function faultOf(env: NodeJS.ProcessEnv): string | undefined {
  try {
    readPollEnvironment(env);
    return undefined;
  } catch (error) {
    return /has errors: (.*)\. The stack/.exec(String(error))?.[1];
  }
}

describe("an endpoint that gets secrets", () => {
  test.each([
    ["https://servicestage.example", true],
    ["http://127.0.0.1:4001", true],
    ["http://localhost:4001/api/", true],
    ["http://[::1]:4001", true],
    ["http://servicestage.example", false],
    ["http://127.0.0.1.example", false],
    ["http://localhost.example", false],
    ["http://127.0.0.1@servicestage.example", false],
    ["http://10.0.0.1", false],
    ["ftp://localhost", false],
    ["servicestage.example", false],
  ])("%s is taken: %p", (endpoint, taken) => {
    for (const name of ["SERVICESTAGE_ENDPOINT", "IAM_ENDPOINT", "SLACK_API_URL"]) {
      expect(faultOf({ ...complete, [name]: endpoint })).toBe(
        taken ? undefined : `${name} is not an https URL (http works only for this machine)`,
      );
    }
  });
});

describe("the poll interval", () => {
  const fault = "POLL_INTERVAL_SECONDS is not one of 1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30, 60";
  test.each([
    ["1", undefined],
    ["60", undefined],
    ["25", fault],
    ["0", fault],
    ["61", fault],
    ["1.5", fault],
  ])("%s s is taken where it goes into a minute", (seconds, expected) => {
    expect(faultOf({ ...complete, POLL_INTERVAL_SECONDS: seconds })).toBe(expected);
  });
});

describe("the time between polls of a job", () => {
  const fault = "JOB_POLL_SECONDS is not one of 1, 2, 5, 15, 20, 30, 60, 120, 180, 240, 300";
  test.each([
    ["1", undefined],
    ["300", undefined],
    ["90", fault],
    ["0", fault],
    ["360", fault],
    ["1.5", fault],
  ])("%s s is taken where it goes into a minute, or is whole minutes", (seconds, expected) => {
    expect(faultOf({ ...complete, JOB_POLL_SECONDS: seconds })).toBe(expected);
  });
});

describe("the API's environment", () => {
  test("gives the defaults of registrations", () => {
    const environment = readApiEnvironment({
      ...complete,
      DEFAULT_CHANNEL: "C0123456789",
      DEFAULT_NOTIFY: "failures",
      DEFAULT_THREAD: "false",
      DEFAULT_MENTION: "U0123456789,committer",
    });
    expect(defaultsOf(environment)).toEqual({
      channel: "C0123456789",
      notify: "failures",
      thread: false,
      mention: ["U0123456789", "committer"],
    });
  });

  test("may have no defaults", () => {
    expect(Object.values(defaultsOf(readApiEnvironment(complete))).filter(Boolean)).toEqual([]);
  });

  test("is refused, and the error lists every fault", () => {
    expect(() =>
      readApiEnvironment({ DEFAULT_NOTIFY: "none", DEFAULT_THREAD: "maybe", KEEP_DAYS: "0" }),
    ).toThrow(
      "The function's environment has errors: TABLE_NAME is missing; CREDENTIALS_SECRET_ID is missing; " +
        "SERVICESTAGE_ENDPOINT is missing; IAM_ENDPOINT is missing; HUAWEI_REGION is missing; " +
        "DEFAULT_NOTIFY is not one of all, progress, changes, failures, end; DEFAULT_THREAD is not true or false; KEEP_DAYS is not a whole number from 1 to 3650. " +
        "The stack sets these variables: deploy it again.",
    );
  });
});

describe("the language of the messages", () => {
  test.each([
    ["is English by default", {}, "en"],
    ["is the one that is set", { MESSAGE_LANGUAGE: "zh" }, "zh"],
    ["is not the shell's", { LANGUAGE: "de" }, "en"],
  ])("%s", (_, set, language) => {
    expect(readPollEnvironment({ ...complete, ...set }).language).toBe(language);
  });
});

describe("what the buttons of a card may do", () => {
  test.each([
    [undefined, ["mute", "stop"]],
    ["none", ["mute", "stop"]],
    ["cancel", ["mute", "stop", "cancel"]],
    ["cancel, start", ["mute", "stop", "cancel", "start"]],
  ])("with %p", (value, expected) => {
    const environment = readPollEnvironment({ ...complete, SLACK_ACTIONS: value });
    expect(actionsOf(environment)).toEqual(expected);
  });

  test("is one of these", () => {
    expect(faultOf({ ...complete, SLACK_ACTIONS: "start" })).toBe(
      'SLACK_ACTIONS is not one of "none", "cancel", "cancel, start"',
    );
  });
});
