import type { Language } from "../lambda/names.ts";
import { en as english } from "../lambda/slack/wording/en.ts";
import type { SectionName } from "./gallery.ts";
import { zh as chinese } from "../lambda/slack/wording/zh.ts";

/** The texts of the preview's pages, around the messages. */
interface Captions {
  title: string;
  heading: string;
  openInBuilder: string;
  sections: Record<SectionName, { heading: string; about: string }>;
  /** @param caption an entry's, such as "abandoned: unchanged" */
  say: (caption: string) => string;
}

const en: Captions = {
  title: "Every message of the Build Notifier",
  heading: "Every message",
  openInBuilder: "Open in Block Kit Builder",
  sections: {
    card: {
      heading: "Cards",
      about: "Each build has one card in the channel. The notifier edits it while the build runs.",
    },
    reply: {
      heading: "Replies",
      about: "Each change of a phase is a reply in the card’s thread, or a message in the channel.",
    },
    notice: {
      heading: "Notices",
      about: "These messages are about a whole channel or a job, not about a build.",
    },
  },
  say: (caption) => {
    const said = translateParts(caption, englishParts, ": ");
    return said.slice(0, 1).toUpperCase() + said.slice(1);
  },
};

/** Words for those parts of a caption that are identifiers of the code or of ServiceStage. */
const englishParts: Record<string, string> = {
  timedOut: "timed out",
  ended: "ended, with an unknown result",
  stopped: "stopped by request",
  abandoned: "tracking stopped",
  unchanged: "no change for too long",
  "caught up": "tracking started: changes so far",
  "caught up with an end": "tracking started after the end of the build",
  "the last transition": "the last reply",
  "the last transition of a build with few observations": "the last reply: failed, with few observations",
  "in the channel": "in the channel itself, without a thread",
  late: "sent late, with the time of the observation",
  "an end without a transition": "the build ends, and no phase changes",
  pressed: "a button was pressed",
  "pressed, without an answer": "a button was pressed, and ServiceStage gave no answer",
  ...Object.fromEntries(Object.entries(english.buttons).map(([action, { label }]) => [action, label])),
  ...english.failures,
  ...Object.fromEntries(
    Object.entries(english.states).map(([state, said]) => [`to ${state}`, `a phase changes to “${said}”`]),
  ),
};

/** The Chinese words for all parts of a caption. */
const chineseParts: Record<string, string> = {
  "before the first poll": "首次查询之前",
  "not started": "未开始",
  running: "进行中",
  "past its expected end": "已过预计结束时间",
  slow: "用时超过平时",
  "the first failure after at least 100 successes": "至少连续 100 次成功后的首次失败",
  "a failure after a failure": "连续第二次失败",
  "a failure after at least 21 failures": "至少连续 21 次失败后再次失败",
  "a success after a failure": "失败后恢复成功",
  "a failure whose committer is linked": "失败，提交者已关联",
  "a failure whose committer is not linked, for the first time": "失败，提交者首次出现且未关联",
  "a failure whose committer is not linked": "失败，提交者未关联",
  "pushing, with an unknown phase and an unknown state": "推送中，含未知的阶段和状态",
  succeeded: "成功",
  failed: "失败",
  timedOut: "超时",
  cancelled: "已取消",
  deleted: "已删除",
  ended: "已结束，结果未知",
  stopped: "应请求停止跟踪",
  "status unknown": "状态未知",
  "outage begins": "中断开始",
  "outage over": "中断结束",
  "job unknown": "找不到任务",
  "job unreadable": "无法读取任务",
  abandoned: "已停止跟踪",
  unchanged: "长时间没有变化",
  ...chinese.failures,
  "caught up": "开始跟踪时已有的变化",
  "caught up with an end": "开始跟踪时构建已结束",
  "failed, with few observations": "失败，观察记录很少",
  "the last transition": "最后一次变化",
  "the last transition of a build with few observations": "观察记录很少的构建的最后一次变化",
  "a failure in the channel, without a card": "频道中的失败通知，没有卡片",
  "in the channel": "在频道中",
  late: "延迟发送",
  "an end without a transition": "没有状态变化的结束",
  "with buttons, running": "带按钮，进行中",
  "with buttons, muted": "带按钮，已静音",
  "with buttons, cancelled by one": "带按钮，已有人取消",
  "with buttons, failed": "带按钮，失败",
  "with buttons, built again": "带按钮，已重新构建",
  "with buttons, stopped": "带按钮，应请求停止跟踪",
  pressed: "有人按下按钮",
  "pressed, without an answer": "有人按下按钮，没有答复",
  ...Object.fromEntries(Object.entries(chinese.buttons).map(([action, { label }]) => [action, label])),
  ...Object.fromEntries(
    Object.entries(chinese.states).map(([state, said]) => [`to ${state}`, `阶段变为“${said}”`]),
  ),
};

const zh: Captions = {
  title: "构建通知程序的全部消息",
  heading: "全部消息",
  openInBuilder: "在 Block Kit Builder 中打开",
  sections: {
    card: { heading: "卡片", about: "每个构建在频道中有一张卡片，构建运行期间会不断更新。" },
    reply: { heading: "回复", about: "阶段的每次变化是卡片消息列中的一条回复，或频道中的一条消息。" },
    notice: { heading: "通知", about: "这些消息与整个频道或任务有关，而不是某个构建。" },
  },
  say: (caption) => translateParts(caption, chineseParts, "："),
};

/** Translates each part of a caption. A colon separates the parts. */
function translateParts(caption: string, words: Record<string, string>, colon: string): string {
  return caption
    .split(": ")
    .map((part) => (Object.hasOwn(words, part) ? words[part] : part))
    .join(colon);
}

export const captions: Record<Language, Captions> = { en, zh };
