import { beginCommand } from "../../command/command.ts";
import { deployedJobPollIntervals, deployedPollIntervals, virtualShards } from "../../lambda/names.ts";
import { container, scheduleEach, stepFunctions } from "./alternatives.ts";
import { assumed, billOf, dollarsOf, totalOf, type Month, type Part } from "./bill.ts";
import { measureLife, type Life, type LifeOptions } from "./life.ts";
import { transitionsAtLeast, transitionsAtMost } from "./phases.ts";
import { prices, pricesOf } from "../../lib/prices.ts";
import { measureSubscription, type SubscriptionLife } from "./subscription.ts";
import { listedBuilds, stackHas } from "./teams.ts";

/** `npm run cost`: what a month costs, part by part, and what other ways to do the same job would cost. */

const flags = {
  builds: { default: 1_000, least: 0, most: 10_000_000, describes: "builds in a month" },
  transitions: {
    default: 14,
    least: transitionsAtLeast,
    most: transitionsAtMost,
    describes: "transitions of each build",
  },
  buildMinutes: { default: 10, least: 1, most: 240, describes: "from a build's start to its end" },
  buildsAtOnce: {
    default: 2,
    least: 1,
    most: 10_000,
    whole: false,
    describes: "builds that run at the same time",
  },
  apiCallsPerBuild: {
    default: 2,
    least: 1,
    most: 1_000,
    describes: "API calls for each build: its registration, and requests about it",
  },
  commands: { default: 100, least: 0, most: 1_000_000, describes: "commands in Slack in a month" },
  pollIntervalSeconds: { default: 15, oneOf: deployedPollIntervals, describes: "the setting of that name" },
  subscriptions: {
    default: 0,
    least: 0,
    most: 10_000,
    describes: "jobs with a subscription, each with a list of 100 builds",
  },
  jobPollSeconds: { default: 60, oneOf: deployedJobPollIntervals, describes: "the setting of that name" },
  shards: { default: 1, least: 1, most: virtualShards, describes: "the setting of that name" },
  keepDays: { default: 30, least: 1, most: 365, describes: "the setting of that name" },
  metrics: { default: stackHas.metrics, least: 0, most: 1_000, describes: "custom metrics of the stack" },
  alarms: { default: stackHas.alarms, least: 0, most: 1_000, describes: "alarms of the stack" },
  dashboards: { default: stackHas.dashboards, least: 0, most: 100, describes: "dashboards of the stack" },
  keys: { default: stackHas.keys, least: 0, most: 100, describes: "KMS keys of the stack" },
  emails: { default: stackHas.emails, least: 0, most: 1_000_000, describes: "e-mails that the alarms send" },
} as const;

async function print(month: Month & LifeOptions): Promise<void> {
  const life = await measureLife(month);
  const subscription = await measureSubscription(listedBuilds);
  const bill = billOf(month, life, subscription);
  console.log(
    `A month of ${month.builds.toLocaleString("en")} builds, in US dollars at the list prices of us-east-1`,
  );
  console.log(`as of ${pricesOf}, without any free tier:\n`);
  for (const part of bill) console.log(lineOf(part));
  console.log(`${dollars(totalOf(bill))}  in all\n`);
  console.log("Other ways to do the same job, without logs and data transfer:\n");
  console.log(`${dollars(totalOf(stepFunctions(month)))}  a Step Functions wait loop for each build`);
  console.log(
    `${dollars(totalOf(container(month, life)))}  one container that is always on (Fargate, the smallest)`,
  );
  console.log(`${dollars(totalOf(scheduleEach(month, life)))}  a schedule for each build\n`);
  console.log(renderBasis(life, subscription));
}

function lineOf(part: Part): string {
  const quantity = part.quantity.toLocaleString("en", { maximumSignificantDigits: 4 });
  return `${dollars(dollarsOf(part))}  ${part.name.padEnd(24)}${quantity.padStart(12)} × ${prices[part.price].per} (${part.basis})`;
}

const dollars = (amount: number): string => amount.toFixed(2).padStart(10);

const renderBasis = (
  { gets, posts, edits, writes, writeUnits, itemBytes }: Life,
  { wholeList, newBuild, ...subscription }: SubscriptionLife,
): string =>
  [
    `Measured for one build: ${gets} GETs, ${posts} messages, ${edits} edits, ${writes} writes of ${writeUnits} units,`,
    `and an item of ${itemBytes} bytes at the end. Measured for one subscription: a GET for each poll, ${wholeList.gets} GETs`,
    `and ${wholeList.writeUnits} write units once an hour, ${newBuild.gets} GETs and ${newBuild.writeUnits} write units for a poll that finds a new build,`,
    `and an item of ${subscription.itemBytes} bytes. These values are assumed, because they can't be measured here:`,
    ...Object.entries(assumed).map(([name, value]) => `  ${name} ${value}`),
    `These prices were not checked: ${unseen().join(", ")}. lib/prices.ts names AWS's page for each price.`,
  ].join("\n");

const unseen = (): string[] => Object.values(prices).flatMap(({ per, seen }) => (seen === "no" ? [per] : []));

const { values: month } = beginCommand({
  name: "npm run cost",
  does: "Prints what a month costs, part by part, and what other ways to do the same job would cost.",
  flags,
});
await print(month);
