import type { Scenario } from "./world.ts";

const steps = {
  /** Two transitions, one pass each. */
  short: ["Build:Building", "Build:Failed"],
  /** Found running, then several transitions at once. */
  burst: [
    "Init:Successful Build:Queuing",
    "Init:Successful Build:Building",
    "Init:Successful Build:Successful Artifact:Building PostProcess:Queuing",
    "Init:Successful Build:Successful Artifact:Cancel PostProcess:Cancel",
  ],
  /** Nothing at first, then ten transitions over four passes, with a retried phase. */
  long: [
    "Init:NotStarted",
    "Init:Building",
    "Init:Successful Download:Building",
    "Init:Successful Download:Failed Build:Building",
    "Init:Successful Download:Building Build:Building",
    "Init:Successful Download:Successful Build:Failed Artifact:Building",
    "Init:Successful Download:Successful Build:Failed Artifact:Cancel",
  ],
  /** Runs on without a change, for longer than usual. */
  slow: ["Build:Building", "Build:Building", "Build:Failed"],
  /** Over before it was looked at. */
  over: ["Init:Successful Build:Timeout"],
};

const scenario = (
  name: keyof typeof steps,
  { faultsAtMost = 2, ...options }: Partial<Scenario> = {},
): Scenario => ({
  name: [name, ...Object.entries(options).map(([option, value]) => `${option}: ${String(value)}`)].join(", "),
  thread: true,
  notify: "all",
  honoursClientMsgId: false,
  readBacks: "all",
  channels: ["C1"],
  faultsAtMost,
  steps: steps[name],
  ...options,
});

export const scenarios: Scenario[] = [
  scenario("over"),
  scenario("short", { readBacks: "forbidden" }),
  scenario("short", { readBacks: "forbidden", honoursClientMsgId: true }),
  scenario("short", { readBacks: "hidden", honoursClientMsgId: true }),
  scenario("short"),
  scenario("short", { thread: false }),
  scenario("short", { honoursClientMsgId: true }),
  scenario("burst"),
  scenario("burst", { thread: false }),
  scenario("burst", { honoursClientMsgId: true }),
  scenario("burst", { readBacks: "forbidden" }),
  scenario("burst", { notify: "progress" }),
  scenario("burst", { notify: "failures" }),
  scenario("burst", { notify: "end" }),
  scenario("long"),
  scenario("long", { thread: false }),
  scenario("long", { notify: "failures" }),
  scenario("slow", { tickMinutes: 6, usualMinutes: 1 }),
  scenario("slow", { tickMinutes: 6, usualMinutes: 1, notify: "changes", faultsAtMost: 1 }),
  scenario("slow", {
    tickMinutes: 6,
    usualMinutes: 1,
    notify: "end",
    channels: ["C1", "C2"],
    faultsAtMost: 1,
  }),
  scenario("over", { channels: ["C1", "C2"] }),
  scenario("short", { committer: "Ada" }),
  scenario("short", { committer: "Ada", channels: ["C1", "C2"], faultsAtMost: 1 }),
  scenario("short", { channels: ["C1", "C2"], faultsAtMost: 1 }),
  scenario("short", { channels: ["C1", "C2"], refuses: "C1", faultsAtMost: 1 }),
  scenario("burst", { channels: ["C1", "C2", "C3"], refuses: "C2", faultsAtMost: 1 }),
];
