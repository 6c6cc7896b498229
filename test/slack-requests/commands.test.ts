import { beforeEach, describe, expect, test } from "@jest/globals";
import { renderAnswer } from "../../lambda/slack-requests/render.ts";
import { someBuild, withCard } from "../slack/builds.ts";
import { proposeCommitter } from "../../lambda/tracking/committers.ts";
import { channel, commandFields, minute, startSlack, type SlackSystem } from "./system.ts";

/** Commands from the text that somebody types to the answer, with what is stored. */

const checkout = "b81e5f41-2a55-4f0b-8d5c-5c2d8a1f7e10";
const other = "C9876543210";
let slack: SlackSystem;

beforeEach(() => {
  slack = startSlack();
  slack.serviceStage.setJob({ jobId: checkout, jobName: "webshop-checkout" });
  slack.serviceStage.setJob({ jobId: "search1", jobName: "webshop-search" });
  slack.serviceStage.setJob({ jobId: "twin1", jobName: "twin" });
  slack.serviceStage.setJob({ jobId: "twin2", jobName: "twin" });
});

const stored = (jobId = checkout, inChannel = channel) => slack.store.loadSubscription(jobId, inChannel);
/** Everything that is stored. */
const everything = () => slack.store.readIndex();

describe("subscribe", () => {
  test("subscribes the channel, which sees who did it", async () => {
    expect(await slack.type("subscribe webshop-checkout")).toEqual({
      response_type: "in_channel",
      text:
        "🔔 <@U0ANN000001> subscribed this channel to *webshop-checkout*: new builds are shown here.\n" +
        "every change",
    });
    expect(await stored()).toMatchObject({
      jobName: "webshop-checkout",
      status: "active",
      settings: { channel, notify: "all", thread: true, mention: [] },
    });
  });

  test("takes the options, and the stack's settings for what is left out", async () => {
    slack = startSlack({ defaults: { notify: "end", thread: false, mention: ["U0DEFAULT01"] } });
    slack.serviceStage.setJob({ jobId: checkout, jobName: "webshop-checkout" });
    await slack.type("subscribe webshop-checkout");
    const inDefaults = { notify: "end", thread: false, mention: ["U0DEFAULT01"] };
    expect((await stored())!.settings).toEqual({ channel, ...inDefaults });
    const { response_type, text } = await slack.type(
      "subscribe webshop-checkout failures branch:main,release/* <@U0123456789|ann> <!subteam^S0123456789>",
    );
    expect((await stored())!.settings).toEqual({
      channel,
      notify: "failures",
      thread: false,
      mention: ["U0123456789", "S0123456789"],
      branches: ["main", "release/*"],
    });
    expect(response_type).toBe("in_channel");
    expect(text).toBe(
      "🔔 <@U0ANN000001> changed this channel's subscription to *webshop-checkout*. It applies to builds that come.\n" +
        "failures only · branches main, \u2009`release/*`\u2009",
    );
  });

  test("tells only the caller when nothing changes", async () => {
    await slack.type("subscribe webshop-checkout");
    const { response_type, text } = await slack.type(`subscribe ${checkout}`);
    expect(response_type).toBe("ephemeral");
    expect(text).toContain("is subscribed to *webshop-checkout* already");
  });

  test("takes the job's id", async () => {
    await slack.type(`subscribe ${checkout}`);
    expect(await stored()).toMatchObject({ jobName: "webshop-checkout" });
  });

  test("asks which, if several jobs have the name. The id then decides", async () => {
    expect(await slack.type("subscribe twin")).toEqual({
      response_type: "ephemeral",
      text: "There are 2 jobs with the name twin. Choose one by its ID:\n• `/builds subscribe twin1`\n• `/builds subscribe twin2`",
    });
    expect(everything()).toEqual([]);
    await slack.type("subscribe twin2");
    expect(await stored("twin2")).toMatchObject({ jobName: "twin" });
  });

  test("answers a name that is not there with the nearest ones", async () => {
    expect(await slack.type("subscribe webshop-chekout")).toEqual({
      response_type: "ephemeral",
      text: "ServiceStage has no job webshop-chekout.\nDid you mean one of these?\n• webshop-checkout",
    });
    expect(everything()).toEqual([]);
  });

  test("without a name lists the jobs, with those that are subscribed", async () => {
    await slack.type("subscribe webshop-search");
    expect(await slack.type("subscribe")).toEqual({
      response_type: "ephemeral",
      text:
        "*The jobs to choose from.* `/builds subscribe` with a name subscribes this channel:\n" +
        "• twin\n• twin\n• webshop-checkout\n• webshop-search (subscribed)",
    });
  });

  test("says so if there are no jobs", async () => {
    slack.serviceStage.jobs.clear();
    expect((await slack.type("subscribe")).text).toBe("ServiceStage lists no jobs.");
  });
});

