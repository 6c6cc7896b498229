import { expect, test } from "@jest/globals";
import { readSubscribed, type Subscribed } from "../../../local/page/subscribed.ts";
import { renderJobs } from "../../../local/page/view/jobs.ts";
import { wordsOf } from "./markup.ts";

const since = "2026-11-23T15:00:00.000Z";
const clock = new Date(since).toLocaleTimeString("en-GB");
const context = {
  jobs: [{ jobId: "j1", jobName: "shop" }],
  channels: [{ id: "C0BUILDS001", name: "builds" }],
  defaultChannel: "C0BUILDS001",
};
const subscribed = (fields: Partial<Subscribed> = {}): Subscribed => ({
  jobId: "j1",
  jobName: "shop",
  channel: "C0BUILDS001",
  subscribedAt: since,
  status: "active",
  since,
  notify: "all",
  pending: 0,
  ...fields,
});
const trouble = { reason: "refused", detail: "Check the secret." };

test.each<[string, Subscribed[], string]>([
  ["is not subscribed", [], "0 subscriptions .* shop Start a build #builds not subscribed Subscribe$"],
  [
    "is looked at for the first time",
    [subscribed({ status: "starting", since: undefined })],
    "#builds first look at the job’s builds still going on End$",
  ],
  [
    "is told, and since when",
    [subscribed()],
    `1 subscription .* #builds every new build since ${clock} End$`,
  ],
  [
    "is told for some branches, and not in full",
    [subscribed({ branches: ["main", "release/*"], notify: "end" })],
    `#builds new builds of main, release/\\* since ${clock} \\(only the result\\) End$`,
  ],
  [
    "is told in a channel that Slack refuses",
    [subscribed({ channelProblem: { detail: "Invite the app.", since } })],
    "#builds Slack refuses this channel End$",
  ],
  ["has a label", [subscribed({ label: "nightly" })], "#builds nightly every new build"],
  [
    "can't be read, and why",
    [subscribed({ trouble })],
    "1 subscription, 1 can’t be read .* #builds no new builds: ServiceStage rejects the notifier's credentials End$",
  ],
  [
    "is not one of the simulated ones",
    [subscribed({ jobId: "j2", jobName: "tax" })],
    "tax #builds every new",
  ],
])("a job %s", (_sentence, subscriptions, words) => {
  expect(wordsOf(renderJobs(subscriptions, context))).toMatch(new RegExp(words));
});

test("why a job can't be read is asked for each subscription", async () => {
  const asked: string[] = [];
  const api: Parameters<typeof readSubscribed>[0] = {
    subscriptions: async () => [subscribed(), subscribed({ jobId: "j2" })],
    subscription: async (jobId) => {
      asked.push(jobId);
      return { ...(jobId === "j2" && { trouble }) } as Awaited<ReturnType<typeof api.subscription>>;
    },
  };
  expect((await readSubscribed(api)).map((each) => each.trouble)).toEqual([undefined, trouble]);
  expect(asked).toEqual(["j1", "j2"]);
});
