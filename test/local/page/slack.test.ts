import { beforeEach, describe, expect, test } from "@jest/globals";
import { renderChannel } from "../../../local/page/view/slack.ts";
import type { Answer } from "../../../local/slack/person.ts";
import { createWorkspace, type Args } from "../../../local/slack/workspace.ts";
import { wordsOf } from "./markup.ts";

const at = Date.UTC(2026, 10, 23, 15);
const [builds, search] = [
  { id: "C0BUILDS001", name: "builds" },
  { id: "C0SEARCH001", name: "search-team" },
];
const reader = { timeZone: "UTC", now: at };

let workspace: ReturnType<typeof createWorkspace>;
let later: number;
let answers: Answer[];
beforeEach(() => {
  later = 0;
  answers = [];
  workspace = createWorkspace({
    channels: [builds, search],
    now: () => at + later,
    emit: () => undefined,
  });
});

const post = (args: Args): string =>
  (workspace.methods["chat.postMessage"]!({ channel: builds.id, ...args }) as { ts: string }).ts;
const render = () => {
  const all = [...workspace.channels.values()];
  return renderChannel(all[0]!, { all, answers, jobs: ["webshop-search"] }, reader).text;
};
/** One part of the channel, by the beginning of its tag. */
const partOf = (text: string, tag: string, end: string): string => {
  const start = text.indexOf(tag);
  return start === -1 ? "" : text.slice(start, text.indexOf(end, start));
};
const feed = () => partOf(render(), '<div class="feed"', '<form class="composer"');
const thread = () => partOf(render(), '<section class="thread"', "</section>");

describe("a channel shows", () => {
  test("that it has no messages yet", () => {
    expect(wordsOf(render())).toBe(
      "# builds # search-team #builds has no messages yet. Type /builds subscribe webshop-search below, or start a sample build. Send /builds",
    );
  });

  test("links to the other channels, without a number that would look like unread messages", () => {
    post({ channel: search.id, text: "x" });
    expect(wordsOf(partOf(render(), "<nav", "</nav>"))).toBe("# builds # search-team");
    expect(render()).toMatch(new RegExp(`href="#channel-${builds.id}" aria-current="page"`));
  });

  test("its messages with time and author, oldest first", () => {
    post({ text: "one" });
    post({ text: "two" });
    expect(wordsOf(feed())).toMatch(
      /^Build Notifier APP 15:00:00 Delete one Build Notifier APP 15:00:00 Delete two$/,
    );
  });

  test("the number of a card's replies, and the replies only in its thread", () => {
    const ts = post({ text: "card" });
    post({ text: "reply", thread_ts: ts });
    expect(wordsOf(feed())).toMatch(/card 1 reply View thread$/);
    post({ text: "another", thread_ts: ts });
    expect(wordsOf(feed())).toMatch(/card 2 replies View thread$/);
    expect(wordsOf(thread())).toMatch(/^Thread #builds ✕ .* card 2 replies .* reply .* another$/);
    expect(feed()).toContain(`href="#thread-${ts.replace(".", "")}"`);
    expect(thread()).toContain(`id="thread-${ts.replace(".", "")}"`);
  });

  test("replies of one sender under one avatar, until five minutes have passed", () => {
    const ts = post({ text: "card" });
    const reply = (text: string, after: number) => {
      later = after;
      post({ text, thread_ts: ts });
    };
    reply("first", 1_000);
    reply("second", 2_000);
    reply("third", 303_000);
    expect(wordsOf(thread())).toMatch(
      /3 replies Build Notifier APP 15:00:01 first 15:00:02 second Build Notifier APP 15:05:03 third$/,
    );
  });

  test("a broadcast reply also in the channel, with the card's headline in plain text", () => {
    const ts = post({ text: "❌ *Failed*: <https://x.example|shop> &lt;b&gt;\nmore" });
    post({ text: "it failed", thread_ts: ts, reply_broadcast: true });
    post({ text: "later" });
    expect(wordsOf(feed())).toMatch(
      /replied to a thread: ❌ Failed: shop \(https:\/\/x.example\) <b> it failed Build Notifier APP 15:00:00 Delete later$/,
    );
  });

  test("an edit, marked as Slack marks it", () => {
    const ts = post({ text: "before" });
    workspace.methods["chat.update"]!({ channel: builds.id, ts, text: "after" });
    expect(wordsOf(feed())).toBe("Build Notifier APP 15:00:00 (edited) Delete after");
  });

  test("the buttons of a card to press, in the channel and in its thread, with what Slack asks before", () => {
    const plain = (text: string) => ({ type: "plain_text", text });
    const confirm = {
      title: plain("Sure?"),
      text: plain("It <ends>."),
      confirm: plain("Yes"),
      deny: plain("No"),
    };
    const button = { type: "button", action_id: "cancel", value: "v", text: plain("Cancel"), confirm };
    const blocks = [{ type: "actions", elements: [button] }];
    const ts = post({ text: "card", blocks });
    post({ text: "reply", thread_ts: ts });
    const id = ts.replace(".", "");
    expect(wordsOf(feed())).toContain("Delete Cancel Sure? It <ends>. No Yes 1 reply");
    expect(feed()).toContain(`<input type="hidden" name="ts" value="${ts}" />`);
    expect(feed()).toContain(`id="card-${id}-cancel-confirm"`);
    expect(thread()).toContain(`id="parent-${id}-cancel-confirm"`);
    expect(feed()).toMatch(/name="actionId" value="cancel">\s*Yes\s*<\/button>/);
  });

  test("an answer that only its caller sees, in its place", () => {
    post({ text: "before" });
    answers = [{ ts: `${at / 1_000 + 1}.000000`, to: "/builds <b>", text: "*yours* &lt;i&gt;" }];
    later = 2_000;
    post({ text: "after" });
    expect(wordsOf(feed())).toMatch(
      /Delete before Build Notifier APP 15:00:01 Only visible to you · \/builds <b> yours <i> Build Notifier APP 15:00:02 Delete after/,
    );
  });

  test("only the newest of very many messages", () => {
    for (let number = 1; number <= 31; number += 1) post({ text: `message ${number}.` });
    expect(wordsOf(feed())).not.toContain("message 1.");
    expect(wordsOf(feed())).toContain("message 31.");
  });
});