describe("nothing is stored", () => {
  test.each<[string, () => void, string]>([
    [
      "if the bot is not in the channel",
      () => slack.channels.set(channel, { kind: "refused", reason: "not_in_channel: invite the app" }),
      "the app can't write to this channel",
    ],
    [
      "if Slack gives no answer about the channel",
      () => slack.channels.set(channel, { kind: "unknown", reason: "429" }),
      "Slack could not be asked about this channel",
    ],
  ])("%s, neither by subscribe nor by follow", async (_, prepare, says) => {
    prepare();
    expect((await slack.type("subscribe webshop-checkout")).text).toContain(says);
    expect((await slack.type("follow b1")).text).toContain(says);
    expect(everything()).toEqual([]);
    expect(slack.serviceStage.requests).toEqual([]);
  });

  test("if ServiceStage can't be asked", async () => {
    slack.serviceStage.fault = "unavailable";
    const { text } = await slack.type("subscribe webshop-checkout");
    expect(text).toBe("ServiceStage could not be asked: ServiceStage does not respond. Try again later.");
    expect(everything()).toEqual([]);
  });

  test.each([
    [
      "in a direct message",
      "subscribe webshop-checkout",
      { channel_id: "D0123456789" },
      "not in direct messages",
    ],
    ["in one that says so", "list", { channel_name: "directmessage" }, "not in direct messages"],
    ["for an option that does not exist", "subscribe webshop-checkout loud", {}, "loud is not an option"],
    ["for a wrong glob", "subscribe webshop-checkout branch:{a}", {}, "is not a pattern of a branch"],
    ["for a command that does not exist", "deploy", {}, "deploy is not a command"],
  ] as [string, string, Record<string, string>, string][])(
    "%s, and nobody is asked anything",
    async (_, text, more, says) => {
      const answer = await slack.send(commandFields(text, more));
      expect(JSON.parse(answer!.body!)).toEqual({
        response_type: "ephemeral",
        text: expect.stringContaining(says),
      });
      expect(slack.deferred).toEqual([]);
    },
  );
});

test("every fault is named in one answer", async () => {
  expect((await slack.type("subscribe x loud branch:{a} <!channel>")).text).toBe(
    "This command was not carried out. `/builds help` lists what is possible.\n" +
      "• loud is not an option. A name with spaces needs quotation marks.\n" +
      "• {a} is not a pattern of a branch: it may have 300 characters and 2 stars, two stars only between slashes, and no brackets or braces.\n" +
      "• A failure can mention people and user groups, but no channel and not everybody.",
  );
});

describe("unsubscribe", () => {
  test("ends the subscription, and the channel sees who did it", async () => {
    await slack.type("subscribe webshop-checkout");
    expect(await slack.type("unsubscribe webshop-checkout", { user_id: "U0BEN000001" })).toEqual({
      response_type: "in_channel",
      text: "🔕 <@U0BEN000001> ended this channel's subscription to *webshop-checkout*. Builds that run are shown to their ends.",
    });
    expect(await stored()).toMatchObject({ status: "ended" });
  });

  test("needs no answer of ServiceStage or of Slack", async () => {
    await slack.type("subscribe webshop-checkout");
    slack.serviceStage.fault = "unavailable";
    slack.channels.set(channel, { kind: "refused", reason: "not_in_channel" });
    await slack.type(`unsubscribe ${checkout}`);
    expect(await stored()).toMatchObject({ status: "ended" });
  });

  test("asks which, if several jobs have the name", async () => {
    for (const job of ["twin1", "twin2"]) await slack.type(`subscribe ${job}`);
    expect((await slack.type("unsubscribe twin")).text).toContain("`/builds unsubscribe twin2`");
    expect(await stored("twin2")).toMatchObject({ status: "active" });
  });

  test("answers another name with this channel's subscriptions, the nearest if there are any", async () => {
    await slack.type("subscribe webshop-checkout");
    await slack.type("subscribe twin1");
    await slack.type("subscribe webshop-search", { channel_id: other });
    expect((await slack.type("unsubscribe webshop-chekout")).text).toBe(
      "This channel is not subscribed to webshop-chekout.\nDid you mean one of these?\n• webshop-checkout",
    );
    expect((await slack.type("unsubscribe zzz")).text).not.toContain("webshop-search");
    expect(await stored("search1", other)).toMatchObject({ status: "active" });
  });
});

