import { createHash } from "node:crypto";
import {
  endsAfterMillis,
  fails,
  isCancelled,
  succeeds,
  timesOut,
  type Scenario,
  type ScenarioDetails,
} from "./scenarios.ts";

/** The sample jobs, as data: what was built before the start, and what people push from then on. */

export interface SampleJob {
  details: ScenarioDetails;
  /** Newest first. */
  earlier: readonly EarlierBuild[];
  /** One after the other, then from the beginning. */
  pushes: readonly Push[];
}

export interface Push {
  branch: string;
  commit_comment: string;
  committer: string;
  /** What the build does that follows. */
  plays: Scenario;
}

export interface EarlierBuild extends Push {
  /** Before the server's start. */
  hoursAgo: number;
  seconds: number;
}

const push = (branch: string, committer: string, commit_comment: string, plays = succeeds): Push => ({
  branch,
  committer,
  commit_comment,
  plays,
});

const earlier = (hoursAgo: number, seconds: number, ...what: Parameters<typeof push>): EarlierBuild => ({
  hoursAgo,
  seconds,
  ...push(...what),
});

const failedPayment: Scenario = {
  ...fails,
  lastWords: [
    "[ERROR] RefundTest.refundsTwice:57 expected: <1> but was: <2>",
    "[INFO] Tests run: 388, Failures: 1, Errors: 0, Skipped: 0",
    "[ERROR] Failed to execute goal maven-surefire-plugin:test: There are test failures.",
  ],
};

/** Nobody is subscribed to the last one when `npm start` begins: the page invites the reader to do it. */
export const sampleJobs: readonly SampleJob[] = [
  {
    details: succeeds.details,
    earlier: [
      earlier(3, 41, "main", "Mei Lin", "Show the delivery day at the checkout"),
      earlier(9, 38, "main", "Jonas Weber", "Keep the basket when the session ends"),
      earlier(26, 22, "feature/vouchers", "Amara Okafor", "Accept two vouchers", fails),
      earlier(27, 40, "main", "Mei Lin", "Move the address check to a service"),
      earlier(50, 44, "release/2.3", "Sofia Rossi", "Version 2.3.1"),
      earlier(75, 39, "main", "Jonas Weber", "Remove the old payment form"),
    ],
    pushes: [
      push("main", "Mei Lin", "Count a voucher once"),
      push("feature/vouchers", "Amara Okafor", "Accept two vouchers, and test them", fails),
      push("feature/vouchers", "Amara Okafor", "Mend the test of two vouchers"),
      push("main", "Jonas Weber", "Say why a card is declined"),
    ],
  },
  {
    details: fails.details,
    earlier: [
      earlier(5, 30, "main", "Jonas Weber", "Rank by stock"),
      earlier(29, 31, "main", "Sofia Rossi", "Index brands"),
      earlier(52, 29, "feature/synonyms", "Jonas Weber", "Read synonyms from a file"),
    ],
    pushes: [
      push("feature/synonyms", "Jonas Weber", "Stem after looking up", fails),
      push("feature/synonyms", "Jonas Weber", "Expect two results for sofas"),
      push("main", "Sofia Rossi", "Search within a brand"),
    ],
  },
  {
    details: isCancelled.details,
    earlier: [
      earlier(7, 52, "main", "Amara Okafor", "Write WebP, too"),
      earlier(31, 48, "main", "Mei Lin", "Scale on the other machines"),
    ],
    pushes: [
      push("main", "Amara Okafor", "Crop to the middle"),
      push("release/2.4", "Mei Lin", "Version 2.4.0", isCancelled),
    ],
  },
  {
    details: timesOut.details,
    earlier: [],
    pushes: [push("main", "Sofia Rossi", "Train at night", timesOut)],
  },
  {
    details: {
      job_id: "c6f2b1d4-0e57-4a39-9b8c-7d13f0a5e264",
      job_name: "payment-gateway",
      index: 341,
      repo_type: "GitHub",
      repo: "https://github.com/example/payment-gateway.git",
      branch: "main",
      commit_id: "2b8e6f0c4d1a93577f0e5c2d8b6a4193e0f7d5c1",
      commit_comment: "Send a refund once",
      committer: "Priya Nair",
      language: "Java",
      creator: "deploy",
      type: "system",
    },
    earlier: [
      earlier(4, 36, "main", "Priya Nair", "Log the bank's own reference"),
      earlier(28, 25, "main", "Priya Nair", "Refund in the currency of the order", failedPayment),
      earlier(30, 24, "main", "Tomás Silva", "Refund parts of an order", failedPayment),
      earlier(54, 35, "main", "Tomás Silva", "Ask the bank again after a time-out"),
    ],
    pushes: [
      push("main", "Priya Nair", "Send a refund once", failedPayment),
      push("main", "Priya Nair", "Send a refund once, also after a restart"),
      push("hotfix/currency", "Tomás Silva", "Round yen to whole yen"),
    ],
  },
];

/** The build that follows a push. @param number among the job's builds; it makes the commit's id */
export const scenarioOfPush = (
  { details }: SampleJob,
  { plays, ...commit }: Push,
  number: number,
): Scenario => ({
  ...plays,
  details: { ...details, ...detailsOf(commit), commit_id: hashOf(`commit ${details.job_id} ${number}`) },
});

/** It takes as long as it took. */
export function scenarioOfEarlier(job: SampleJob, build: EarlierBuild, number: number): Scenario {
  const scenario = scenarioOfPush(job, build, number);
  const stretch = (build.seconds * 1_000) / endsAfterMillis(scenario);
  const timeline = scenario.timeline.map(([at, ...what]) => [at * stretch, ...what] as const);
  return { ...scenario, timeline };
}

const detailsOf = ({ branch, commit_comment, committer }: Omit<Push, "plays">) => ({
  branch,
  commit_comment,
  committer,
});

/** The same text gives the same 40 characters, like those of an id. */
export const hashOf = (text: string): string => createHash("sha1").update(text).digest("hex");
