import type { PhaseName, PhaseState } from "../../domain/phase.ts";
import type { Wording } from "./wording.ts";

const phases: Record<PhaseName, string> = {
  Init: "初始化",
  Download: "下载代码",
  PreProcess: "预处理",
  Build: "编译构建",
  Artifact: "归档",
  PostProcess: "后处理",
};

const states: Record<PhaseState, string> = {
  NotStarted: "未开始",
  Queuing: "排队中",
  Building: "进行中",
  Pushing: "推送软件包",
  Successful: "成功",
  Failed: "失败",
  Timeout: "超时",
  Cancel: "已取消",
  Deleted: "已删除",
};

const actionDone: Wording["action"]["done"] = {
  mute: (who) => `🔕 ${who} 将这个构建设为静音：此后只显示构建结果。`,
  stop: (who) => `⏹️ ${who} 停止在此跟踪这个构建。`,
  cancel: (who) => `🚫 ${who} 取消了这个构建。ServiceStage 已接受请求。`,
  start: (who) => `🔁 ${who} 为该任务开始了新的构建。`,
};

/** Simplified Chinese. */
export const zh: Wording = {
  headlines: {
    notStarted: "⚪ 未开始",
    running: "🔵 进行中",
    outOfSight: "⚠️ 状态未知",
    succeeded: "✅ 成功",
    failed: "❌ 失败",
    timedOut: "⏰ 超时",
    cancelled: "🚫 已取消",
    deleted: "🗑️ 已删除",
    ended: "🏁 已结束",
    abandoned: "⚠️ 已停止跟踪",
    stopped: "⏹️ 已停止跟踪",
  },
  endings: {
    succeeded: "✅ 构建成功。",
    failed: "❌ 构建失败。",
    timedOut: "⏰ 构建超时。",
    cancelled: "🚫 构建已取消。",
    deleted: "🗑️ 构建已删除。",
    ended: "🏁 构建已结束。ServiceStage 未说明结果。",
  },
  abandonments: {
    unchanged: "⚠️ *已停止跟踪*：此构建长时间没有变化。",
    unknownBuild: "⚠️ *已停止跟踪*：ServiceStage 中找不到这个构建。请检查构建 ID。",
  },
  failures: {
    unknownBuild: "ServiceStage 中找不到这个构建",
    unknownJob: "ServiceStage 中找不到这个构建任务",
    refused: "ServiceStage 拒绝了通知程序的凭证",
    forbidden: "ServiceStage 拒绝访问：通知程序的凭证需要 ServiceStage ReadOnlyAccess 策略",
    throttled: "ServiceStage 正在限制通知程序的请求",
    unavailable: "ServiceStage 没有响应",
    notUnderstood: "通知程序无法解析 ServiceStage 的响应",
  },
  phases,
  states,
  units: { hours: "小时", minutes: "分", seconds: "秒", separator: "" },
  columns: ["阶段", "状态", "用时"],
  stopped: "⏹️ *已停止跟踪*：有人请求停止。",
  trouble: (reason, since) => `⚠️ 自 ${since} 起，${reason}。此卡片的内容可能已过时。`,
  lookedFor: (since, until) =>
    `⚠️ 自 ${since} 起，*ServiceStage 中找不到这个构建*。请检查构建 ID，以及通知程序所用的区域和项目。通知程序将继续尝试至 ${until}。`,
  jobUnknown: (job, since) =>
    `⚠️ *ServiceStage 找不到任务* ${job}，因此此处不再显示新的构建。自 ${since} 起无法读取该任务。如果该任务已被删除，请取消订阅。`,
  jobUnreadable: (job, reason, since) =>
    `⚠️ *无法读取任务的全部构建*：${job}。自 ${since} 起，${reason}。此处可能缺少新的构建。问题解决后将继续发送。`,
  outOfReach: (reason, since) => `⚠️ *暂无构建动态*：自 ${since} 起，${reason}。问题解决后将继续发送。`,
  backInReach: (since) => `✅ *构建动态已恢复*。此前自 ${since} 起中断。`,
  omitted: (count) => `⚠️ 另有 ${count} 项变化未逐条列出：变化过多，无法全部保存。`,
  caughtUp: "已开始跟踪。迄今的变化：",
  caughtUpWithEnd: "此构建已结束：",
  build: (id) => `构建 ${id}`,
  headline: (state, title) => `${state}：${title}`,
  transition: (symbol, phase, from, to) => `${symbol} ${phase}  ${from} → ${to}`,
  phase: (name, state) => `${name}：${state}`,
  atMost: (duration) => `不超过 ${duration}`,
  after: (duration) => `，用时 ${duration}`,
  since: (time) => `${time} 起`,
  startedAt: (time) => `开始于 ${time}`,
  observedDuration: (duration) => `观察到的用时 ${duration}`,
  usual: (duration) => `通常 ${duration}`,
  expected: (usual, end) => `通常用时 ${usual}，约到 ${end}`,
  usually: (usual) => `通常用时 ${usual}`,
  slow: (started, usual) => `🐢 *用时超过平时*：${started} 开始运行。该任务的构建通常用时 ${usual}。`,
  turns: {
    firstFailure: (builds, orMore) => `此前${times(builds, orMore)}成功，这是首次失败。`,
    failedAgain: (builds, orMore) => `${orMore ? "至少" : ""}已连续 ${builds + 1} 次失败。`,
    fixed: (builds, orMore) => `已修复：此前${times(builds, orMore)}失败。`,
  },
  logTail: "日志末尾：",
  more: (count) => `……另有 ${count} 项`,
  branch: (name) => `分支 ${name}`,
  commit: (id) => `提交 ${id}`,
  titled: (commit, title) => `${commit}：${title}`,
  committer: (name) => `提交者 ${name}`,
  committedBy: (who) => `提交者：${who}。`,
  committerHint: (name) => `这是您吗？输入 \`/builds me ${name}\` 以便今后失败时提及您。`,
  startedBy: (name) => `由 ${name} 启动`,
  triggeredAs: (name) => `由触发器启动（${name}）`,
  buildLink: "查看构建",
  consoleLink: "ServiceStage 控制台",
  observed: (time) => `状态获取于 ${time}`,
  buttons: {
    mute: { label: "静音" },
    stop: { label: "停止跟踪" },
    cancel: {
      label: "取消构建",
      confirm: {
        title: "取消这个构建？",
        text: "ServiceStage 将停止这个构建。消息列中会显示是您操作的。",
        confirm: "取消构建",
        deny: "继续构建",
      },
    },
    start: {
      label: "重新构建",
      confirm: {
        title: "重新构建？",
        text: "ServiceStage 将为该任务开始新的构建。消息列中会显示是您操作的。",
        confirm: "重新构建",
        deny: "暂不",
      },
    },
  },
  action: {
    done: actionDone,
    begun: {
      ...actionDone,
      start: (who) => `🔁 ${who} 请求为该任务开始新的构建。已有构建开始，因此没有再开始新的构建。`,
    },
    unknown: {
      ...actionDone,
      cancel: (who) => `⚠️ ${who} 请求 ServiceStage 取消这个构建，但没有收到答复。卡片会显示构建是否已取消。`,
      start: (who) =>
        `⚠️ ${who} 请求 ServiceStage 为该任务开始新的构建，但没有收到答复。新的构建可能已经开始。`,
    },
  },
};

const times = (builds: number, orMore: boolean): string =>
  builds === 1 && !orMore ? "的 1 次构建" : `${orMore ? "至少" : ""}连续 ${builds} 次`;
