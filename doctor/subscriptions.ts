import pMap from "p-map";
import { hasLongList, isGone, type Subscription } from "../lambda/domain/subscription.ts";
import { createDynamoDbClient } from "../lambda/runtime/aws-clients.ts";
import type { Session } from "../lambda/slack/session.ts";
import { createStore } from "../lambda/store/store.ts";
import { ServiceStageError, type ServiceStage } from "../lambda/tracking/ports.ts";
import { awsTrouble } from "./aws.ts";
import { bad, good, unchecked, warned, type Finding, type Found } from "./finding.ts";
import { saidOf, remedyOf, type ServiceStagePlace } from "./service-stage.ts";
import { checkChannel } from "./slack.ts";

export interface SubscriptionChecks {
  tableName: string;
  place: ServiceStagePlace;
  /** Undefined when ServiceStage can't be asked: a refused key must not be tried again. */
  serviceStage: ServiceStage | undefined;
  /** Undefined when Slack can't be asked. */
  slack: Session | undefined;
}

const subject = "Subscriptions";
const seeRunbook = 'see "Jobs unreadable" in docs/runbook.md';
/** More subscriptions are not read. */
const readAtMost = 1_000;
/** Slack answers about 50 such calls a minute. ServiceStage is asked no more often. */
const callsAtMost = 40;
const concurrency = 8;
const linesAtMost = 20;
const hourMillis = 3_600_000;
/** A list is read once an hour, a long one once a day. */
const listLateAfterHours = (subscription: Subscription): number => (hasLongList(subscription) ? 26 : 2);
/** A new build is decided within 15 minutes, and a job is polled at least every five. */
const undecidedLateAfterMinutes = 20;

/** Says how many subscriptions there are and how many of them were checked, and then what is wrong with them. */
export async function* checkSubscriptions(checks: SubscriptionChecks, now: number): AsyncGenerator<Finding> {
  const read = await readSubscriptions(checks.tableName);
  if (!read.value) return yield read.finding;
  const { subscriptions, hasMore, faults } = read.value;
  const jobs = Map.groupBy(subscriptions, ({ jobId }) => jobId);
  const channels = [...new Set(subscriptions.map(({ settings }) => settings.channel))];
  const { serviceStage, slack } = checks;
  const asked = {
    jobs: serviceStage ? [...jobs.values()].slice(0, callsAtMost) : [],
    channels: slack ? channels.slice(0, callsAtMost) : [],
  };
  const all = `${subscriptions.length} to ${counted(jobs.size, "job")} in ${counted(channels.length, "channel")}`;
  const checked = `${counted(asked.jobs.length, "job")} and ${counted(asked.channels.length, "channel")}`;
  const seen = `${hasMore ? "the first " : ""}${all}; checked: ${checked}`;
  yield subscriptions.length > 0 && !(serviceStage && slack)
    ? unchecked(subject, seen, "repair the lines ServiceStage and Slack, and try again")
    : good(subject, subscriptions.length === 0 ? "there are none" : seen);
  const problems = [
    ...faults.map((fault) => bad("Table", fault, 'see "Items not understood" in docs/runbook.md')),
    ...(await pMap(asked.jobs, (job) => checkJob(job, serviceStage!, checks.place), { concurrency })),
    ...(await pMap(asked.channels, (channel) => checkChannelOf(channel, slack!), { concurrency: 1 })),
    ...subscriptions.flatMap((subscription) => [
      checkList(subscription, now),
      checkUndecided(subscription, now),
    ]),
  ].filter((finding) => finding !== undefined);
  yield* problems.slice(0, linesAtMost);
  const left = problems.length - linesAtMost;
  if (left > 0)
    yield warned(subject, `${left} more lines are left out`, "solve the problems above, and try again");
}

interface Listed {
  subscriptions: Subscription[];
  hasMore: boolean;
  /** The items that could not be understood. */
  faults: string[];
}

async function readSubscriptions(tableName: string): Promise<Found<Listed>> {
  const faults: string[] = [];
  const log = { info() {}, warn() {}, error: (message: string) => void faults.push(message) };
  const client = createDynamoDbClient();
  try {
    const store = createStore({ client, tableName, clock: { now: Date.now }, log });
    const { subscriptions, cursor } = await store.listSubscriptions({ limit: readAtMost });
    const value = { subscriptions, hasMore: cursor !== undefined, faults };
    return { value, finding: good(subject, "they can be read") };
  } catch (error) {
    return { finding: awsTrouble(subject, error, "dynamodb:Query on the table and its index") };
  } finally {
    client.destroy();
  }
}

const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? "" : "s"}`;

const nameOfJob = ({ jobId, jobName }: Subscription): string =>
  jobName === undefined ? `Job ${jobId}` : `Job ${jobName} (${jobId})`;

/** @param subscriptions those of one job */
async function checkJob(
  subscriptions: Subscription[],
  serviceStage: ServiceStage,
  place: ServiceStagePlace,
): Promise<Finding | undefined> {
  const [first] = subscriptions as [Subscription];
  try {
    await serviceStage.fetchJob(first.jobId);
    return undefined;
  } catch (error) {
    if (!(error instanceof ServiceStageError)) throw error;
    const said = saidOf(error, `job ${first.jobId}`);
    if (error.reason !== "unknownJob") return bad(nameOfJob(first), said, remedyOf(error, place));
    const paths = subscriptions.map(
      ({ jobId, settings }) => `/jobs/${jobId}/subscriptions/${settings.channel}`,
    );
    const remedy = `if the job is gone, end its subscription: DELETE ${paths.join(", ")}; otherwise check the region and the project`;
    return bad(nameOfJob(first), said, remedy);
  }
}

async function checkChannelOf(channel: string, slack: Session): Promise<Finding | undefined> {
  const finding = await checkChannel(slack, channel, `Channel ${channel}`);
  return finding.mark === "✔" ? undefined : finding;
}

/** The list is not read any more when ServiceStage does not know the job. */
function checkList(subscription: Subscription, now: number): Finding | undefined {
  const { listedAt, at, settings } = subscription;
  const hours = Math.floor((now - (listedAt ?? at)) / hourMillis);
  if (isGone(subscription, now) || hours < listLateAfterHours(subscription)) return undefined;
  const seen =
    listedAt === undefined
      ? `its builds were never read for ${settings.channel}, although it was subscribed ${hours} hours ago`
      : `its list of builds was read ${hours} hours ago for ${settings.channel}: it should be read once ${hasLongList(subscription) ? "a day" : "an hour"}`;
  return warned(nameOfJob(subscription), seen, seeRunbook);
}

function checkUndecided(subscription: Subscription, now: number): Finding | undefined {
  const since = (subscription.undecided ?? []).map((each) => each.since);
  if (since.length === 0) return undefined;
  const minutes = Math.floor((now - Math.min(...since)) / 60_000);
  const builds = `${counted(since.length, "new build")} for ${subscription.settings.channel}`;
  const seen = `${builds} could not be decided for ${counted(minutes, "minute")}, because the details can't be read`;
  return minutes > undecidedLateAfterMinutes
    ? warned(nameOfJob(subscription), seen, seeRunbook)
    : good(nameOfJob(subscription), `${seen}; this takes 15 minutes at most`);
}
