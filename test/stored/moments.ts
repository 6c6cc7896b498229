import type { SlackAnswer } from "../../lambda/tracking/ports.ts";
import { hour, minute, type createScene } from "../tracking/scene.ts";

/** States of the table at the moment when another version is deployed. Each function makes one. The build is always `b1`. */

type Scene = ReturnType<typeof createScene>;

/** The API takes it, unlike the short ones of other tests. */
export const channel = "C0123456789";
const otherChannel = "C9876543210";

const lost: SlackAnswer = { kind: "unknown", reason: "timeout" };
const refused: SlackAnswer = { kind: "destination", reason: "not_in_channel" };

/** The card and the first message are in the channel, and the build still runs. */
async function moving(scene: Scene): Promise<void> {
  await scene.register("b1", { channel, label: "nightly", mention: ["U0123456789"] });
  scene.serviceStage.set("b1", "Init:Building");
  await scene.pass();
  scene.clock.advance(15_000);
}

async function refusedChannel(scene: Scene): Promise<void> {
  await moving(scene);
  scene.slack.failNext({ answer: refused }, { times: 3 });
  scene.serviceStage.set("b1", "Init:Successful Build:Building");
  await scene.pass();
  scene.clock.advance(20_000);
  scene.serviceStage.set("b1", "Init:Successful Build:Failed");
  await scene.pass();
}

async function lostAnswer(scene: Scene, stored: boolean): Promise<void> {
  await moving(scene);
  scene.slack.failNext({ answer: lost, stored });
  scene.serviceStage.set("b1", "Init:Successful Build:Building");
  await scene.pass();
}

/** A job whose build `b0` had ended before, and whose build `b1` is running. */
async function subscribed(scene: Scene): Promise<void> {
  const builds = [
    { buildId: "b1", state: "Building" },
    { buildId: "b0", state: "Successful" },
  ];
  scene.serviceStage.setJob({ jobId: "j1", jobName: "webshop", lastBuildId: "b1", builds });
  scene.serviceStage.set("b1", "Init:Building", { jobId: "j1", jobName: "webshop", branch: "main" });
  await scene.subscribe("j1", { channel, branches: ["main", "release/*"] });
  await scene.pass();
  scene.clock.advance(minute);
}

const jobDetails = ({ clock }: Scene) => ({
  jobId: "j1",
  jobName: "webshop",
  commitId: "4f1c9a27",
  commitComment: "Round the tax per line",
  commitUrl: "https://github.com/example/webshop/commit/4f1c9a27",
  creator: "deploy",
  type: "system",
  startedAt: clock.now(),
});

/** A build that runs for ten minutes, in a job whose builds take one. */
async function slow(scene: Scene, buildId: string): Promise<void> {
  const earlier = ["b0", "a9", "a8"].map((each) => ({
    buildId: each,
    state: "Successful",
    durationMillis: minute,
  }));
  const builds = [{ buildId, state: "Building" }, ...earlier];
  scene.serviceStage.setJob({ jobId: "j1", jobName: "webshop", lastBuildId: buildId, builds });
  scene.serviceStage.set(buildId, "Init:Building", jobDetails(scene));
  await scene.register(buildId, { channel, tellSlow: true });
  await scene.pass();
  scene.clock.advance(10 * minute);
  await scene.pass();
}

async function outOfReach(scene: Scene): Promise<void> {
  await moving(scene);
  scene.serviceStage.fault = "unavailable";
  for (let minutes = 0; minutes < 5; minutes++) await scene.tick();
}

