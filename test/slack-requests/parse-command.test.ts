import { describe, expect, test } from "@jest/globals";
import { parseCommand, type CommandFault } from "../../lambda/slack-requests/parse-command.ts";
import type { Command } from "../../lambda/slack-app/command.ts";

const subscribe = (job: string, options: Extract<Command, { kind: "subscribe" }>["options"] = {}) =>
  ({ kind: "subscribe", job, options }) as const;

const me = (typed: string, name: string) => ({ kind: "me", committer: { typed, name } }) as const;

describe("a command is understood:", () => {
  test.each<[string, Command]>([
    ["", { kind: "help" }],
    ["   ", { kind: "help" }],
    ["help", { kind: "help" }],
    ["HELP", { kind: "help" }],
    ["list", { kind: "list" }],
    ["status", { kind: "status" }],
    ["subscribe", { kind: "chooseJob" }],
    ["subscribe checkout", subscribe("checkout")],
    ["  subscribe \n checkout ", subscribe("checkout")],
    ["subscribe 构建_x", subscribe("构建_x")],
    ['subscribe "my checkout"', subscribe("my checkout")],
    ["subscribe “my checkout” end", subscribe("my checkout", { notify: "end" })],
    ["subscribe failures", subscribe("failures")],
    ["subscribe checkout failures", subscribe("checkout", { notify: "failures" })],
    ["subscribe checkout End", subscribe("checkout", { notify: "end" })],
    ["subscribe checkout all all", subscribe("checkout", { notify: "all" })],
    ["subscribe checkout branch:main", subscribe("checkout", { branches: ["main"] })],
    [
      "subscribe checkout branch:main,release/* branches:v?,main",
      subscribe("checkout", { branches: ["main", "release/*", "v?"] }),
    ],
    ["subscribe checkout <@U0123456789|ann>", subscribe("checkout", { mention: ["U0123456789"] })],
    ["subscribe checkout <@W0123456789>", subscribe("checkout", { mention: ["W0123456789"] })],
    [
      "subscribe checkout <!subteam^S0123456789|@back end><@U0123456789>",
      subscribe("checkout", { mention: ["S0123456789", "U0123456789"] }),
    ],
    ["subscribe checkout @committer", subscribe("checkout", { mention: ["committer"] })],
    [
      "subscribe checkout committer <@U0123456789> @Committer",
      subscribe("checkout", { mention: ["committer", "U0123456789"] }),
    ],
    ["me", { kind: "me" }],
    ["ME Ada  Lovelace", me("Ada Lovelace", "ada lovelace")],
    ['me "Ada Lovelace"', me("Ada Lovelace", "ada lovelace")],
    ["me Ada “Countess” L", me("Ada Countess L", "ada countess l")],
    ["me <mailto:ada@shop.io|ada@shop.io>", me("ada@shop.io", "ada@shop.io")],
    ["me O'Neill &lt;x&gt;", me("O'Neill <x>", "o'neill <x>")],
    ["me Ada off", { ...me("Ada", "ada"), off: true }],
    ["me off", me("off", "off")],
    ["subscribe a&lt;b&amp;c&gt;", subscribe("a<b&c>")],
    ["subscribe &amp;lt;", subscribe("&lt;")],
    ["subscribe <http://shop.io|shop.io>", subscribe("shop.io")],
    ["subscribe <http://shop.io>", subscribe("http://shop.io")],
    ["unsubscribe checkout", { kind: "unsubscribe", job: "checkout" }],
    [
      "follow 0f7fqckzmjcfi0f7yxhx91l2rwrfyzd2poac90b5",
      { kind: "follow", buildId: "0f7fqckzmjcfi0f7yxhx91l2rwrfyzd2poac90b5" },
    ],
  ])("%j", (text, command) => {
    expect(parseCommand(text)).toEqual(command);
  });
});

describe("every fault of a command is named:", () => {
  test.each<[string, CommandFault[]]>([
    ["deploy x", [{ kind: "unknownCommand", text: "deploy" }]],
    ["me <@U0123456789|ann>", [{ kind: "wrongCommitter", text: "<@U0123456789|ann>" }]],
    ["me Ada <@U0123456789> off", [{ kind: "wrongCommitter", text: "Ada <@U0123456789>" }]],
    ['me ""', [{ kind: "wrongCommitter", text: "" }]],
    [`me ${"x".repeat(101)}`, [{ kind: "wrongCommitter", text: "x".repeat(101) }]],
    ["<!channel>", [{ kind: "unknownCommand", text: "<!channel>" }]],
    ["list all", [{ kind: "unneeded", text: "all" }]],
    [
      "help me now",
      [
        { kind: "unneeded", text: "me" },
        { kind: "unneeded", text: "now" },
      ],
    ],
    ["unsubscribe", [{ kind: "noJob" }]],
    ["unsubscribe a b", [{ kind: "unneeded", text: "b" }]],
    ["follow", [{ kind: "noBuildId" }]],
    [
      "follow #7 x",
      [
        { kind: "wrongBuildId", text: "#7" },
        { kind: "unneeded", text: "x" },
      ],
    ],
    ["subscribe <@U0123456789>", [{ kind: "wrongJob", text: "<@U0123456789>" }]],
    ['subscribe ""', [{ kind: "wrongJob", text: "" }]],
    [`subscribe ${"x".repeat(129)}`, [{ kind: "wrongJob", text: "x".repeat(129) }]],
    ["subscribe a\u0007b", [{ kind: "wrongJob", text: "a\u0007b" }]],
    ["subscribe \u200B\u2060", [{ kind: "wrongJob", text: "\u200B\u2060" }]],
    ["subscribe checkout @ann", [{ kind: "unknownOption", text: "@ann" }]],
    ["subscribe checkout <!here>", [{ kind: "groupMention" }]],
    ["subscribe checkout <#C0123456789|general>", [{ kind: "groupMention" }]],
    ["subscribe checkout <@ann>", [{ kind: "unknownOption", text: "<@ann>" }]],
    [
      "subscribe checkout <@U0123456789",
      [
        { kind: "unknownOption", text: "<" },
        { kind: "unknownOption", text: "@U0123456789" },
      ],
    ],
    ["subscribe checkout branch:", [{ kind: "noGlob" }]],
    [
      "subscribe checkout branch:{a,b}",
      [
        { kind: "wrongGlob", text: "{a" },
        { kind: "wrongGlob", text: "b}" },
      ],
    ],
    [
      "subscribe checkout all end loud branch:****/*/*/* <!channel>",
      [
        { kind: "severalLevels" },
        { kind: "unknownOption", text: "loud" },
        { kind: "wrongGlob", text: "****/*/*/*" },
        { kind: "groupMention" },
      ],
    ],
    [
      `subscribe x branch:${Array.from({ length: 21 }, (_, n) => `b${n}`).join(",")}`,
      [{ kind: "tooManyGlobs" }],
    ],
    [
      `subscribe x ${Array.from({ length: 11 }, (_, n) => `<@U01234567${n + 10}>`).join("")}`,
      [{ kind: "tooManyMentions" }],
    ],
    [`subscribe ${"x ".repeat(1_500)}`, [{ kind: "tooLong" }]],
  ])("%j", (text, faults) => {
    expect(parseCommand(text)).toEqual({ kind: "notUnderstood", faults });
  });

  test("but at most ten of them", () => {
    expect(parseCommand(`list ${"x ".repeat(900)}`)).toMatchObject({ faults: { length: 10 } });
  });
});
