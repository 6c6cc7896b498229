import { readFileSync } from "node:fs";
import { describe, expect, test } from "@jest/globals";
import type { Template } from "aws-cdk-lib/assertions";
import { metrics } from "../../lambda/names.ts";
import { nameOf, type Part, propertiesOf, resourcesOf, synthesize } from "./synthesize.ts";

const byDefault = synthesize();
const withEmail = synthesize({
  shards: 3,
  alarmEmail: "on-call@example.com",
  runbookUrl: "https://wiki.example.com/notifier",
});

const alarmsOf = (template: Template): Map<string, Part> =>
  new Map(
    resourcesOf(template, "AWS::CloudWatch::Alarm").map(([id, { Properties }]) => [nameOf(id), Properties]),
  );

/** As in "OldestOwedAge Maximum >= 300 in 1 of 1 minutes". */
function conditionOf(alarm: Part): string {
  const stats = alarm.Metrics?.filter(({ MetricStat }: Part) => MetricStat) ?? [
    { MetricStat: { Metric: alarm, Period: alarm.Period, Stat: alarm.Statistic } },
  ];
  const read = stats.map(({ MetricStat: { Metric, Period, Stat } }: Part) => {
    expect(Period).toBe(60);
    return `${Metric.MetricName} ${Stat}`;
  });
  const operator = alarm.ComparisonOperator === "LessThanThreshold" ? "<" : ">=";
  const { Threshold, DatapointsToAlarm, EvaluationPeriods, TreatMissingData } = alarm;
  return `${read.join(" + ")} ${operator} ${Threshold} in ${DatapointsToAlarm} of ${EvaluationPeriods} minutes, missing: ${TreatMissingData}`;
}

describe("the alarm", () => {
  test.each([
    ["NoTick", "TickErrors SampleCount < 1 in 4 of 4 minutes, missing: breaching"],
    ["TickErrors", "Errors Sum + TickErrors Sum >= 1 in 3 of 5 minutes, missing: notBreaching"],
    ["Throttles", "Throttles Sum >= 1 in 3 of 5 minutes, missing: notBreaching"],
    [
      "DeadLetters",
      "ApproximateNumberOfMessagesVisible Maximum >= 1 in 1 of 1 minutes, missing: notBreaching",
    ],
    ["MessagesOwed", "OldestOwedAge Maximum >= 300 in 1 of 1 minutes, missing: notBreaching"],
    ["HuaweiCredentials", "ServiceStageCredentialsRefused Sum >= 1 in 1 of 1 minutes, missing: notBreaching"],
    ["SlackToken", "SlackTokenRefused Sum >= 1 in 1 of 1 minutes, missing: notBreaching"],
    ["Undeliverable", "MessagesUndeliverable Sum >= 1 in 1 of 1 minutes, missing: notBreaching"],
    ["PollsBehind", "PollDelay Maximum >= 30 in 5 of 5 minutes, missing: notBreaching"],
    ["ItemsNotUnderstood", "ItemsNotUnderstood Sum >= 1 in 1 of 1 minutes, missing: notBreaching"],
  ])("%s fires on %s", (name, condition) => {
    expect(conditionOf(alarmsOf(byDefault).get(name)!)).toBe(condition);
  });

  test("NoTick fires too when one of several schedules is dead: each sends a sample a minute", () => {
    expect(conditionOf(alarmsOf(withEmail).get("NoTick")!)).toMatch(/^TickErrors SampleCount < 3 in 4 of 4 /);
  });

  test("TickErrors counts ticks that failed as a whole, where the tick itself could write nothing", () => {
    const { Metrics } = alarmsOf(byDefault).get("TickErrors")!;
    expect(Metrics[0].Expression).toBe("FILL(failed, 0) + FILL(errors, 0)");
  });
});

describe("every alarm", () => {
  test.each([
    ["in the repository", byDefault, "docs/runbook.md"],
    ["where the setting says", withEmail, "https://wiki.example.com/notifier"],
  ])("leads to its section of the runbook %s, and the runbook has no other sections", (_, template, url) => {
    const links = [...alarmsOf(template).values()].map(
      ({ AlarmDescription }): string => AlarmDescription.match(/^[A-Z].+\. What to do: (\S+)$/)![1],
    );
    expect(new Set(links)).toEqual(new Set([...sections.keys()].map((section) => `${url}#${section}`)));
  });

  test("tells the topic when it begins and when it is over", () => {
    const [[topic] = []] = resourcesOf(byDefault, "AWS::SNS::Topic");
    for (const alarm of alarmsOf(byDefault).values()) {
      expect(alarm.AlarmActions).toEqual([{ Ref: topic }]);
      expect(alarm.OKActions).toEqual([{ Ref: topic }]);
    }
  });
});

