import { expect, describe, test, afterEach } from "@jest/globals";
import type { Button } from "@slack/types";
import { actions, type Action, type ActionRequest } from "../../lambda/domain/action.ts";
import { addCardRevision } from "../../lambda/domain/delivery.ts";
import type { Build, Settings } from "../../lambda/domain/build.ts";
import type { Block } from "../../lambda/slack/blocks.ts";
import { renderButtons } from "../../lambda/slack/buttons.ts";
import { buttonValueOf, parseButtonValue } from "../../lambda/slack/button-value.ts";
import { wordingIn } from "../../lambda/slack/wording/wording.ts";
import { heldCredentials } from "../../testing/held-credentials.ts";
import { at, channel, someBuild, withCard } from "./builds.ts";
import { startWorkspace } from "./workspace.ts";

const buttonsOf = (build: Build, offered: readonly Action[] = actions): Button[] =>
  renderButtons(build, { actions: offered }, wordingIn("en")).flatMap((block) =>
    block.type === "actions" ? (block.elements as Button[]) : [],
  );

describe("the buttons of a card", () => {
  const request = (more: Partial<ActionRequest> = {}): ActionRequest => ({
    id: "request-1",
    number: 1,
    by: "U0ANN000001",
    at,
    ...more,
  });
  const ended: Partial<Build> = {
    status: "ended",
    outcome: "failed",
    details: { jobId: "j1", jobName: "shop" },
  };
  const all = ["Mute", "Stop following", "Cancel the build"];
  test.each<[string, Partial<Build>, Partial<Settings>, string[]]>([
    ["of a build that runs", {}, {}, all],
    ["of a build of which only failures are told", {}, { notify: "failures" }, all],
    ["of a build of which only the end is told", {}, { notify: "end" }, all.slice(1)],
    ["of a muted build", { actions: { mute: request({ result: "done" }) } }, {}, all.slice(1)],
    ["of a build that is being stopped", { stopRequestedAt: at }, {}, []],
    ["of a stopped build", { status: "stopped" }, {}, []],
    ["of an abandoned build", { status: "abandoned" }, {}, []],
    [
      "of a cancelled build that still runs",
      { actions: { cancel: request({ result: "done" }) } },
      {},
      all.slice(0, 2),
    ],
    [
      "after a cancel whose answer was lost",
      { actions: { cancel: request({ result: "unknown" }) }, toldActions: 1 },
      {},
      all,
    ],
    ["of a build that ended", ended, {}, ["Build again"]],
    ["of a build that ended, and whose job is not known", { ...ended, details: {} }, {}, []],
    [
      "of a build that was built again",
      { ...ended, actions: { start: request({ result: "done" }) } },
      {},
      [],
    ],
    [
      "after a start whose answer was lost",
      { ...ended, actions: { start: request({ result: "unknown" }) }, toldActions: 1 },
      {},
      ["Build again"],
    ],
    [
      "while the thread does not say yet that the answer was lost",
      { ...ended, actions: { start: request({ result: "unknown" }) } },
      {},
      [],
    ],
    [
      "after a start whose build had begun already",
      { ...ended, actions: { start: request({ result: "begun" }) } },
      {},
      [],
    ],
  ])("%s", (_, build, settings, expected) => {
    const buttons = buttonsOf(someBuild(build, settings));
    expect(buttons.map(({ text }) => text.text)).toEqual(expected);
  });

  test.each<[string, Action[], string[]]>([
    ["nothing in ServiceStage", ["mute", "stop"], ["mute", "stop"]],
    ["nothing at all", [], []],
  ])("offer what the operator allows: %s", (_, allowed, expected) => {
    expect(buttonsOf(someBuild(), allowed).map(({ action_id }) => action_id)).toEqual(expected);
  });

  test("ask before they change something in ServiceStage, and only then", () => {
    const shown = [...buttonsOf(someBuild()), ...buttonsOf(someBuild(ended))];
    expect(shown.map(({ action_id, confirm }) => [action_id, confirm !== undefined])).toEqual([
      ["mute", false],
      ["stop", false],
      ["cancel", true],
      ["start", true],
    ]);
  });

  test("are red where something is lost: the button, and the one that confirms", () => {
    const shown = [...buttonsOf(someBuild()), ...buttonsOf(someBuild(ended))];
    expect(
      shown.flatMap(({ action_id, style, confirm }) => (style ? [[action_id, style, confirm!.style]] : [])),
    ).toEqual([["cancel", "danger", "danger"]]);
  });

  test("name the registration", () => {
    const [first] = buttonsOf(someBuild());
    expect(parseButtonValue(first!.value!)).toEqual({
      build: "0f7fqckz",
      channel,
      registration: "registration-1",
    });
  });

  test("have room for the longest ids", () => {
    const target = { build: "b".repeat(128), channel: "C".repeat(40), registration: "r".repeat(100) };
    expect(buttonValueOf(target).length).toBeLessThan(400);
    expect(parseButtonValue(buttonValueOf(target))).toEqual(target);
  });
});

describe("a card in Slack", () => {
  let close = async () => {};
  afterEach(() => close());

  async function post(signingSecrets: string[], ...later: string[][]) {
    const held = heldCredentials(signingSecrets, ...later);
    const { local, slack } = await startWorkspace({}, { signingSecrets: held, actions: ["mute", "stop"] });
    close = () => local.close();
    await slack.refresh();
    const posted = await slack.postCard(someBuild(), { plain: false });
    if (posted.kind !== "sent") throw new Error(posted.kind);
    const idsShown = () =>
      (local.channel(channel).messages.at(-1)!.blocks as Block[])
        .flatMap((block) => (block.type === "actions" ? (block.elements as Button[]) : []))
        .map(({ action_id }) => action_id);
    return { slack, idsShown, build: withCard(someBuild(), posted.receipt.ts) };
  }

  test("has buttons if there is a signing secret. An edit keeps those that make sense", async () => {
    const { slack, idsShown, build } = await post(["0123456789abcdef0123456789abcdef"]);
    expect(idsShown()).toEqual(["mute", "stop"]);
    const muted: Build = {
      ...build,
      actions: { mute: { id: "1", number: 1, by: "U1", at, result: "done" } },
      delivery: addCardRevision(build.delivery),
    };
    await slack.editCard(muted, { plain: false });
    expect(idsShown()).toEqual(["stop"]);
    await slack.editCard({ ...muted, status: "ended", outcome: "succeeded" }, { plain: false });
    expect(idsShown()).toEqual([]);
  });

  test("has no buttons without a signing secret", async () => {
    expect((await post([])).idsShown()).toEqual([]);
  });
});
