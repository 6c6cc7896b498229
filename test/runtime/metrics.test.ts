import { afterEach, expect, test } from "@jest/globals";
import { subscribe } from "../../lambda/domain/subscription.ts";
import { publishMetrics } from "../../lambda/runtime/metrics.ts";
import type { SlackAnswer } from "../../lambda/tracking/ports.ts";
import { createScene } from "../tracking/scene.ts";
import { catchOutput } from "./output.ts";

/** The line on standard output, which CloudWatch gets. */
const lines = catchOutput();
afterEach(() => void delete process.env["POWERTOOLS_METRICS_DISABLED"]);

type Scene = ReturnType<typeof createScene>;

/** A build whose card and first message are in the channel. Its next transition is pending. */
async function moved(): Promise<Scene> {
  const scene = createScene();
  await scene.register("b1");
  scene.serviceStage.set("b1", "Init:Building");
  await scene.pass();
  scene.serviceStage.set("b1", "Init:Successful");
  return scene;
}

const publishTick = async (scene: Scene): Promise<Record<string, unknown>> => {
  publishMetrics(await scene.tick(), 1, "the-poller");
  return JSON.parse(lines.at(-1)!) as Record<string, unknown>;
};
const failing =
  (answer: SlackAnswer, times = 1) =>
  ({ slack }: Scene) =>
    slack.failNext({ answer }, { times });
const answeringAfter =
  (millis: number) =>
  ({ serviceStage, clock }: Scene) => {
    const fetchPhases = serviceStage.fetchPhases.bind(serviceStage);
    serviceStage.fetchPhases = async (buildId) => {
      await clock.sleep(millis);
      return fetchPhases(buildId);
    };
  };

/** A subscription to the job j1, whose list was read. */
async function subscribed(scene: Scene): Promise<void> {
  const settings = { channel: "C1", mention: [], thread: true };
  await scene.store.register(subscribe("j1", "shop", "s1", settings, scene.clock.now()), undefined);
  scene.serviceStage.setJob({ jobId: "j1", jobName: "shop" });
  await scene.tick();
}

const nothing = {
  SchedulesTicked: 100,
  MessagesDelivered: 0,
  MessagesUndeliverable: 0,
  DeliveriesRefused: 0,
  SlackTokenRefused: 0,
  BuildsFound: 0,
  PollsUnreadable: 0,
  ServiceStageCredentialsRefused: 0,
  UnknownBuilds: 0,
  JobsUnreadable: 0,
  ItemsNotUnderstood: 0,
  TickErrors: 0,
  PollDelay: 0,
  OldestPendingAge: 0,
};

const units: Record<string, string> = {
  SchedulesTicked: "Percent",
  OldestPendingAge: "Seconds",
  PollDelay: "Seconds",
};

test("a tick writes one line in the embedded metric format, and the function is the only dimension", async () => {
  const line = await publishTick(await moved());
  expect(lines).toHaveLength(1);
  expect(line).toEqual({
    _aws: {
      Timestamp: expect.any(Number),
      CloudWatchMetrics: [
        {
          Namespace: "BuildNotifier",
          Dimensions: [["service"]],
          Metrics: Object.keys(nothing).map((name) => ({
            Name: name,
            Unit: units[name] ?? "Count",
          })),
        },
      ],
    },
    service: "the-poller",
    ...nothing,
    MessagesDelivered: 1,
  });
});

const content: SlackAnswer = { kind: "content", reason: "msg_too_long" };
const destination: SlackAnswer = { kind: "destination", reason: "not_in_channel" };
const unauthorized: SlackAnswer = { kind: "unauthorized", reason: "invalid_auth" };
const unknown: SlackAnswer = { kind: "unknown", reason: "timeout" };