export const moments: Record<string, (scene: Scene) => Promise<void>> = {
  "registered, never polled": (scene) => scene.register("b1", { channel, thread: false }),
  moving,
  "moving without a thread": async (scene) => {
    await scene.register("b1", { channel, thread: false });
    scene.serviceStage.set("b1", "Init:Building");
    await scene.pass();
  },
  "pending to a channel that refuses": refusedChannel,
  "pending, stopped, and asked for again": async (scene) => {
    await refusedChannel(scene);
    await scene.store.requestStop("b1", channel, scene.clock.now());
    await scene.store.requestRedelivery("b1", channel, scene.clock.now());
  },
  "in doubt, and it had arrived": (scene) => lostAnswer(scene, true),
  "in doubt, and it had not arrived": (scene) => lostAnswer(scene, false),
  "in doubt about its card": async (scene) => {
    await scene.register("b1", { channel });
    scene.slack.failNext({ answer: lost, stored: true });
    scene.serviceStage.set("b1", "Init:Building");
    await scene.pass();
  },
  "pending a card after a person deleted it": async (scene) => {
    await moving(scene);
    scene.slack.delete(scene.slack.messages[0]!.ts);
    scene.slack.failNext({ answer: { kind: "gone", reason: "message_not_found" } });
    scene.serviceStage.set("b1", "Init:Successful Build:Building");
    await scene.pass();
  },
  "one that can't be read": async (scene) => {
    await moving(scene);
    await scene.register("b2", { channel });
    scene.serviceStage.set("b2", "Init:NotStarted");
    scene.serviceStage.fail("b1", "forbidden");
    for (let minutes = 0; minutes < 5; minutes++) await scene.tick();
  },
  "ended, told, and kept for a while": async (scene) => {
    await moving(scene);
    scene.serviceStage.set("b1", "Init:Successful Build:Failed");
    await scene.pass();
    scene.clock.advance(15_000);
    await scene.pass();
  },
  "abandoned, with a message that was undeliverable": async (scene) => {
    await moving(scene);
    scene.slack.failNext({ answer: { kind: "content", reason: "msg_too_long" } }, { times: 2 });
    scene.clock.advance(25 * hour);
    await scene.pass();
  },
  "in two channels, one of which refuses": async (scene) => {
    await moving(scene);
    await scene.register("b1", { channel: otherChannel, thread: false });
    scene.slack.failNext({ answer: refused }, { times: 3 });
    await scene.pass();
  },
  "slow, and told so": async (scene) => {
    await slow(scene, "b1");
  },
  "ended, and the next build of its job is slow": async (scene) => {
    await slow(scene, "b1");
    scene.serviceStage.set("b1", "Init:Failed", jobDetails(scene));
    await scene.pass();
    await slow(scene, "b2");
  },
  "ended, and its committer had the hint": async (scene) => {
    for (const buildId of ["b1", "b2"]) {
      scene.serviceStage.set(buildId, "Init:Building", { committer: "Ada" });
      await scene.register(buildId, { channel, mention: ["committer"] });
    }
    await scene.pass();
    scene.serviceStage.set("b1", "Init:Failed", { committer: "Ada" });
    await scene.pass({ takesCommands: async () => true });
  },
  "subscribed, and a build was found": subscribed,
  "subscribed, and a build could not be decided": async (scene) => {
    await subscribed(scene);
    const job = scene.serviceStage.jobs.get("j1")!;
    scene.serviceStage.setJob({ ...job, lastBuildId: "b2" });
    await scene.pass();
  },
  "subscribed to a job that is gone": async (scene) => {
    await subscribed(scene);
    scene.serviceStage.jobs.clear();
    for (let minutes = 0; minutes < 62; minutes++) await scene.tick();
  },
  "out of reach, and told so": outOfReach,
  "out of reach, which is still pending": async (scene) => {
    await moving(scene);
    scene.serviceStage.fault = "unavailable";
    await scene.tick();
    scene.slack.failNext({ answer: refused }, { times: 100 });
    for (let minutes = 0; minutes < 4; minutes++) await scene.tick();
  },
  "back in reach, with the circuit open": async (scene) => {
    await outOfReach(scene);
    scene.serviceStage.fault = "refused";
    await scene.pass();
    scene.clock.advance(minute);
  },
};
