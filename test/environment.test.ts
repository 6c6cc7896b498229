import { describe, expect, test } from "@jest/globals";
import { defaultsOf, readApiEnvironment, readPollEnvironment } from "../lambda/environment.ts";

describe("the API's environment", () => {
  test("gives the defaults of registrations", () => {
    const environment = readApiEnvironment({
      TABLE_NAME: "builds",
      DEFAULT_CHANNEL: "C0123456789",
      DEFAULT_NOTIFY: "failures",
      DEFAULT_THREAD: "false",
      DEFAULT_MENTION: "U0123456789,S0123456789",
    });
    expect(defaultsOf(environment)).toEqual({
      channel: "C0123456789",
      notify: "failures",
      thread: false,
      mention: ["U0123456789", "S0123456789"],
    });
  });

  test("need not have any", () => {
    expect(Object.values(defaultsOf(readApiEnvironment({ TABLE_NAME: "builds" }))).filter(Boolean)).toEqual(
      [],
    );
  });

  test("is refused with every fault at once", () => {
    expect(() =>
      readApiEnvironment({ DEFAULT_NOTIFY: "none", DEFAULT_THREAD: "maybe", KEEP_DAYS: "0" }),
    ).toThrow(
      "The function's environment is incomplete: TABLE_NAME is missing; DEFAULT_NOTIFY is not one of all, failures, " +
        "end; DEFAULT_THREAD is not true or false; KEEP_DAYS is not a whole number from 1 to 3650. " +
        "The stack sets these; deploy it again.",
    );
  });
});

describe("the language of what people read", () => {
  const others = {
    TABLE_NAME: "builds",
    CREDENTIALS_SECRET_ID: "credentials",
    SERVICESTAGE_ENDPOINT: "https://servicestage.example.com",
    IAM_ENDPOINT: "https://iam.example.com",
    HUAWEI_REGION: "cn-north-4",
  };

  test.each([
    ["is English by default", {}, "en"],
    ["is the one that is set", { MESSAGE_LANGUAGE: "zh" }, "zh"],
    ["is not the shell's", { LANGUAGE: "de" }, "en"],
  ])("%s", (_, set, language) => {
    expect(readPollEnvironment({ ...others, ...set }).language).toBe(language);
  });
});
