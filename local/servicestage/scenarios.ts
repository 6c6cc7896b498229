/** The sample builds, as data. The state of a build depends only on the time since its beginning. */

export interface Scenario {
  details: ScenarioDetails;
  /** In the order of time. A phase is NotStarted before its first entry. The last entry ends the build. */
  timeline: readonly TimelineEntry[];
  /** The last lines of the log of the ended build. */
  lastWords: readonly string[];
}

export type TimelineEntry = readonly [afterMillis: number, phase: string, state: string];

export interface ScenarioDetails {
  job_id: string;
  job_name: string;
  /** The number of the job's first build here. The next builds get the next numbers. */
  index: number;
  repo_type: string;
  repo: string;
  branch: string;
  commit_id: string;
  commit_comment: string;
  committer: string;
  language: string;
  creator: string;
  /** `user`: a person started the build · `system`: a trigger did. */
  type: "user" | "system";
}

const phaseNames = ["Init", "Download", "PreProcess", "Build", "Artifact", "PostProcess"];

/** The six phases in their order, at this time after the build's beginning. */
export function phasesAt({ timeline }: Scenario, elapsedMillis: number): { name: string; state: string }[] {
  const past = timeline.filter(([afterMillis]) => afterMillis <= elapsedMillis);
  return phaseNames.map((name) => {
    const [, , state = "NotStarted"] = past.findLast(([, phase]) => phase === name) ?? [];
    return { name, state };
  });
}

/** The state in the build's details: `Building` until the last entry of the timeline. */
export function buildStateAt(scenario: Scenario, elapsedMillis: number): string {
  const [afterMillis, , state] = lastEntry(scenario);
  return elapsedMillis < afterMillis ? "Building" : state;
}

/** How long the build takes. */
export const endsAfterMillis = (scenario: Scenario): number => lastEntry(scenario)[0];

function lastEntry({ timeline }: Scenario): TimelineEntry {
  const last = timeline.at(-1);
  if (!last) throw new RangeError("A scenario needs at least one entry in its timeline");
  return last;
}

const upToBuild: readonly TimelineEntry[] = [
  [0, "Init", "Queuing"],
  [1_500, "Init", "Building"],
  [3_000, "Init", "Successful"],
  [3_200, "Download", "Queuing"],
  [4_000, "Download", "Building"],
  [8_000, "Download", "Successful"],
  [8_200, "PreProcess", "Queuing"],
  [9_000, "PreProcess", "Building"],
  [11_000, "PreProcess", "Successful"],
  [11_200, "Build", "Queuing"],
  [13_000, "Build", "Building"],
];

export const succeeds: Scenario = {
  details: {
    job_id: "b81e5f41-2a55-4f0b-8d5c-5c2d8a1f7e10",
    job_name: "webshop-checkout",
    index: 214,
    repo_type: "GitHub",
    repo: "https://github.com/example/webshop-checkout.git",
    branch: "main",
    commit_id: "4f1c9a27d1f04b3e6f27a5d0c0a3b9d8e7f61524",
    commit_comment: "Round the tax per line, as the invoices do",
    committer: "Mei Lin",
    language: "Java",
    creator: "deploy",
    type: "system",
  },
  timeline: [
    ...upToBuild,
    [24_000, "Build", "Successful"],
    [24_200, "Artifact", "Queuing"],
    [25_000, "Artifact", "Building"],
    [27_000, "Artifact", "Pushing"],
    [31_000, "Artifact", "Successful"],
    [31_200, "PostProcess", "Queuing"],
    [32_000, "PostProcess", "Building"],
    [34_000, "PostProcess", "Successful"],
  ],
  lastWords: ["The push refers to repository [swr.example.com/shop/webshop-checkout]", "Build finished"],
};

export const fails: Scenario = {
  details: {
    job_id: "0d7c6d55-91c8-4c0e-9f0f-3c9a2f4b6f21",
    job_name: "webshop-search",
    index: 87,
    repo_type: "GitHub",
    repo: "https://github.com/example/webshop-search.git",
    branch: "feature/synonyms",
    commit_id: "c03b7e5512d94a6fb0e1c8a7f4d2390be6571a08",
    commit_comment: "Look synonyms up before stemming",
    committer: "Jonas Weber",
    language: "Node.js",
    creator: "deploy",
    type: "system",
  },
  timeline: [...upToBuild, [22_000, "Build", "Failed"]],
  lastWords: [
    "> webshop-search@3.8.0 test",
    "> jest --ci",
    "",
    "\u001B[31mFAIL\u001B[39m test/synonyms.test.js",
    "  ● synonyms › are looked up before stemming",
    "",
    "    expect(received).toHaveLength(expected)",
    "",
    "    Expected length: 3",
    "    Received length: 2",
    "",
    "      at test/synonyms.test.js:41:28",
    "",
    "Tests: 1 failed, 212 passed, 213 total",
    "uploading the report with --token 9f2c1e7ab3d84c60 to https://ci:s3cr3t-pass@reports.example.com",
    "npm error code ELIFECYCLE",
  ],
};

export const isCancelled: Scenario = {
  details: {
    job_id: "5a3f1c90-7be4-4f4e-8b02-d1e6c7a89b32",
    job_name: "webshop-images",
    index: 1032,
    repo_type: "GitHub",
    repo: "https://github.com/example/webshop-images.git",
    branch: "release/2.4",
    commit_id: "9ad0e4417f6b4c2d8e35b1a0c7f6d5e4b3a29180",
    commit_comment: "Keep the colour profile of thumbnails",
    committer: "Amara Okafor",
    language: "Go",
    creator: "amara",
    type: "user",
  },
  timeline: [...upToBuild, [20_000, "Build", "Cancel"]],
  lastWords: ["The build was cancelled by amara"],
};

export const timesOut: Scenario = {
  details: {
    job_id: "e94b7a02-63d1-4d9a-a1c5-f08e5b7c2d43",
    job_name: "webshop-recommendations",
    index: 56,
    repo_type: "GitHub",
    repo: "https://github.com/example/webshop-recommendations.git",
    branch: "main",
    commit_id: "71e0d2c3b4a5968778695a4b3c2d1e0f12345678",
    commit_comment: "Train with last year's baskets too",
    committer: "Sofia Rossi",
    language: "Python",
    creator: "deploy",
    type: "system",
  },
  timeline: [...upToBuild, [38_000, "Build", "Timeout"]],
  lastWords: ["Epoch 9 of 40", "Epoch 10 of 40", "Epoch 11 of 40", "The build took longer than it may"],
};

export const scenarios = { succeeds, fails, isCancelled, timesOut };
