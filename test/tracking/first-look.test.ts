import { describe, expect, test } from "@jest/globals";
import { renderBuild } from "../../lambda/builds-api/view.ts";
import { renderCard } from "../../lambda/slack/card.ts";
import { createScene, hour, minute } from "./scene.ts";

/** What is wrong with a registration reaches whoever made it as soon as somebody looked. */

async function show(scene: ReturnType<typeof createScene>) {
  const seen = {
    slackApiUrl: "https://slack.com/api/",
    now: scene.clock.now(),
    abandonAfterMillis: 24 * hour,
    keepMillis: hour,
  };
  return renderBuild(await scene.load("typo"), seen);
}

describe("a build that ServiceStage does not know", () => {
  test("is shown as such after the first look, logged and counted", async () => {
    const scene = createScene();
    await scene.register("typo");
    expect(await scene.pass()).toMatchObject({ unreadable: 1 });
    expect(await show(scene)).toMatchObject({
      abandonedAfter: "2026-01-05T11:00:00.000Z",
      trouble: {
        reason: "unknownBuild",
        since: "2026-01-05T10:00:00.000Z",
        detail:
          "ServiceStage can't find this build. Check the build ID, and the stack's region and project. ServiceStage may " +
          "need some seconds to show a new build. The notifier keeps trying until 2026-01-05T11:00:00.000Z.",
      },
    });
    expect(scene.log.lines).toContainEqual(
      expect.objectContaining({ level: "warn", fields: expect.objectContaining({ buildId: "typo" }) }),
    );
  });

  test.each(["all", "failures", "end"] as const)(
    "is told once in its channel within minutes, with notify: %s",
    async (notify) => {
      const scene = createScene();
      await scene.register("typo", { notify });
      for (let minutes = 0; minutes < 2; minutes++) await scene.tick();
      expect(scene.said()).toEqual([]);
      for (let minutes = 0; minutes < 50; minutes++) await scene.tick();
      expect(scene.said()).toEqual(["card 1:  unknownBuild"]);
      expect(scene.slack.messages[0]!.at - Date.parse("2026-01-05T10:00:00Z")).toBeLessThanOrEqual(
        4 * minute,
      );
      for (let minutes = 0; minutes < 15; minutes++) await scene.tick();
      expect(scene.said()).toEqual(["card 1:  (abandoned)", "1: abandoned"]);
    },
  );

  test.each([
    [
      "en",
      /ServiceStage can't find this build\* \(since .*10:00.* Check the build ID, .* keeps trying until .*11:00/,
    ],
    ["zh", /10:00.*ServiceStage 中找不到这个构建.*请检查构建 ID.*将继续尝试至 .*11:00/],
  ] as const)("is told what to check, and until when it is looked for: %s", async (language, expected) => {
    const scene = createScene();
    await scene.register("typo");
    for (let minutes = 0; minutes < 5; minutes++) await scene.tick();
    const card = renderCard(await scene.load("typo"), { language, region: "ap-southeast-3" });
    expect(card.text).toMatch(expected);
    expect(card.text).toContain("typo");
  });

  test("of which nobody hears when it is known after some seconds", async () => {
    const scene = createScene();
    await scene.register("typo");
    await scene.pass();
    scene.serviceStage.set("typo", "Init:Building");
    await scene.tick();
    expect(scene.said()).toEqual(["card 1: Init Building", "1: caught up Init Building"]);
    expect(await show(scene)).not.toHaveProperty("trouble");
  });
});

test("a channel that does not exist is shown after the first look, logged and counted", async () => {
  const scene = createScene();
  await scene.register("typo");
  scene.serviceStage.set("typo", "");
  scene.slack.failNext({ answer: { kind: "destination", reason: "channel_not_found" } });
  expect(await scene.pass()).toMatchObject({ refused: 1 });
  expect((await show(scene)).pending).toMatchObject([
    {
      kind: "card",
      why: "refused",
      detail: expect.stringContaining(
        "refused messages for this channel since 2026-01-05T10:00:00.000Z: channel_not_found",
      ),
    },
  ]);
  expect(scene.log.lines).toContainEqual(
    expect.objectContaining({ level: "warn", fields: expect.objectContaining({ feed: "build typo" }) }),
  );
});