/** By the anchor that GitHub gives the heading. */
const sections = new Map(
  readFileSync(new URL("../../docs/runbook.md", import.meta.url), "utf8")
    .split(/^## /m)
    .slice(1)
    .map((section) => {
      const [heading = ""] = section.split("\n");
      return [heading.toLowerCase().replaceAll(" ", "-"), section];
    }),
);

test.each([...sections])(
  "the runbook's section %s says symptom, cause, command, and when it is over",
  (_, section) => {
    const order = ["**Symptom.** ", "**Cause.** ", "**Do.**", "```sh\n", "**Over** "].map((part) =>
      section.indexOf(part),
    );
    expect(order).not.toContain(-1);
    expect(order).toEqual(order.toSorted((a, b) => a - b));
  },
);

test("the runbook's links within it lead to sections that are there", () => {
  const links = [...sections.values()].flatMap((section) => [...section.matchAll(/\]\(#([^)]+)\)/g)]);
  expect(links.map(([, anchor]) => anchor).filter((anchor) => !sections.has(anchor!))).toEqual([]);
});

describe("the alarms' topic", () => {
  const only = (type: string): Part => {
    const [found, ...others] = propertiesOf(byDefault, type);
    expect(others).toEqual([]);
    return found!;
  };
  const forOurAlarms = { StringEquals: { "aws:SourceAccount": { Ref: "AWS::AccountId" } } };

  test("is encrypted with a key that CloudWatch may use for alarms of this account", () => {
    const [[key] = []] = resourcesOf(byDefault, "AWS::KMS::Key");
    expect(only("AWS::SNS::Topic").KmsMasterKeyId).toEqual({ "Fn::GetAtt": [key, "Arn"] });
    expect(only("AWS::KMS::Key")).toMatchObject({ EnableKeyRotation: true });
    expect(only("AWS::KMS::Key").KeyPolicy.Statement.slice(1)).toEqual([
      {
        Effect: "Allow",
        Principal: { Service: "cloudwatch.amazonaws.com" },
        Action: ["kms:Decrypt", "kms:GenerateDataKey"],
        Resource: "*",
        Condition: forOurAlarms,
      },
    ]);
  });

  test("refuses plain connections, and takes messages of this account's alarms alone", () => {
    expect(only("AWS::SNS::TopicPolicy").PolicyDocument.Statement).toMatchObject([
      { Effect: "Deny", Action: "sns:Publish", Condition: { Bool: { "aws:SecureTransport": "false" } } },
      {
        Effect: "Allow",
        Principal: { Service: "cloudwatch.amazonaws.com" },
        Action: "sns:Publish",
        Condition: forOurAlarms,
      },
    ]);
  });

  test("has no subscriber by default", () => {
    expect(propertiesOf(byDefault, "AWS::SNS::Subscription")).toEqual([]);
  });

  test("sends e-mails to the address that is set, and keeps those that don't arrive", () => {
    const [[queue] = []] = resourcesOf(withEmail, "AWS::SQS::Queue");
    expect(propertiesOf(withEmail, "AWS::SNS::Subscription")).toMatchObject([
      {
        Protocol: "email",
        Endpoint: "on-call@example.com",
        RedrivePolicy: { deadLetterTargetArn: { "Fn::GetAtt": [queue, "Arn"] } },
      },
    ]);
  });
});

describe("the dashboard", () => {
  const [{ DashboardBody }] = propertiesOf(byDefault, "AWS::CloudWatch::Dashboard") as [Part];
  const text: string = DashboardBody["Fn::Join"][1]
    .map((part: unknown) => (typeof part === "string" ? part : "?"))
    .join("");
  const { widgets } = JSON.parse(text) as { widgets: Part[] };

  test("answers, from top to bottom", () => {
    const headings = widgets
      .filter(({ type }) => type === "text")
      .toSorted((a, b) => a.y - b.y)
      .map(({ properties }) => properties.markdown.split("\n")[0]);
    expect(headings).toEqual([
      "# Does it tick?",
      "# Does ServiceStage answer?",
      "# Does Slack take it?",
      "# How late are messages?",
      "# What does it cost?",
    ]);
  });

  test("shows every alarm", () => {
    const status = widgets.find(({ type }) => type === "alarm");
    expect(status!.properties.alarms).toHaveLength(alarmsOf(byDefault).size);
  });

  test("or an alarm reads every metric that a tick writes: each costs", () => {
    const { namespace: _none, ...written } = metrics;
    const read = text + JSON.stringify([...alarmsOf(byDefault).values()]);
    expect(Object.values(written).filter((name) => !read.includes(`"${name}"`))).toEqual([]);
  });
});