/** A tick makes four passes while a build runs. So a message that the first pass can't send is 45 seconds old in the last. */
test.each<[string, (scene: Scene) => void | Promise<void>, Partial<typeof nothing>]>([
  ["nothing moved", ({ serviceStage }) => serviceStage.set("b1", "Init:Building"), {}],
  ["Slack refuses what a message says", failing(content, 2), { MessagesUndeliverable: 1 }],
  [
    "the channel refuses, also after 15 and 45 seconds",
    failing(destination, 9),
    { DeliveriesRefused: 3, OldestPendingAge: 45 },
  ],
  [
    "the channel refused before, and its pause is not over",
    async (scene) => {
      failing(destination, 9)(scene);
      for (let minutes = 0; minutes < 7; minutes++) await scene.tick();
    },
    { DeliveriesRefused: 0, OldestPendingAge: 7 * 60 },
  ],
  ["the token is refused", failing(unauthorized), { SlackTokenRefused: 1, OldestPendingAge: 45 }],
  [
    "an answer is lost: what may have arrived is in doubt",
    failing(unknown),
    { MessagesDelivered: 0, OldestPendingAge: 45 },
  ],
  [
    "an answer was lost, and the read-back fails",
    async (scene) => {
      failing(unknown)(scene);
      scene.slack.readBackFails = true;
      await scene.tick();
    },
    { OldestPendingAge: 105 },
  ],
  [
    "ServiceStage can't be reached",
    ({ serviceStage }) => void (serviceStage.fault = "unavailable"),
    { PollsUnreadable: 4 },
  ],
  [
    "ServiceStage refuses the credentials, so only the first pass tries",
    ({ serviceStage }) => void (serviceStage.fault = "refused"),
    { PollsUnreadable: 4, ServiceStageCredentialsRefused: 4 },
  ],
  [
    "ServiceStage does not know a build, in each of four passes",
    async (scene) => {
      scene.serviceStage.set("b1", "Init:Building");
      await scene.register("mistyped");
    },
    { PollsUnreadable: 4, UnknownBuilds: 4 },
  ],
  [
    "a subscription finds a new build",
    async (scene) => {
      await subscribed(scene);
      const builds = [{ buildId: "b2", state: "Building" }];
      scene.serviceStage.setJob({ jobId: "j1", jobName: "shop", lastBuildId: "b2", builds });
      scene.serviceStage.set("b2", "Init:Building");
    },
    { BuildsFound: 1, MessagesDelivered: 1 },
  ],
  [
    "ServiceStage has not known a job for 59 minutes",
    async (scene) => {
      await subscribed(scene);
      scene.serviceStage.jobs.clear();
      for (let minutes = 0; minutes < 59; minutes++) await scene.tick();
    },
    { PollsUnreadable: 1 },
  ],
  [
    "ServiceStage has not known a job for an hour, in each pass, although the job is polled once an hour now",
    async (scene) => {
      await subscribed(scene);
      scene.serviceStage.jobs.clear();
      for (let minutes = 0; minutes < 61; minutes++) await scene.tick();
    },
    { JobsUnreadable: 1 },
  ],
  [
    "the job that could not be found is there again",
    async (scene) => {
      await subscribed(scene);
      scene.serviceStage.jobs.clear();
      for (let minutes = 0; minutes < 61; minutes++) await scene.tick();
      scene.serviceStage.setJob({ jobId: "j1", jobName: "shop" });
      for (let minutes = 0; minutes < 60; minutes++) await scene.tick();
    },
    {},
  ],
  [
    "ServiceStage takes 20 seconds for a pass over its builds",
    answeringAfter(20_000),
    { MessagesDelivered: 1, PollDelay: 20 },
  ],
  [
    "there are more builds than the tick has time for",
    async (scene) => {
      for (let index = 0; index < 64; index++) {
        await scene.register(`other${index}`, { channel: "C2" });
        scene.serviceStage.set(`other${index}`, "");
      }
      answeringAfter(30_000)(scene);
    },
    { MessagesDelivered: 1, PollDelay: 60 },
  ],
  [
    "an item can't be understood, in each of four passes",
    ({ options, store }) =>
      void (options.store = {
        ...store,
        async *loadActive(...args) {
          yield new Error("The stored item odd can't be understood: its format is 2, not 1.");
          yield* store.loadActive(...args);
        },
      }),
    { MessagesDelivered: 1, ItemsNotUnderstood: 4 },
  ],
  [
    "a delivery breaks off",
    ({ slack }) => void (slack.postMessage = () => Promise.reject(new Error("out of memory"))),
    { TickErrors: 1, OldestPendingAge: 45 },
  ],
])("%s", async (_sentence, arrange, expected) => {
  const scene = await moved();
  await arrange(scene);
  const { _aws, service: _service, ...values } = await publishTick(scene);
  expect(values).toEqual({ ...nothing, ...expected });
});

test("the line is left out if the environment says so", async () => {
  process.env["POWERTOOLS_METRICS_DISABLED"] = "true";
  publishMetrics(await (await moved()).tick(), 1, "the-poller");
  expect(lines).toEqual([]);
});

test.each([1, 2, 3, 7, 16])("the shares of %i schedules add up to 100 percent", async (shards) => {
  const report = await (await moved()).tick();
  for (let shard = 0; shard < shards; shard++) publishMetrics(report, shards, "the-poller");
  const sum = lines.reduce((sum, line) => sum + (JSON.parse(line) as typeof nothing).SchedulesTicked, 0);
  expect(sum).toBeCloseTo(100, 6);
});
