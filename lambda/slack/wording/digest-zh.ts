import type { Wording } from "./wording.ts";

export const digest: Wording["digest"] = {
  heading: (since, until) => `📊 *${since} 至 ${until} 的构建*`,
  builds: (count, atLeast, results) => `${atLeast ? "至少" : "共"} ${count} 次构建：${results.join("，")}`,
  succeeded: (count, share) => `成功 ${count} 次（${share}）`,
  failed: (count) => `失败 ${count} 次`,
  others: (count) => `其他 ${count} 次`,
  days: (bars) => `每日构建：${bars}`,
  median: (duration, before) =>
    `用时中位数：${duration}${before === undefined ? "" : `（前一周：${before}）`}`,
  failsMost: (phase, builds, failed) => `失败最多的阶段：${phase}（${failed} 次失败中的 ${builds} 次）`,
  slowed: (job, before, duration) => `变慢最多的任务：${job}，从 ${before} 变为 ${duration}`,
  columns: ["任务", "构建", "成功", "用时中位数"],
  unknownJob: "未知任务",
  moreJobs: (count) => `……另有 ${count} 个任务`,
};