describe("list and status show this channel alone:", () => {
  test("its subscriptions", async () => {
    await slack.type("subscribe webshop-checkout failures branch:main <@U0123456789>");
    await slack.type("subscribe webshop-search", { channel_id: other });
    expect(await slack.type("list")).toEqual({
      response_type: "ephemeral",
      text:
        "*This channel's subscriptions:*\n" +
        "• *webshop-checkout* · failures only · branches main · a failure mentions <@U0123456789>",
    });
  });

  test("its builds", async () => {
    await slack.type("follow b1");
    slack.clock.advance(minute);
    await slack.type("follow b2");
    await slack.type("follow b3", { channel_id: other });
    expect(await slack.type("status")).toEqual({
      response_type: "ephemeral",
      text: "*Builds that are followed here:*\n• ⚪ Not started: build b1\n• ⚪ Not started: build b2",
    });
  });

  test("its builds with links to their cards, once they are posted", () => {
    const builds = [withCard(someBuild(), "1750767060.000100")];
    const settings = { command: "/builds", language: "en", slackApiUrl: "https://slack.com/api/" } as const;
    expect(renderAnswer({ kind: "builds", builds }, settings).text).toContain(
      "build 0f7fqckz · <https://slack.com/archives/C0123456789/p1750767060000100|card>",
    );
  });

  test("its first subscriptions if there are many, and how many more there are", async () => {
    for (let number = 1; number <= 100; number += 1) {
      slack.serviceStage.setJob({ jobId: `job${number}`, jobName: `webshop-service-${number}` });
      await slack.type(`subscribe job${number} failures branch:main,release/* <@U0123456789>`);
    }
    const lines = (await slack.type("list")).text.split("\n");
    const shown = lines.filter((line) => line.startsWith("• *webshop-service-"));
    expect(shown.length).toBeGreaterThanOrEqual(20);
    expect(lines.at(-1)).toBe(`… and ${100 - shown.length} more`);
    expect(lines.join("\n").length).toBeLessThanOrEqual(3_000);
  });

  test("or that there is nothing", async () => {
    expect((await slack.type("list")).text).toContain(
      "This channel has no subscriptions. `/builds subscribe`",
    );
    expect((await slack.type("status")).text).toBe("No build is followed here at the moment.");
  });
});

describe("follow", () => {
  test("registers the build in this channel", async () => {
    expect(await slack.type("follow b1")).toEqual({
      response_type: "ephemeral",
      text: "Build b1 is followed here: every change.",
    });
    expect(slack.store.readBuild("b1", channel)).toMatchObject({
      registration: { channel, notify: "all", thread: true, mention: [] },
    });
    expect((await slack.type("follow b1")).text).toBe("Build b1 is followed here already.");
  });

  test("says why not", async () => {
    await slack.type("follow b1");
    await slack.store.requestStop("b1", channel, slack.clock.now());
    expect((await slack.type("follow b1")).text).toContain("is about to be stopped");
  });
});

