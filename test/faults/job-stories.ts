import { renderTrace } from "./build-stories.ts";
import type { Story } from "./explore.ts";
import { judgeJob } from "./job-oracle.ts";
import { jobFaultsOf, JobWorld, type JobBuildStory, type JobFault, type JobScenario } from "./job-world.ts";

/** One ended long ago, and one runs. */
const before: JobBuildStory[] = [
  { buildId: "old", starts: -120, ends: -100 },
  { buildId: "running", starts: -5, ends: 1.5 },
];

const builds = {
  /** One new build. */
  one: [...before, { buildId: "b1", starts: 0.5, ends: 1.5 }],
  /** Two begin between two polls, and one of them ends before the next poll. */
  twins: [...before, { buildId: "b1", starts: 0.3, ends: 0.9 }, { buildId: "b2", starts: 0.6, ends: 1.5 }],
  branches: [
    ...before,
    { buildId: "b1", starts: 0.3, ends: 1.5, branch: "main" },
    { buildId: "b2", starts: 0.6, ends: 1.5, branch: "feature/x" },
  ],
  /** It is gone soon after it was listed. */
  vanished: [...before, { buildId: "b1", starts: 0.5, ends: 0.8, vanishes: 1.5 }],
  /** Too many pages for one pass. */
  many: [
    ...Array.from({ length: 22 }, (_, index) => ({
      buildId: `old${index}`,
      starts: -200 - index,
      ends: -190 - index,
    })),
    { buildId: "running", starts: -300, ends: 2.5 },
    { buildId: "b1", starts: 0.5, ends: 2.5 },
  ],
} satisfies Record<string, JobBuildStory[]>;

const scenario = (name: keyof typeof builds, options: Partial<JobScenario> = {}): JobScenario => ({
  name: [
    name,
    ...Object.entries(options).map(([option, value]) => `${option}: ${JSON.stringify(value)}`),
  ].join(", "),
  builds: builds[name],
  ticks: [0, 1, 2],
  channels: [{ channel: "C1" }],
  perPage: 100,
  order: "newest first",
  lags: {},
  ...options,
});

const shortJobs: JobScenario[] = [
  scenario("one"),
  scenario("one", { lags: { list: 1 } }),
  scenario("one", { lags: { lastBuildId: 1 } }),
  scenario("one", { lags: { details: 1 } }),
];

const longJobs: JobScenario[] = [
  scenario("twins"),
  scenario("twins", { perPage: 1 }),
  scenario("twins", { perPage: 1, order: "oldest first" }),
  scenario("twins", { perPage: 1, order: "mixed" }),
  scenario("twins", { lags: { list: 2 }, ticks: [0, 1, 2, 3] }),
  scenario("twins", { lags: { lastBuildId: 90 }, ticks: [0, 1, 61] }),
  scenario("twins", { lags: { details: 2 }, ticks: [0, 1, 2, 3] }),
  scenario("twins", { channels: [{ channel: "C1" }, { channel: "C2" }] }),
  scenario("branches", { channels: [{ channel: "C1", branches: ["main"] }] }),
  scenario("branches", { channels: [{ channel: "C1", branches: ["main"] }, { channel: "C2" }], perPage: 1 }),
  scenario("branches", { channels: [{ channel: "C1", branches: ["main"] }], lags: { details: 2 } }),
  scenario("vanished"),
  scenario("vanished", { channels: [{ channel: "C1", branches: ["main"] }] }),
  scenario("many", { perPage: 1, ticks: [0, 1, 2, 3] }),
  scenario("many", { perPage: 1, order: "oldest first", ticks: [0, 1, 2, 3] }),
];

const storyOf = (scenario: JobScenario, faultsAtMost: number): Story<JobFault> => ({
  name: scenario.name,
  faultsAtMost,
  async run(plan) {
    const world = new JobWorld(scenario, plan);
    await world.run();
    const choices = world.calls.slice(0, world.storyCalls).map((call) => jobFaultsOf[call]);
    return { plan, verdict: await judgeJob(world), choices };
  },
  async trace(plan) {
    const world = new JobWorld(scenario, plan, { traced: true });
    await world.run();
    return renderTrace(scenario.name, world, (await judgeJob(world)).faults);
  },
});

/** Builds that a subscription registers. */
export const jobStories: Story<JobFault>[] = [
  ...shortJobs.map((each) => storyOf(each, 2)),
  ...longJobs.map((each) => storyOf(each, 1)),
];
