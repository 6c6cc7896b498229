import { readFileSync } from "node:fs";
import { expect, test } from "@jest/globals";
import { idleDollars, renderRow, stackHas, teams } from "../../bench/cost/teams.ts";
import { metrics } from "../../lambda/names.ts";
import { propertiesOf, synthesize } from "../lib/synthesize.ts";

const readme = readFileSync(new URL("../../README.md", import.meta.url), "utf8");

test.each(teams.map((team) => [team.name, team] as const))(
  "the README says what a month costs: %s",
  async (_name, team) => {
    const rows = readme.split("\n").filter((line) => line.startsWith(`| ${team.name}`));
    expect(rows).toEqual([await renderRow(team)]);
  },
);

test("the README says what a subscription adds", async () => {
  const [none, one, hundred] = [await idleDollars(), await idleDollars(1), await idleDollars(100)];
  const [first, further] = [one - none, (hundred - one) / 99];
  expect(readme).toContain(
    `The first subscription adds ${first.toFixed(2)}, and each further one ${further.toFixed(2)} on average.`,
  );
});

test("the README says what a month without builds costs", async () => {
  const [idle, subscribed] = [await idleDollars(), await idleDollars(100)];
  expect(readme).toContain(
    `A month without builds costs **${idle.toFixed(2)}**, and with 100 subscriptions **${subscribed.toFixed(2)}**.`,
  );
});

test("the costs count what the stack has. An alarm costs for each metric that it reads", () => {
  const stack = synthesize();
  const alarms = propertiesOf(stack, "AWS::CloudWatch::Alarm");
  const read = alarms.flatMap(({ Metrics = [{ MetricStat: {} }] }) =>
    Metrics.filter(({ MetricStat }: { MetricStat?: object }) => MetricStat),
  );
  expect(stackHas).toEqual({
    metrics: Object.keys(metrics).length - 1,
    alarms: read.length,
    dashboards: propertiesOf(stack, "AWS::CloudWatch::Dashboard").length,
    keys: propertiesOf(stack, "AWS::KMS::Key").length,
    emails: 0,
  });
});
