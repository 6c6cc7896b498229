import { branchLength, globsAtMost, starsAtMost } from "../../domain/branches.ts";
import { mentionsAtMost } from "../../names.ts";
import type { CommandWording } from "./commands.ts";

const levels: CommandWording["levels"] = {
  all: "所有变化",
  progress: "所有变化，排队除外",
  changes: "成功后的失败和失败后的成功",
  failures: "仅失败",
  end: "仅构建结果",
};
const named = Object.entries(levels).map(([level, says]) => `\`${level}\`（${says}）`);

const alreadyDone: CommandWording["clicks"]["alreadyDone"] = {
  mute: (who) => `${who} 已将这个构建设为静音。`,
  stop: (who) => `${who} 已停止跟踪这个构建。`,
  cancel: (who) => `${who} 已取消这个构建。`,
  start: (who) => `${who} 已开始新的构建。如需再次构建，请使用新构建的卡片。`,
};

/** Simplified Chinese. */
export const zh: CommandWording = {
  levels,
  help: (command) => [
    "*此频道可以接收的 ServiceStage 构建通知：*",
    `• \`${command} subscribe 任务\`：在此显示该任务的每个新构建。之后可以加上：`,
    `    通知范围：${named.join("、")}`,
    "    `branch:main,release/*`：仅这些分支，用半角逗号分隔，不加空格",
    "    `@ann @backend @committer`：失败时提及的人，`@committer` 指提交者",
    `• \`${command} subscribe\`：列出可选的任务`,
    `• \`${command} unsubscribe 任务\`：取消订阅`,
    `• \`${command} list\`：列出此频道的订阅`,
    `• \`${command} status\`：列出正在此处跟踪的构建`,
    `• \`${command} follow 构建ID\`：在此显示单个构建`,
    `• \`${command} me 名称\`：该提交者的构建失败时提及您；\`${command} me 名称 off\`：取消；\`${command} me\`：列出您的名称`,
    "“任务”是任务的名称或 ID。含空格的名称需要加引号。",
  ],
  notUnderstood: (command) => `命令未执行。\`${command} help\` 列出可用的命令。`,
  faults: {
    unknownCommand: (text) => `没有 ${text} 这个命令。`,
    unknownOption: (text) => `没有 ${text} 这个选项。含空格的名称需要加引号。`,
    wrongGlob: (text) =>
      `${text} 不是有效的分支模式：最多 ${branchLength} 个字符、${starsAtMost} 个星号，连续两个星号只能单独位于斜杠之间，不能含括号。`,
    unneeded: (text) => `此处不需要 ${text}。含空格的名称需要加引号。`,
    wrongJob: (text) => `${text} 不是任务的名称或 ID。请先写任务。`,
    wrongBuildId: (text) => `${text} 不是构建 ID。ServiceStage 在任务的构建列表中显示该 ID。`,
    wrongCommitter: (text) => `${text} 不是提交者的名称。请按卡片上的名称输入。您只能关联自己。`,
    noJob: "缺少任务名称。",
    noBuildId: "缺少构建 ID。",
    noGlob: "`branch:` 后需要写分支，例如 `branch:main`。",
    groupMention: "失败时可以提及个人和用户组，不能提及频道或所有人。",
    severalLevels: `只能选择以下之一：${Object.keys(levels).join("、")}。`,
    tooLong: "文本过长。",
    tooManyGlobs: `分支模式超过 ${globsAtMost} 个。`,
    tooManyMentions: `提及超过 ${mentionsAtMost} 个。`,
  },
  directMessage: (command) => `\`${command}\` 只能在频道中使用，不能在私信中使用：构建通知面向整个频道。`,
  subscribed: {
    new: (who, job) => `🔔 ${who} 为此频道订阅了 ${job}：新的构建将显示在此。`,
    changed: (who, job) => `🔔 ${who} 更改了此频道对 ${job} 的订阅，将应用于之后的构建。`,
    same: (_who, job) => `此频道已按这些设置订阅 ${job}。`,
  },
  unsubscribed: (who, job) => `🔕 ${who} 取消了此频道对 ${job} 的订阅。正在进行的构建将显示到结束。`,
  branches: (globs) => `分支 ${globs}`,
  mentions: (who) => `失败时提及 ${who}`,
  theCommitter: "提交者",
  committers: "*您作为提交者的名称：*",
  noCommitters: (command) => `您没有关联提交者。\`${command} me 名称\` 可关联卡片上“提交者”之后的名称。`,
  asked: (confirm) => `待确认，用 \`${confirm}\` 确认，加上 \`off\` 拒绝`,
  committer: {
    linked: (name) => `您已关联 ${name}：在提及提交者的频道中，该提交者的构建失败时会提及您。`,
    linkedBefore: (name) => `您此前已关联 ${name}。`,
    taken: (name) => `${name} 已关联其他人，未作更改。该人或应用的管理员可以取消关联。`,
    unlinked: (name) => `您不再关联 ${name}。`,
    notYours: (name) => `您没有关联 ${name}。`,
  },
  subscriptions: "*此频道的订阅：*",
  noSubscriptions: (command) => `此频道没有订阅。\`${command} subscribe\` 列出可选的任务。`,
  builds: "*正在此处跟踪的构建：*",
  card: "卡片",
  noBuilds: "目前没有在此处跟踪的构建。",
  following: (build, level) => `已开始在此跟踪构建 ${build}：${level}。`,
  followingAlready: (build) => `构建 ${build} 已在此处跟踪。`,
  notFollowed: {
    settingsDiffer: (build) => `构建 ${build} 已在此处以其他设置跟踪。`,
    stopping: (build) => `构建 ${build} 正在停止跟踪。如需重新跟踪，请两分钟后再试。`,
    stillPending: (build) => `构建 ${build} 仍有消息等待发送。请在消息到达后再试。`,
  },
  jobs: (command) => `*可选的任务。* \`${command} subscribe\` 加上名称即可为此频道订阅：`,
  noJobs: "ServiceStage 中没有任务。",
  isSubscribed: "已订阅",
  furtherJobs: "任务过多，ServiceStage 未能及时全部列出。",
  more: (count) => `……另有 ${count} 项`,
  severalJobs: (job, count) => `名称为 ${job} 的任务有 ${count} 个。请用 ID 选择：`,
  unknownJob: (job) => `ServiceStage 中没有任务 ${job}。`,
  nearest: "您是不是要找：",
  notSubscribed: (job) => `此频道没有订阅 ${job}。`,
  channelRefused: (code) =>
    `未保存任何内容：应用无法在此频道发送消息。请用 \`/invite\` 加应用名称邀请应用，然后重试。（Slack：${code}）`,
  channelNotChecked:
    "未保存任何内容：无法向 Slack 查询此频道的情况。请稍后重试。如问题持续，请联系应用的管理员。",
  serviceStageFailed: (reason) => `无法查询 ServiceStage：${reason}。请稍后重试。`,
  contended: "其他人正在进行相同的更改。请重试。",
  clicks: {
    done: {
      mute: "已将这个构建设为静音：此后只显示构建结果。一分钟内会在消息列中说明。",
      stop: "已停止在此跟踪这个构建。一分钟内会在消息列中说明。",
      cancel: "ServiceStage 已接受取消请求。构建取消后卡片会显示。",
    },
    started: (build) => `新的构建已开始：${build}。已在此跟踪。`,
    begun: (build) => `构建 ${build} 在较早的请求之后已经开始，因此没有再开始新的构建。已在此跟踪。`,
    noAnswer: {
      cancel: "ServiceStage 没有答复。卡片会显示构建是否已取消。如果仍在进行，可以再试一次。",
      start:
        "ServiceStage 没有答复，目前也没有列出新的构建。通知程序不会自动重复。如果几分钟内没有新的构建开始，请再按一次：程序会先检查是否已有新的构建。",
    },
    failed: (reason) => `未执行任何操作：${reason}。请稍后重试。`,
    forbidden:
      "未执行任何操作：通知程序的凭证没有此权限。应用的管理员可以为其用户授予 ServiceStage Development 策略。",
    alreadyDone,
    underWay: {
      mute: alreadyDone.mute,
      stop: alreadyDone.stop,
      cancel: (who) => `${who} 正在取消这个构建。`,
      start: (who) => `${who} 正在开始新的构建。`,
    },
    refused: {
      over: "这个构建已结束，或不再在此跟踪，因此未执行任何操作。",
      stopping: "这个构建即将停止跟踪，因此未执行任何操作。",
      running: "这个构建仍在进行。结束后可以重新构建。",
      quiet: "此处已经只显示这个构建的结果。",
      jobUnknown: "未执行任何操作：ServiceStage 未说明这个构建属于哪个任务。",
    },
    notAllowed: "未执行任何操作：设置 slackActions 不允许此操作。应用的管理员可以更改。",
    unknownBuild: "未执行任何操作：这张卡片已过时，通知程序不再保存其构建。命令 `follow` 可以重新显示构建。",
    contended: "未执行任何操作：这个构建正在变化。请重试。",
    otherChannel: "未执行任何操作：这张卡片属于另一个频道。请在那里使用按钮。",
    unknownButton: "未执行任何操作：这个按钮属于应用的另一个版本。请使用较新的卡片。",
  },
  failed: "未能执行。请稍后重试。如问题持续，请联系应用的管理员。",
};
