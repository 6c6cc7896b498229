import { readFileSync } from "node:fs";
import { describe, expect, test } from "@jest/globals";
import type { Template } from "aws-cdk-lib/assertions";
import { metrics } from "../../lambda/names.ts";
import { nameOf, type Part, propertiesOf, resourcesOf, synthesize } from "./synthesize.ts";

const byDefault = synthesize();
const inTokenMode = synthesize({ authorization: "token" });
const withEmail = synthesize({
  shards: 3,
  alarmEmail: "on-call@example.com",
  runbookUrl: "https://wiki.example.com/notifier",
});

const alarmsOf = (template: Template): Map<string, Part> =>
  new Map(
    resourcesOf(template, "AWS::CloudWatch::Alarm").map(([id, { Properties }]) => [nameOf(id), Properties]),
  );

/** An alarm as text, such as "OldestPendingAge Maximum >= 300 in 1 of 1 minutes". */
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
    ["NoTick", "SchedulesTicked Sum < 97 in 4 of 4 minutes, missing: missing"],
    ["TickErrors", "Errors Sum + TickErrors Sum >= 1 in 3 of 5 minutes, missing: notBreaching"],
    ["ApiErrors", "5xx Sum >= 1 in 1 of 1 minutes, missing: notBreaching"],
    ["CommandErrors", "Errors Sum >= 1 in 1 of 1 minutes, missing: notBreaching"],
    ["Throttles", "Throttles Sum >= 1 in 3 of 5 minutes, missing: notBreaching"],
    [
      "DeadLetters",
      "ApproximateNumberOfMessagesVisible Maximum >= 1 in 1 of 1 minutes, missing: notBreaching",
    ],
    ["MessagesPending", "OldestPendingAge Maximum >= 300 in 1 of 1 minutes, missing: notBreaching"],
    ["HuaweiCredentials", "ServiceStageCredentialsRefused Sum >= 1 in 1 of 1 minutes, missing: notBreaching"],
    ["JobsUnreadable", "JobsUnreadable Sum >= 1 in 1 of 1 minutes, missing: notBreaching"],
    ["SlackToken", "SlackTokenRefused Sum >= 1 in 1 of 1 minutes, missing: notBreaching"],
    ["Undeliverable", "MessagesUndeliverable Sum >= 1 in 1 of 1 minutes, missing: notBreaching"],
    ["PollsBehind", "PollDelay Maximum >= 30 in 5 of 5 minutes, missing: notBreaching"],
    ["ItemsNotUnderstood", "ItemsNotUnderstood Sum >= 1 in 1 of 1 minutes, missing: notBreaching"],
  ])("%s fires on %s", (name, condition) => {
    expect(conditionOf(alarmsOf(byDefault).get(name)!)).toBe(condition);
  });

  test("ApiErrors also counts the failures of the authorizer, if there is one", () => {
    const alarm = alarmsOf(inTokenMode).get("ApiErrors")!;
    expect(conditionOf(alarm)).toBe("5xx Sum + Errors Sum >= 1 in 1 of 1 minutes, missing: notBreaching");
    expect(alarm.Metrics[0].Expression).toBe("FILL(answered, 0) + FILL(authorizer, 0)");
    const { Dimensions } = alarm.Metrics[2].MetricStat.Metric;
    expect(Dimensions.map(({ Value }: Part) => nameOf(Value.Ref))).toEqual(["ApiAuthorizer"]);
  });

  test("ApiErrors uses the metrics of the stage that callers use", () => {
    expect(alarmsOf(byDefault).get("ApiErrors")!.Dimensions).toEqual([
      { Name: "ApiId", Value: { Ref: expect.stringMatching(/^ApiHttpApi/) } },
      { Name: "Stage", Value: "$default" },
    ]);
  });

  test("TickErrors also counts ticks that failed completely and could write no metric", () => {
    const { Metrics } = alarmsOf(byDefault).get("TickErrors")!;
    expect(Metrics[0].Expression).toBe("FILL(failed, 0) + FILL(errors, 0)");
  });
});

/**
 * The notifications of NoTick in these templates, minute by minute, as CloudWatch documents them. A new alarm has
 * insufficient data. A changed alarm keeps its state. Without any data, the alarm's rule for missing data decides.
 */