describe("me", () => {
  const ben = { user_id: "U0BEN000001" };
  const links = async () => (await slack.store.listCommitters()).map(({ name, link }) => [name, link?.user]);
  const propose = (name: string, user: string) => proposeCommitter(slack, name, user);

  test("links the caller with a name, lists it, and ends the link, for the caller alone", async () => {
    expect(await slack.type("me Ada Lovelace")).toEqual({
      response_type: "ephemeral",
      text: "You are linked with Ada Lovelace: a failure with this committer mentions you, in channels that mention committers.",
    });
    expect((await slack.type("me ada lovelace")).text).toBe("You are linked with ada lovelace already.");
    expect(await slack.type("me")).toEqual({
      response_type: "ephemeral",
      text: "*Your names as a committer:*\n• ada lovelace",
    });
    expect(await slack.type("me ADA lovelace off")).toEqual({
      response_type: "ephemeral",
      text: "You are no longer linked with ADA lovelace.",
    });
    expect(await links()).toEqual([]);
    expect((await slack.type("me ada lovelace off")).text).toBe("You are not linked with ada lovelace.");
    expect((await slack.type("me")).text).toContain("You are not linked with a committer. `/builds me NAME`");
  });

  test("takes over no name of another user, and shows nothing of it", async () => {
    await slack.type("me Ada");
    const { text } = await slack.type("me ada", ben);
    expect(text).toContain("ada is linked with somebody else, so nothing was changed.");
    expect(text).not.toContain("U0ANN000001");
    expect((await slack.type("me ada off", ben)).text).toBe("You are not linked with ada.");
    expect((await slack.type("me", ben)).text).toContain("You are not linked with a committer.");
    expect(await links()).toEqual([["ada", "U0ANN000001"]]);
  });

  test("confirms or declines what the API proposed to the caller", async () => {
    await propose("ada", "U0ANN000001");
    await propose("countess", "U0ANN000001");
    expect((await slack.type("me")).text).toBe(
      "*Your names as a committer:*\n" +
        "• ada · proposed: `/builds me ada` confirms it, with `off` you decline\n" +
        "• countess · proposed: `/builds me countess` confirms it, with `off` you decline",
    );
    await slack.type("me Ada");
    await slack.type("me countess off");
    expect((await slack.type("me")).text).toBe("*Your names as a committer:*\n• ada");
  });

  test("works in a direct message, and asks neither Slack nor ServiceStage", async () => {
    slack.serviceStage.fault = "unavailable";
    await slack.type("me Ada", { channel_id: "D0123456789", channel_name: "directmessage" });
    expect(await links()).toEqual([["ada", "U0ANN000001"]]);
    expect([slack.checked, slack.serviceStage.requests]).toEqual([[], []]);
  });

  test("a list of subscriptions names whoever made the commit", async () => {
    await slack.type("subscribe webshop-checkout @committer <@U0123456789>");
    expect((await slack.type("list")).text).toContain(
      "a failure mentions whoever made the commit <@U0123456789>",
    );
  });
});

describe("the answers", () => {
  test("name the command that Slack sent", async () => {
    const { text } = await slack.type("help", { command: "/notifier-builds" });
    expect(text).toContain("`/notifier-builds subscribe JOB`");
    expect(text).not.toContain("/builds");
  });

  test("are in the stack's language", async () => {
    slack = startSlack({ language: "zh" });
    expect((await slack.type("help")).text).toContain("取消订阅");
    expect((await slack.type("deploy")).text).toContain("没有 deploy 这个命令");
  });

  test.each([
    "<!channel>",
    "&lt;!channel&gt;",
    "&lt;@U0123456789&gt;",
    "*x*",
    "`x",
    "&lt;https://a.example|b&gt;",
    "@here",
  ])("show %s as it was typed, and mention nobody", async (typed) => {
    for (const text of [
      `subscribe ${typed}`,
      `subscribe x ${typed}`,
      typed,
      `unsubscribe ${typed}`,
      `list ${typed}`,
      `me ${typed}`,
      `me ${typed} off`,
    ]) {
      const answer = await slack.type(text);
      expect(answer.text.replaceAll(/`[^`]*`/g, "")).not.toMatch(/<[!@#h]|@here|\*x\*/);
    }
  });
});

test("a command that fails is answered, and the failure is seen", async () => {
  await slack.send(commandFields("list"));
  slack.store.loadChannel = async () => {
    throw new Error("DynamoDB does not answer");
  };
  await expect(slack.run(slack.deferred[0]!)).rejects.toThrow("DynamoDB does not answer");
  expect(slack.replies).toMatchObject([
    { reply: { text: expect.stringContaining("could not be carried out") } },
  ]);
  expect(slack.log.lines).toMatchObject([{ level: "error", message: "A request of Slack failed" }]);
});
