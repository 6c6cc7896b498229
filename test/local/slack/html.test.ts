import { describe, expect, test } from "@jest/globals";
import type { Reader } from "../../../local/slack/date.ts";
import { renderMessage } from "../../../local/slack/html.ts";

/** 2026-11-23 15:00:00 UTC. */
const at = Date.UTC(2026, 10, 23, 15);
const seconds = at / 1_000;
const reader: Reader = { timeZone: "UTC", now: at + 90_000 };

/** The HTML without white space between tags. */
const render = (message: object, by = reader): string =>
  renderMessage(message, by)
    .replaceAll(/>\s*\n\s*</g, "><")
    .replace(/^<div class="slack-message">(.*)<\/div>$/s, "$1");

const renderText = (text: string, by = reader): string =>
  render({ text }, by).replace(/^<div class="slack-text">(.*)<\/div>$/s, "$1");

const link = (url: string, label: string): string =>
  `<a href="${url}" target="_blank" rel="noopener noreferrer">${label}</a>`;
const mention = (name: string): string => `<span class="slack-mention">${name}</span>`;

const emoji = (name: string): string => `<span class="slack-emoji">${name}</span>`;

describe("Slack's markup", () => {
  test.each([
    ["bold, italic, struck", "*a* _b_ ~c~", "<strong>a</strong> <em>b</em> <s>c</s>"],
    ["bold within a sentence", "The build *failed*.", "The build <strong>failed</strong>."],
    ["no markup within a word, as in Slack", "2*3*4 snake_case_name", "2*3*4 snake_case_name"],
    ["code keeps its marks", "`*a* &lt;b&gt;`", "<code>*a* &#60;b&#62;</code>"],
    ["a code block keeps its lines and marks", "```\n*a*\n  <@U1>\n```", "<pre>*a*\n  &#60;@U1&#62;</pre>"],
    ["a quotation", "&gt; said", "<blockquote> said</blockquote>"],
    ["a link", "<https://a.example/?b=1&amp;c=2|B>", link("https://a.example/?b=1&#38;c=2", "B")],
    ["a link without a name", "<https://a.example>", link("https://a.example", "https://a.example")],
    ["a person, by the name", "<@U0JONAS001>", mention("@Jonas Weber")],
    ["a user group that is not known", "<!subteam^S0123>", mention("@somebody")],
    ["a channel", "<#C0123>", mention("#C0123")],
    ["everybody", "<!channel>", mention("@channel")],
    ["what Slack has escaped", "&lt;b&gt; &amp;amp;", "&#60;b&#62; &#38;amp;"],
    ["an emoji, which a time is not", ":wave: 12:30:45", `${emoji(":wave:")} 12:30:45`],
    ["an emoji within a word", "app:100:2", `app${emoji(":100:")}2`],
    ["no emoji in code", "`app:100:2`", "<code>app:100:2</code>"],
    [
      "an address",
      "see https://a.example/b now",
      `see ${link("https://a.example/b", "https://a.example/b")} now`,
    ],
    ["an address of mail", "ann@a.example", link("mailto:ann@a.example", "ann@a.example")],
    ["an address without its beginning", "www.evil.com", link("http://www.evil.com", "www.evil.com")],
    ["everybody, by name alone", "hi @here", `hi ${mention("@here")}`],
    ["a channel, by name alone", "in #general", `in ${mention("#general")}`],
    ["no channel, whose name is a number", "shop #42", "shop #42"],
    ["Chinese", "*构建* 失败", "<strong>构建</strong> 失败"],
  ])("%s", (_sentence, text, expected) => {
    expect(renderText(text)).toBe(expected);
  });
});

