import type { SlackAnswer } from "../../lambda/tracking/ports.ts";
import { hour, minute, type createScene } from "../tracking/scene.ts";

/** States of the table at the moment when another version is deployed. Each function makes one. The build is always `b1`. */

type Scene = ReturnType<typeof createScene>;

const lost: SlackAnswer = { kind: "unknown", reason: "timeout" };
const refused: SlackAnswer = { kind: "destination", reason: "not_in_channel" };

/** The card and the first message are in the channel, and the build still runs. */
async function moving(scene: Scene): Promise<void> {
  await scene.register("b1", { label: "nightly", mention: ["U0123456789"] });
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

async function outOfReach(scene: Scene): Promise<void> {
  await moving(scene);
  scene.serviceStage.fault = "unavailable";
  for (let minutes = 0; minutes < 5; minutes++) await scene.tick();
}

export const moments: Record<string, (scene: Scene) => Promise<void>> = {
  "registered, never polled": (scene) => scene.register("b1", { thread: false }),
  moving,
  "moving without a thread": async (scene) => {
    await scene.register("b1", { thread: false });
    scene.serviceStage.set("b1", "Init:Building");
    await scene.pass();
  },
  "pending to a channel that refuses": refusedChannel,
  "pending, stopped, and asked for again": async (scene) => {
    await refusedChannel(scene);
    await scene.store.requestStop("b1", "C1", scene.clock.now());
    await scene.store.requestRedelivery("b1", "C1", scene.clock.now());
  },
  "in doubt, and it had arrived": (scene) => lostAnswer(scene, true),
  "in doubt, and it had not arrived": (scene) => lostAnswer(scene, false),
  "in doubt about its card": async (scene) => {
    await scene.register("b1");
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
    await scene.register("b2");
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
