import { describe, expect, test } from "@jest/globals";
import { ProblemError, renderProblem } from "../../../lambda/builds-api/problem.ts";
import type { Api } from "../../../local/page/api.ts";
import { askSubscription, subscribe } from "../../../local/page/subscribe.ts";
import { readSubscribed, type Subscribed } from "../../../local/page/subscribed.ts";
import { renderJobs } from "../../../local/page/view/jobs.ts";
import {
  emptySubscription,
  renderSubscription,
  subscriptionBodyOf,
} from "../../../local/page/view/subscription.ts";
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
    "#builds first look at the job’s builds still going on Change End$",
  ],
  [
    "is told, and since when",
    [subscribed()],
    `1 subscription .* #builds every new build since ${clock} Change End$`,
  ],
  [
    "is told for some branches, and not in full",
    [subscribed({ branches: ["main", "release/*"], notify: "end" })],
    `#builds new builds of main, release/\\* since ${clock} \\(only the result\\) Change End$`,
  ],
  [
    "is told in a channel that Slack refuses",
    [subscribed({ channelProblem: { detail: "Invite the app.", since } })],
    "#builds Slack refuses this channel Change End$",
  ],
  ["has a label", [subscribed({ label: "nightly" })], "#builds nightly every new build"],
  [
    "can't be read, and why",
    [subscribed({ trouble })],
    "1 subscription, 1 can’t be read .* #builds no new builds: ServiceStage rejects the notifier's credentials Change End$",
  ],
  [
    "is not one of the simulated ones",
    [subscribed({ jobId: "j2", jobName: "tax" })],
    "tax #builds every new",
  ],
])("a job %s", (_sentence, subscriptions, words) => {
  expect(wordsOf(renderJobs(subscriptions, context))).toMatch(new RegExp(words));
});

describe("the dialog about a subscription", () => {
  const jobAndChannel = { jobId: "j1", channel: "C0BUILDS001" };
  const settings = {
    branches: ["main", "release/*"],
    mention: ["U1", "S1"],
    thread: false,
    notify: "end" as const,
    tellSlow: false,
  };
  const apiWith = (subscriptions: Subscribed[], calls: unknown[] = []) =>
    ({
      subscriptions: async () => subscriptions,
      subscription: async () => ({ settings }),
      call: async (...call: unknown[]) => {
        calls.push(call);
        return { status: 200 };
      },
    }) as unknown as Api;

  test("has the defaults for a new subscription, and what is typed becomes the API's body", async () => {
    const asked = await askSubscription(new URLSearchParams(jobAndChannel), apiWith([]));
    expect(wordsOf(renderSubscription(asked, context))).toMatch(
      /^Subscribe #builds to shop Branches .* Subscribe$/,
    );
    expect(asked.values).toEqual(emptySubscription);

    const calls: unknown[] = [];
    const typed = {
      ...jobAndChannel,
      branches: "main,release/*",
      notify: "end",
      mention: "U1",
      thread: "on",
    };
    expect(await subscribe(new URLSearchParams(typed), apiWith([], calls))).toBeUndefined();
    const body = { branches: ["main", "release/*"], notify: "end", mention: ["U1"], tellSlow: false };
    expect(calls).toEqual([["PUT", "/jobs/j1/subscriptions/C0BUILDS001", body]]);
  });

  test("has the settings of a subscription that there is, and saving it unchanged changes nothing", async () => {
    const api = apiWith([subscribed()]);
    const asked = await askSubscription(new URLSearchParams(jobAndChannel), api);
    expect(wordsOf(renderSubscription(asked, context))).toMatch(
      /^Change the subscription of #builds to shop .* Save$/,
    );
    expect(subscriptionBodyOf(asked.values)).toEqual(settings);
  });

  test("stays open with what the API refuses", () => {
    const fault = { pointer: "#/branches/0", detail: "is not a pattern of a branch" };
    const problem = renderProblem(
      new ProblemError("invalidRequest", "See errors.", { faults: [fault] }),
      "/jobs/j1",
    );
    const values = { ...emptySubscription, branches: "{a,b}" };
    const { text } = renderSubscription({ ...jobAndChannel, isChange: false, values, problem }, context);
    expect(text).toContain('value="{a,b}"');
    expect(wordsOf(text)).toContain("Branches is not a pattern of a branch");
    expect(text).toContain("data-opens");
    expect(renderSubscription(undefined, context).text).not.toContain("data-opens");
  });
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