describe("dates are shown in the reader's zone and language", () => {
  const dateOf = (format: string, by: Reader, at = seconds): string | undefined =>
    />([^<]*)<\/time>/.exec(renderText(`<!date^${at}^${format}|then>`, by))?.[1];

  test.each<[string, string, Reader, string]>([
    ["what the cards use", "{date_short_pretty}, {time_secs}", reader, "today, 15:00:00"],
    [
      "in another zone it is another day",
      "{date_short_pretty}, {time_secs}",
      { ...reader, timeZone: "Asia/Shanghai" },
      "today, 23:00:00",
    ],
    ["yesterday", "{date_pretty}", { ...reader, now: at + 86_400_000 }, "yesterday"],
    [
      "yesterday begins at the reader's midnight",
      "{date_pretty}",
      { timeZone: "Asia/Shanghai", now: at + 3_600_000 },
      "yesterday",
    ],
    ["longer ago", "{date_short_pretty}", { ...reader, now: at + 3 * 86_400_000 }, "23 Nov 2026"],
    ["short", "{date_short} {time}", reader, "23 Nov 2026 15:00"],
    ["long", "{date_long}", reader, "Monday, 23 November 2026"],
    ["how long ago", "{ago}", reader, "1 minute ago"],
    ["seconds ago", "{ago}", { ...reader, now: at + 59_000 }, "59 seconds ago"],
    [
      "in Chinese",
      "{date_short_pretty} {time_secs} {ago}",
      { ...reader, locale: "zh-CN" },
      "今天 15:00:00 1分钟前",
    ],
    ["an unknown token", "{aeon}", reader, "{aeon}"],
  ])("%s", (_sentence, format, by, expected) => {
    expect(dateOf(format, by)).toBe(expected);
  });

  test("the element contains the exact time and the fallback", () => {
    expect(renderText(`<!date^${seconds}^{time}|15:00 "UTC">`)).toBe(
      '<time datetime="2026-11-23T15:00:00.000Z" title="15:00 &#34;UTC&#34;">15:00</time>',
    );
  });

  test("an invalid time shows the fallback", () => {
    expect(renderText("<!date^soon^{time}|some day>")).toBe("some day");
  });
});

describe("blocks", () => {
  const plain = (text: string) => ({ type: "plain_text", text });
  const marked = (text: string) => ({ type: "mrkdwn", text });
  const raw = (text: string) => ({ type: "raw_text", text });
  const shown = (text: string) => `<div class="slack-text">${text}</div>`;

  test.each<[string, object, string]>([
    [
      "a header is plain",
      { type: "header", text: plain("*A*") },
      `<div class="slack-header">${shown("*A*")}</div>`,
    ],
    [
      "escaped characters in a header are shown unescaped",
      { type: "header", text: plain("a &amp;lt; &lt;b&gt;") },
      `<div class="slack-header">${shown("a &#38;lt; &#60;b&#62;")}</div>`,
    ],
    [
      "a header has emoji",
      { type: "header", text: plain(":wave:") },
      `<div class="slack-header">${shown(emoji(":wave:"))}</div>`,
    ],
    [
      "a header with emoji: false shows no emoji",
      { type: "header", text: { ...plain(":wave:"), emoji: false } },
      `<div class="slack-header">${shown(":wave:")}</div>`,
    ],
    [
      "a verbatim text has markup and emoji, but no automatic links of addresses, names and channels",
      {
        type: "section",
        text: { ...marked("*A* :wave: https://a.example a@b.example @here #general"), verbatim: true },
      },
      `<div class="slack-section">${shown(`<strong>A</strong> ${emoji(":wave:")} https://a.example a@b.example @here #general`)}</div>`,
    ],
    [
      "a section",
      { type: "section", text: marked("*A*") },
      `<div class="slack-section">${shown("<strong>A</strong>")}</div>`,
    ],
    [
      "a section's fields",
      { type: "section", fields: [marked("a"), plain("b")] },
      `<div class="slack-section"><div class="slack-field">${shown("a")}</div><div class="slack-field">${shown("b")}</div></div>`,
    ],
    [
      "a context",
      { type: "context", elements: [marked("a"), plain("b")] },
      `<div class="slack-context">${shown("a")}${shown("b")}</div>`,
    ],
    ["a divider", { type: "divider" }, '<hr class="slack-divider" />'],
    [
      "a table, and its first row is the head",
      {
        type: "table",
        column_settings: [null, { align: "right" }],
        rows: [
          [raw("Phase"), raw("Time")],
          [
            raw("*Init*"),
            { type: "rich_text", elements: [{ elements: [{ text: "3 s", style: { bold: true } }] }] },
          ],
        ],
      },
      '<table class="slack-table"><thead><tr>' +
        '<th scope="col" class="slack-left">Phase</th><th scope="col" class="slack-right">Time</th></tr></thead>' +
        '<tbody><tr><td class="slack-left">*Init*</td><td class="slack-right"><strong>3 s</strong></td></tr></tbody></table>',
    ],
    [
      "an unknown block is named",
      { type: "plan" },
      '<p class="slack-unknown">A plan block is not drawn here.</p>',
    ],
  ])("%s", (_sentence, block, expected) => {
    expect(render({ text: "unseen", blocks: [block] })).toBe(expected);
  });

  test("an attachment has a bar in its colour", () => {
    const message = {
      text: "unseen",
      blocks: [{ type: "divider" }],
      attachments: [{ color: "#2eb67d", text: "a" }],
    };
    expect(render(message)).toBe(
      '<hr class="slack-divider" /><div class="slack-attachment"><svg class="slack-bar" aria-hidden="true">' +
        `<rect width="100%" height="100%" fill="#2eb67d" /></svg><div class="slack-attached">${shown("a")}</div></div>`,
    );
  });
});

