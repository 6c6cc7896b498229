import { virtualShards } from "../../lambda/names.ts";
import type { Life } from "./life.ts";
import type { SubscriptionLife } from "./subscription.ts";
import { prices, type PriceName } from "../../lib/prices.ts";

/** A month of a team. */
export interface Month {
  builds: number;
  buildMinutes: number;
  /** How many builds run at the same time, in the minutes in which any build runs. */
  buildsAtOnce: number;
  apiCallsPerBuild: number;
  /** Commands in Slack. */
  commands: number;
  pollIntervalSeconds: number;
  /** Jobs with a subscription. What their builds cost is counted with `builds`. */
  subscriptions: number;
  jobPollSeconds: number;
  shards: number;
  keepDays: number;
  metrics: number;
  alarms: number;
  dashboards: number;
  keys: number;
  emails: number;
}

/** One line of a bill. */
export interface Part {
  name: string;
  price: PriceName;
  quantity: number;
  /** `measured`: the quantity was counted. `assumed`: it follows from {@link assumed}. `set`: it follows from the month. */
  basis: "measured" | "assumed" | "set";
}

export const hoursInMonth = 730;
const minutesInMonth = hoursInMonth * 60;
const gigabyte = 2 ** 30;

/** The memory of every function: `lib/notifier-function.ts`. */
const functionGigabytes = 0.5;
/** The last time at which a pass of a tick begins: `lambda/tracking/tick.ts`. */
const tickSeconds = 57;
/** These can't be measured here: durations on Lambda, and bytes of its network traffic. */
export const assumed = {
  passSeconds: 1,
  idleTickSeconds: 0.3,
  apiCallSeconds: 0.1,
  /** The request and its deferred part. */
  commandSeconds: 2,
  secondsPerGet: 0.1,
  logBytesPerTick: 2_000,
  logBytesPerApiCall: 1_500,
  outBytesPerGet: 1_500,
  outBytesPerSlackCall: 5_000,
};
/** So many GETs of a pass run at the same time, after a first one alone: `lambda/tracking/pass.ts`. */
const getsAtOnce = 32;
/** A list of builds that is not long is read as a whole once an hour: `lambda/domain/subscription.ts`. */
const wholeListsPerMonth = hoursInMonth;
/** A command that is deferred invokes its function twice: `lambda/slack-requests/handler.ts`. */
const callsPerCommand = 2;
/** The secret is read again after five minutes: `lambda/runtime/credentials.ts`. */
const secretReadsPerHour = 12;

/** The parts of the bill, the largest first. */
export function billOf(month: Month, life: Life, subscription: SubscriptionLife): Part[] {
  return bySize([
    ...computing(month),
    ...storing(month, life, subscription),
    ...talking(month, life, subscription),
    ...shared(month),
  ]);
}

export const dollarsOf = ({ quantity, price }: Part): number => quantity * prices[price].dollars;

export const totalOf = (parts: Part[]): number => parts.reduce((total, part) => total + dollarsOf(part), 0);

export const bySize = (parts: Part[]): Part[] =>
  parts.filter(({ quantity }) => quantity > 0).toSorted((a, b) => dollarsOf(b) - dollarsOf(a));

/** The minutes with several passes: at least one build runs, or jobs are polled several times in a minute. */
export const movingMinutes = ({
  builds,
  buildMinutes,
  buildsAtOnce,
  subscriptions,
  jobPollSeconds,
}: Month): number =>
  subscriptions > 0 && jobPollSeconds < 60
    ? minutesInMonth
    : Math.min(minutesInMonth, (builds * buildMinutes) / buildsAtOnce);

/** In the other minutes a tick polls only jobs. */
export function idleTickSeconds({ subscriptions, jobPollSeconds, shards }: Month): number {
  const polls = (subscriptions / shards) * Math.min(1, 60 / jobPollSeconds);
  const rounds = polls === 0 ? 0 : 1 + Math.ceil(Math.max(0, polls - 1) / getsAtOnce);
  return assumed.idleTickSeconds + rounds * assumed.secondsPerGet;
}

/** While builds run, a tick makes a pass at each interval and ends with the last pass. */
export const passesPerTick = ({ pollIntervalSeconds }: Pick<Month, "pollIntervalSeconds">): number =>
  Math.ceil(tickSeconds / pollIntervalSeconds);

export const movingTickSeconds = (month: Pick<Month, "pollIntervalSeconds">): number =>
  (passesPerTick(month) - 1) * month.pollIntervalSeconds + assumed.passSeconds;

