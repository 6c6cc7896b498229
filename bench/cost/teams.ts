import { metrics } from "../../lambda/names.ts";
import { container, scheduleEach, stepFunctions } from "./alternatives.ts";
import { billOf, totalOf, type Month } from "./bill.ts";
import { measureLife } from "./life.ts";
import { measureSubscription } from "./subscription.ts";

/** What every stack has. */
export const stackHas = {
  /** One for each name under `metrics`, except the namespace. */
  metrics: Object.keys(metrics).length - 1,
  /** There are thirteen alarms. One of them reads two metrics, and each metric costs. */
  alarms: 14,
  dashboards: 1,
  /** The key of the alarm topic. */
  keys: 1,
  emails: 0,
};

/** How many builds the list of a subscribed job holds: one page. */
export const listedBuilds = 100;

const usual = {
  apiCallsPerBuild: 2,
  commands: 100,
  pollIntervalSeconds: 15,
  subscriptions: 0,
  jobPollSeconds: 60,
  shards: 1,
  keepDays: 30,
  ...stackHas,
};

export interface Team extends Month {
  name: string;
  transitions: number;
}

/** The three teams of the README. */
export const teams: Team[] = [
  { ...usual, name: "A few builds a day", builds: 100, transitions: 14, buildMinutes: 8, buildsAtOnce: 1 },
  { ...usual, name: "A product team", builds: 1_000, transitions: 14, buildMinutes: 10, buildsAtOnce: 2 },
  { ...usual, name: "A department", builds: 20_000, transitions: 14, buildMinutes: 12, buildsAtOnce: 20 },
];

/** In dollars a month. */
export interface Comparison {
  ours: number;
  stepFunctions: number;
  container: number;
  scheduleEach: number;
}

export async function compare(team: Team): Promise<Comparison> {
  const life = await measureLife(team);
  return {
    ours: totalOf(billOf(team, life, await measureSubscription(listedBuilds))),
    stepFunctions: totalOf(stepFunctions(team)),
    container: totalOf(container(team, life)),
    scheduleEach: totalOf(scheduleEach(team, life)),
  };
}

/** A row of the README, in dollars and cents. */
export async function renderRow(team: Team): Promise<string> {
  const { ours, stepFunctions, container, scheduleEach } = await compare(team);
  const month = `${team.builds.toLocaleString("en")} builds of ${team.buildMinutes} minutes, ${team.buildsAtOnce} at once`;
  const figures = [stepFunctions, container, scheduleEach].map((amount) => amount.toFixed(2));
  return `| ${team.name}: ${month} | **${ours.toFixed(2)}** | ${figures.join(" | ")} |`;
}

/** The cost of a month in which nothing is built, in dollars. */
export async function idleDollars(subscriptions = 0, jobPollSeconds = 60): Promise<number> {
  const [team] = teams;
  const idle = { ...team!, builds: 0, commands: 0, subscriptions, jobPollSeconds };
  return totalOf(billOf(idle, await measureLife(team!), await measureSubscription(listedBuilds)));
}
