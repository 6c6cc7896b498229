import { describe, expect, test } from "@jest/globals";
import type { Template } from "aws-cdk-lib/assertions";
import type { BuildNotifierProps } from "../../lib/settings.ts";
import { type Part, resourcesOf, synthesizeChecked } from "./synthesize.ts";

/** Another value for each setting. The value before is the one in `cdk.json`. */
const changes: Record<keyof BuildNotifierProps, unknown> = {
  huaweiRegion: "eu-west-101",
  serviceStageEndpoint: "https://servicestage.example.com",
  iamEndpoint: "https://iam.example.com",
  huaweiProjectId: "0123456789abcdef0123456789abcdef",
  defaultChannel: "C0123456789",
  defaultNotify: "failures",
  defaultThread: false,
  defaultMention: ["U0123456789"],
  language: "zh",
  slackActions: "cancel, start",
  digests: [{ channel: "C0123456789", day: "friday", time: "16:30", zone: "Asia/Singapore" }],
  slackApiUrl: "https://slack-gov.com/api/",
  consoleUrlTemplate: "https://example.com/{buildId}",
  pollIntervalSeconds: 5,
  jobPollSeconds: 300,
  keepDays: 7,
  abandonAfterHours: 2,
  shards: 16,
  authorization: "token",
  apiRequestsPerSecond: 2,
  apiBurst: 4,
  logRetentionDays: 14,
  alarmEmail: "on-call@example.com",
  runbookUrl: "https://example.com/runbook",
  removalPolicy: "destroy",
};

/** The resources whose data nobody can make again. */
const kept = ["AWS::DynamoDB::GlobalTable", "AWS::SecretsManager::Secret"];
const keptOf = (template: Template): [logicalId: string, resource: Part][] =>
  kept.flatMap((type) => resourcesOf(template, type));

const before = keptOf(synthesizeChecked());

describe("a deployment with another", () => {
  test.each(Object.entries(changes).filter(([setting]) => setting !== "removalPolicy"))(
    "%s passes all checks and does not change the table and the secret",
    (setting, value) => {
      expect(keptOf(synthesizeChecked({ [setting]: value }))).toEqual(before);
    },
  );

  test("removalPolicy passes all checks and changes only the protection of the table and the secret", () => {
    const after = keptOf(synthesizeChecked({ removalPolicy: "destroy" }));
    expect(after).not.toEqual(before);
    expect(after.map(unprotected)).toEqual(before.map(unprotected));
  });

  test("value of every setting at once passes all checks", () => {
    expect(keptOf(synthesizeChecked(changes)).map(unprotected)).toEqual(before.map(unprotected));
  });
});

function unprotected([logicalId, { Properties }]: [string, Part]) {
  const { Replicas, ...rest } = Properties;
  const replicas = Replicas?.map(({ DeletionProtectionEnabled: _any, ...replica }: Part) => replica);
  return { logicalId, ...rest, replicas };
}
