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
  /** The newest had ended before the subscription, and its details can't be read. */
  noDetails: [
    { buildId: "running", starts: -90, ends: 1.5 },
    { buildId: "unreadable", starts: -60, ends: -40, hasNoDetails: true },
    { buildId: "b1", starts: 2.5, ends: 3.5 },
  ],
  /** The newest had ended before the subscription, and its details don't say when. */
  noEnd: [
    { buildId: "running", starts: -90, ends: 1.5 },
    { buildId: "ended", starts: -60, ends: -40, hasNoEnd: true },
    { buildId: "b1", starts: 2.5, ends: 3.5 },
  ],
  /** There was no more room to remember the oldest. */
  ancient: [
    ...before,
    { buildId: "ancient", starts: -5_000, ends: -4_990, hasNoDetails: true },
    { buildId: "b1", starts: 0.5, ends: 2.5 },
  ],
  /** One runs the whole time, so that ServiceStage always answers for it. */
  troubled: [
    { buildId: "running", starts: -5, ends: 200 },
    { buildId: "hidden", starts: 0.5, ends: 80 },
    { buildId: "b1", starts: 0.6, ends: 80 },
  ],
  /** The notifier pauses while it runs. */
  paused: [...before, { buildId: "b1", starts: 2, ends: 20 }],
  /** `last_build_id` names one at its end, and then the next one at its start. */
  lateOnce: [
    ...before,
    { buildId: "b1", starts: 2, ends: 16, namedAt: 16 },
    { buildId: "b2", starts: 20, ends: 40, foundBy: 22 },
  ],
  /** A build of the pages that were read is gone before the next pass, so that another one moves up there. */
  movedUp: [
    ...Array.from({ length: 20 }, (_, index) => ({
      buildId: `old${index}`,
      starts: -200 - index,
      ends: -190 - index,
      ...(index === 3 && { vanishes: 0.5 }),
    })),
    { buildId: "running", starts: -300, ends: 30, foundBy: 2 },
    { buildId: "oldest", starts: -400, ends: -390 },
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
  scenario("noDetails", { ticks: [0, 1, 3] }),
  scenario("noEnd", { ticks: [0, 1, 3] }),
  scenario("ancient", {
    drops: "ancient",
    unreadable: [{ what: "job", from: 0.5, until: 1.5, reason: "unavailable" }],
  }),
  scenario("troubled", {
    name: "troubled, the job can't be read for two reasons",
    ticks: [0, 1, 2, 3, 64, 65, 66],
    unreadable: [
      { what: "job", from: 1.5, until: 64.5, reason: "forbidden" },
      { what: "job", from: 64.5, until: 65.5, reason: "unavailable" },
      { what: "job", from: 65.5, until: 67, reason: "forbidden" },
    ],
    tellings: 1,
  }),
  scenario("troubled", {
    name: "troubled, the list can't be read",
    builds: builds.troubled.map((each) => (each.buildId === "b1" ? { ...each, foundBy: 1 } : each)),
    ticks: [0, 1, 2, 62, 63, 64],
    unreadable: [{ what: "list", from: 0.5, until: 65, reason: "notUnderstood" }],
    tellings: 1,
  }),
  scenario("troubled", {
    name: "troubled, ServiceStage does not answer at all",
    ticks: [0, 1, 2, 62, 63, 64],
    unreadable: [{ what: "all", from: 0.5, until: 65, reason: "unavailable" }],
  }),
  scenario("paused", { ticks: [0, 1, 30, 31] }),
  scenario("lateOnce", { ticks: [0, 1, 5, 10, 15, 17, 21, 22] }),
  scenario("movedUp", { perPage: 1 }),
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