describe("text from outside can't become a tag", () => {
  const hostile = `"><script>alert(1)</script><img src=x onerror='alert(1)'>`;
  const escaped = hostile.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
  const text = { type: "mrkdwn", text: hostile };
  const names = "div|p|a|span|code|pre|time|svg|rect|table|thead|tbody|tr|th|td";
  /** A tag of our own, with our own attributes, whose values stay within their quotes. */
  const tag = new RegExp(
    `</?(?:${names})(?: (?:class|href|target|rel|datetime|title|aria-hidden|width|height|fill|scope)="[^"<>]*")*(?: /)?>`,
    "g",
  );

  test.each<[string, object]>([
    ["a text", { text: hostile }],
    ["a text that Slack would have escaped", { text: escaped }],
    ["code", { text: `\`${hostile}\` \`\`\`${hostile}\`\`\`` }],
    ["a header", { blocks: [{ type: "header", text: { type: "plain_text", text: hostile } }] }],
    ["a section", { blocks: [{ type: "section", text, fields: [text] }] }],
    ["a context", { blocks: [{ type: "context", elements: [text] }] }],
    ["a cell", { blocks: [{ type: "table", rows: [[{ type: "raw_text", text: hostile }]] }] }],
    ["an alignment", { blocks: [{ type: "table", rows: [[text]], column_settings: [{ align: hostile }] }] }],
    ["a block's type", { blocks: [{ type: hostile }] }],
    ["an attachment's colour", { attachments: [{ color: hostile, text: hostile }] }],
    ["a link's address", { text: `<https://x.example/${escaped}|x>` }],
    ["a link's name", { text: `<https://x.example|${escaped}>` }],
    ["a mention's name", { text: `<@U1|${escaped}> <!subteam^S1|${escaped}>` }],
    ["a date's fallback and format", { text: `<!date^1^${escaped}|${escaped}> <!date^x^y|${escaped}>` }],
  ])("%s", (_sentence, message) => {
    const remains = renderMessage(message, reader).replaceAll(tag, "");
    expect(remains.match(/[<>"']/g)).toBeNull();
  });

  test.each(["javascript:alert(1)", "JavaScript:alert(1)", "data:text/html,x", "//x.example", "img src=x"])(
    "%s is no link",
    (url) => {
      expect(renderText(`<${url}|x>`)).toBe(`&#60;${url}|x&#62;`);
    },
  );
});
