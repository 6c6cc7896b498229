import type { Language } from "../lambda/names.ts";
import { en as english } from "../lambda/slack/wording/en.ts";
import { zh as chinese } from "../lambda/slack/wording/zh.ts";

/** The texts of the preview's pages, around the messages. */
interface Captions {
  title: string;
  heading: string;
  openInBuilder: string;
  /** @param name an entry's, such as "card: failed" */
  captionOf: (name: string) => string;
}

const en: Captions = {
  title: "Every message of the Build Notifier",
  heading: "Every message",
  openInBuilder: "Open in Block Kit Builder",
  captionOf: (name) => translateParts(name, englishParts, ": "),
};

/** Words for those parts of an entry's name that are identifiers of the code or of ServiceStage. */
const englishParts: Record<string, string> = {
  timedOut: "timed out",
  ...Object.fromEntries(Object.entries(english.buttons).map(([action, { label }]) => [action, label])),
  unknownBuild: "unknown build",
  notUnderstood: "not understood",
  ...Object.fromEntries(Object.entries(english.states).map(([state, said]) => [`to ${state}`, `to ${said}`])),
};

/** The Chinese words for all parts of an entry's name. */
const chineseParts: Record<string, string> = {
  card: "卡片",
  reply: "回复",
  notice: "通知",
  "before the first poll": "首次查询之前",
  "not started": "未开始",
  running: "进行中",
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
  unknownBuild: "找不到这个构建",
  refused: "凭证被拒绝",
  forbidden: "缺少权限",
  throttled: "被限流",
  unavailable: "没有响应",
  notUnderstood: "无法解析响应",
  "caught up": "开始跟踪时已有的变化",
  "caught up with an end": "开始跟踪时构建已结束",
  "failed, with few observations": "失败，观察记录很少",
  "the last transition": "最后一次变化",
  "the last transition of a build with few observations": "观察记录很少的构建的最后一次变化",
  "a failure in the channel, without a card": "频道中的失败通知，没有卡片",
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
    Object.entries(chinese.states).map(([state, said]) => [`to ${state}`, `变为“${said}”`]),
  ),
};

const zh: Captions = {
  title: "构建通知程序的全部消息",
  heading: "全部消息",
  openInBuilder: "在 Block Kit Builder 中打开",
  captionOf: (name) => translateParts(name, chineseParts, "："),
};

/** Translates each part of a name. A colon separates the parts. */
function translateParts(name: string, words: Record<string, string>, colon: string): string {
  return name
    .split(": ")
    .map((part) => (Object.hasOwn(words, part) ? words[part] : part))
    .join(colon);
}

export const captions: Record<Language, Captions> = { en, zh };