function computing(month: Month): Part[] {
  const ticks = minutesInMonth * month.shards;
  const moving = movingMinutes(month) * month.shards;
  const seconds = moving * movingTickSeconds(month) + (ticks - moving) * idleTickSeconds(month);
  const calls = month.builds * month.apiCallsPerBuild;
  return [
    {
      name: "Lambda: ticks",
      price: "lambdaGigabyteSecond",
      quantity: seconds * functionGigabytes,
      basis: "assumed",
    },
    {
      name: "Lambda: API",
      price: "lambdaGigabyteSecond",
      quantity: calls * assumed.apiCallSeconds * functionGigabytes,
      basis: "assumed",
    },
    {
      name: "Lambda: commands",
      price: "lambdaGigabyteSecond",
      quantity: month.commands * assumed.commandSeconds * functionGigabytes,
      basis: "assumed",
    },
    {
      name: "Lambda: requests",
      price: "lambdaRequest",
      quantity: ticks + calls + month.commands * callsPerCommand,
      basis: "measured",
    },
    { name: "EventBridge Scheduler", price: "schedulerInvocation", quantity: ticks, basis: "measured" },
  ];
}

/** Index reads are eventually consistent: half a unit for each virtual shard, and for each 4 KB beyond. */
export function indexReadUnits(month: Month, life: Life, subscription: SubscriptionLife): number {
  const polls = month.builds * ((month.buildMinutes * 60) / month.pollIntervalSeconds);
  const bytes = polls * life.indexBytes + passesOf(month) * month.subscriptions * subscription.indexBytes;
  return (passesOf(month) * virtualShards + bytes / 4096) * 0.5;
}

const passesOf = (month: Month): number => {
  const moving = movingMinutes(month);
  return moving * passesPerTick(month) + (minutesInMonth - moving);
};

function storing(month: Month, life: Life, subscription: SubscriptionLife): Part[] {
  const keptBuilds = (month.builds * life.itemBytes * month.keepDays) / (hoursInMonth / 24);
  const kept = (keptBuilds + month.subscriptions * subscription.itemBytes) / gigabyte;
  const wholeLists = month.subscriptions * wholeListsPerMonth;
  // The first call of a pass reads the circuit breaker.
  const callingPasses =
    month.subscriptions > 0 ? passesOf(month) : movingMinutes(month) * passesPerTick(month);
  const reads =
    indexReadUnits(month, life, subscription) +
    callingPasses * month.shards +
    month.builds * month.apiCallsPerBuild * life.readUnits +
    wholeLists * subscription.wholeList.readUnits;
  return [
    {
      name: "DynamoDB: writes",
      price: "dynamoWriteUnit",
      quantity: month.builds * life.writeUnits + wholeLists * subscription.wholeList.writeUnits,
      basis: "measured",
    },
    { name: "DynamoDB: reads", price: "dynamoReadUnit", quantity: reads, basis: "measured" },
    { name: "DynamoDB: storage", price: "dynamoStorage", quantity: kept, basis: "measured" },
    { name: "DynamoDB: recovery", price: "dynamoRecovery", quantity: kept, basis: "measured" },
  ];
}

function talking(month: Month, life: Life, { poll, wholeList }: SubscriptionLife): Part[] {
  const slackCalls = month.builds * (life.posts + life.edits);
  const jobPolls = (minutesInMonth * 60) / month.jobPollSeconds;
  const getsOfJob = jobPolls * poll.gets + wholeListsPerMonth * (wholeList.gets - poll.gets);
  const gets = month.builds * life.gets + month.subscriptions * getsOfJob;
  const bytes = gets * assumed.outBytesPerGet + slackCalls * assumed.outBytesPerSlackCall;
  const logged = minutesInMonth * month.shards * assumed.logBytesPerTick;
  return [
    { name: "Data out", price: "dataOut", quantity: bytes / gigabyte, basis: "assumed" },
    { name: "CloudWatch: ticks' logs", price: "logGigabyte", quantity: logged / gigabyte, basis: "assumed" },
    { name: "CloudWatch: logs kept", price: "logStorage", quantity: logged / gigabyte, basis: "assumed" },
    {
      name: "Secrets Manager: calls",
      price: "secretCall",
      quantity: hoursInMonth * secretReadsPerHour * month.shards,
      basis: "assumed",
    },
  ];
}

/** The parts that every way needs: the API, the secret, and the monitoring. */
export function shared(month: Month): Part[] {
  const calls = month.builds * month.apiCallsPerBuild + month.commands;
  return [
    { name: "API Gateway", price: "httpApiRequest", quantity: calls, basis: "set" },
    {
      name: "CloudWatch: API's logs",
      price: "logGigabyte",
      quantity: (calls * assumed.logBytesPerApiCall) / gigabyte,
      basis: "assumed",
    },
    { name: "Secrets Manager: secret", price: "secret", quantity: 1, basis: "set" },
    { name: "CloudWatch: metrics", price: "metric", quantity: month.metrics, basis: "set" },
    { name: "CloudWatch: alarms", price: "alarm", quantity: month.alarms, basis: "set" },
    { name: "CloudWatch: dashboards", price: "dashboard", quantity: month.dashboards, basis: "set" },
    { name: "KMS: keys", price: "key", quantity: month.keys, basis: "set" },
    { name: "SNS: e-mails", price: "email", quantity: month.emails, basis: "set" },
  ];
}