function toldBy(minutes: [template: Template, ticks: number[]][]): string[] {
  let state = "INSUFFICIENT_DATA";
  const seen: (number | undefined)[] = [];
  return minutes.flatMap(([template, ticks]) => {
    const alarm = alarmsOf(template).get("NoTick")!;
    const { Threshold, EvaluationPeriods, TreatMissingData } = alarm;
    const sample = alarm.Statistic === "SampleCount" ? () => 1 : (shards: number) => 100 / shards;
    seen.push(ticks.length === 0 ? undefined : ticks.reduce((sum, shards) => sum + sample(shards), 0));
    const range = Array.from({ length: EvaluationPeriods }, (_, index) => seen.at(-1 - index));
    const values = range.filter((value) => value !== undefined);
    const isMissing = values.length === 0 && TreatMissingData === "missing";
    const breaches = values.every((value) => value < Threshold);
    const next = isMissing ? "INSUFFICIENT_DATA" : breaches ? "ALARM" : "OK";
    const actions = { ALARM: "AlarmActions", OK: "OKActions", INSUFFICIENT_DATA: "InsufficientDataActions" };
    const told = next !== state && alarm[actions[next]] ? [next] : [];
    state = next;
    return told;
  });
}

describe("NoTick", () => {
  const of = (template: Template, ticks: number[], minutes: number) =>
    Array.from({ length: minutes }, (): [Template, number[]] => [template, ticks]);
  const three = [3, 3, 3];

  test.each<[string, [Template, number[]][], string[]]>([
    ["a first deployment", [...of(byDefault, [], 6), ...of(byDefault, [1], 5)], ["OK"]],
    [
      "more shards, and only the first one ticks already",
      [...of(byDefault, [1], 5), ...of(withEmail, [3], 2), ...of(withEmail, three, 6)],
      ["OK"],
    ],
    [
      "more shards, before their schedules are changed",
      [...of(byDefault, [1], 5), ...of(withEmail, [1], 3), ...of(withEmail, three, 6)],
      ["OK"],
    ],
    ["fewer shards", [...of(withEmail, three, 5), ...of(byDefault, [1], 6)], ["OK"]],
    [
      "a tick that starts in the next minute",
      [
        ...of(byDefault, [1], 4),
        ...of(byDefault, [], 1),
        ...of(byDefault, [1, 1], 1),
        ...of(byDefault, [1], 4),
      ],
      ["OK"],
    ],
    [
      "no ticks, until they are back",
      [...of(byDefault, [1], 5), ...of(byDefault, [], 9), ...of(byDefault, [1], 5)],
      ["OK", "INSUFFICIENT_DATA", "OK"],
    ],
    [
      "one dead schedule of three, until it is back",
      [...of(withEmail, three, 5), ...of(withEmail, [3, 3], 9), ...of(withEmail, three, 5)],
      ["OK", "ALARM", "OK"],
    ],
  ])("reports %s", (_what, minutes, told) => {
    expect(toldBy(minutes)).toEqual(told);
  });

  test("reports one dead schedule of sixteen", () => {
    const sixteen = Array.from({ length: 16 }, () => 16);
    const minutes = [...of(byDefault, sixteen, 5), ...of(byDefault, sixteen.slice(1), 5)];
    expect(toldBy(minutes)).toEqual(["OK", "ALARM"]);
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

  test("notifies the topic when it begins and when it is over", () => {
    const [[topic] = []] = resourcesOf(byDefault, "AWS::SNS::Topic");
    for (const alarm of alarmsOf(byDefault).values()) {
      expect(alarm.AlarmActions).toEqual([{ Ref: topic }]);
      expect(alarm.OKActions).toEqual([{ Ref: topic }]);
    }
  });

  test("is silent without data, except NoTick", () => {
    const telling = [...alarmsOf(byDefault)].filter(([, alarm]) => alarm.InsufficientDataActions);
    expect(telling.map(([name]) => name)).toEqual(["NoTick"]);
  });
});

/** The runbook's sections by the anchors that GitHub gives to the headings. */
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

test("the runbook's links to its own sections lead to existing sections", () => {
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

  test("is encrypted with a key that CloudWatch may use only for alarms of this account", () => {
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

  test("refuses connections without TLS, and accepts only messages of this account's alarms", () => {
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

  test("sends e-mails to the address of the setting, and keeps e-mails that don't arrive", () => {
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

  test("answers these questions, from top to bottom", () => {
    const headings = widgets
      .filter(({ type }) => type === "text")
      .toSorted((a, b) => a.y - b.y)
      .map(({ properties }) => properties.markdown.split("\n")[0]);
    expect(headings).toEqual([
      "# Is the notifier running?",
      "# Does ServiceStage answer?",
      "# Does Slack accept messages?",
      "# How late are messages?",
      "# Does the API answer?",
      "# Are commands and buttons in Slack carried out?",
      "# What does it cost?",
    ]);
  });

  test("shows every alarm", () => {
    const status = widgets.find(({ type }) => type === "alarm");
    expect(status!.properties.alarms).toHaveLength(alarmsOf(byDefault).size);
  });

  test("or an alarm uses every metric that a tick writes, because each metric costs", () => {
    const { namespace: _none, ...written } = metrics;
    const read = text + JSON.stringify([...alarmsOf(byDefault).values()]);
    expect(Object.values(written).filter((name) => !read.includes(`"${name}"`))).toEqual([]);
  });
});
