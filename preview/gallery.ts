import { registerBuild, type Build, type Settings, type Trouble } from "../lambda/domain/build.ts";
import { actions } from "../lambda/domain/action.ts";
import type { NamedCommitter } from "../lambda/domain/committer.ts";
import { addCardRevision, type AbandonReason, type MessageContent } from "../lambda/domain/delivery.ts";
import type { Measured } from "../lambda/domain/duration.ts";
import { noNotices } from "../lambda/domain/notices.ts";
import type { Outcome } from "../lambda/domain/outcome.ts";
import { hasEnded, phaseNames, type Phase } from "../lambda/domain/phase.ts";
import type { Row } from "../lambda/domain/row.ts";
import type { Language } from "../lambda/names.ts";
import type { Rendered } from "../lambda/slack/blocks.ts";
import { renderCard } from "../lambda/slack/card.ts";
import { renderMessage } from "../lambda/slack/messages.ts";
import type { ServiceStageFailure } from "../lambda/tracking/ports.ts";

/** Every message that the product can send, for one build in all its states. The preview shows them; the tests check them. */

export interface Entry {
  /** The message's name, such as "card: failed". */
  name: string;
  section: SectionName;
  /** The name without its section. */
  caption: string;
  message: Rendered;
}

export type SectionName = "card" | "reply" | "notice";

/** The start of the build: 2026-11-23 15:00:00 UTC. */
const startedAt = Date.UTC(2026, 10, 23, 15);
/** The end of the build. */
export const endedAt = startedAt + 272_000;

const details = {
  jobId: "b81e5f41",
  jobName: "webshop-checkout",
  index: "214",
  branch: "feature/tax-per-line",
  commitId: "4f1c9a27d1f04b3e6f27a5d0c0a3b9d8e7f61524",
  commitUrl: "https://github.com/example/webshop-checkout/commit/4f1c9a27d1f04b3e6f27a5d0c0a3b9d8e7f61524",
  commitComment: "Round the tax per line, as the invoices do\n\nSee TAX-17.",
  committer: "Mei Lin",
  creator: "deploy",
  type: "system",
  startedAt,
};

const settings: Settings = {
  channel: "C0BUILDS001",
  mention: ["U0JONAS001", "S0ONCALL01"],
  thread: true,
  label: "nightly",
};

const usual = { medianMillis: 240_000, builds: 8 };

const exact = (seconds: number): Measured => ({ kind: "exact", millis: seconds * 1_000 });

/** Seconds after the build's beginning. */
const phase = (name: string, state: string, from: number, since: number): Phase => ({
  id: name,
  name,
  state,
  startedAt: startedAt + from * 1_000,
  since: startedAt + since * 1_000,
  ...(hasEnded(state) && { lasted: exact(since - from) }),
});

const upToBuild = [
  phase("Init", "Successful", 0, 4),
  phase("Download", "Successful", 4, 21),
  phase("PreProcess", "Successful", 22, 30),
];

const unknown: Build = registerBuild("0f7fqckz", "registration-1", settings, startedAt);

const build = (state: Partial<Build>): Build => ({
  ...unknown,
  delivery: addCardRevision(unknown.delivery),
  details,
  ...state,
});

const moving = build({ snapshot: [...upToBuild, phase("Build", "Building", 32, 34)], usual });

const slow: Build = { ...moving, slowSince: startedAt + 600_000 };

const logTail = [
  "> webshop-checkout@5.1.0 test",
  "FAIL test/tax.test.js",
  "  ● tax › is rounded per line",
  "    Expected: 4.56",
  "    Received: 4.55",
  "Tests: 1 failed, 212 passed, 213 total",
  "npm error --token [masked]",
];

const ended = (outcome: Outcome, last: Phase[], closing: Build["closing"] = {}): Build =>
  build({
    status: "ended",
    outcome,
    snapshot: [...upToBuild, ...last],
    details: { ...details, endedAt },
    changedAt: endedAt,
    closing,
    usual,
    row: { of: outcome === "succeeded" ? "failures" : "successes", builds: 3 },
  });

/** A build that was observed only twice, at its beginning and at its end. ServiceStage does not give its start. */
const hardlyObserved = build({
  ...ended("failed", []),
  snapshot: [
    { ...phase("Init", "Successful", 0, 95), lasted: { kind: "atMost", millis: 95_000 } },
    { id: "Download", name: "Download", state: "Successful", since: startedAt + 95_000 },
    {
      id: "Build",
      name: "Build",
      state: "Failed",
      since: startedAt + 95_000,
      lasted: { kind: "atMost", millis: 95_000 },
    },
  ],
  details: { ...details, branch: "__init__", committer: "*release* :100: @here" },
  lasted: { kind: "atMost", millis: 95_000 },
});

/** A build without a card, so a message must contain everything. */
const alone: Build = {
  ...ended("failed", [phase("Build", "Failed", 32, 272)], { logTail: logTail.slice(-1) }),
  registration: { ...unknown.registration, thread: false, notify: "failures" },
  delivery: unknown.delivery,
};

const endings: Record<Outcome, Build> = {
  succeeded: ended("succeeded", [
    phase("Build", "Successful", 32, 190),
    phase("Artifact", "Successful", 191, 262),
    phase("PostProcess", "Successful", 262, 272),
  ]),
  failed: ended("failed", [phase("Build", "Failed", 32, 272)], { logTail }),
  timedOut: ended("timedOut", [phase("Build", "Timeout", 32, 272)], { logTail: logTail.slice(0, 1) }),
  cancelled: ended("cancelled", [phase("Build", "Cancel", 32, 272)]),
  deleted: ended("deleted", [phase("Build", "Deleted", 32, 272)]),
  ended: ended("ended", []),
};

const troubles: ServiceStageFailure[] = [
  "unknownBuild",
  "refused",
  "forbidden",
  "throttled",
  "unavailable",
  "notUnderstood",
];
const trouble = (reason: string): Trouble => ({ reason, since: startedAt + 60_000, shown: true });
const abandonments: AbandonReason[] = ["unchanged", "unknownBuild"];

const cards: Record<string, Build> = {
  "before the first poll": unknown,
  "not started": build({}),
  running: moving,
  "past its expected end": { ...moving, changedAt: endedAt, usual: { ...usual, medianMillis: 20_000 } },
  slow,
  "pushing, with an unknown phase and an unknown state": build({
    snapshot: [...upToBuild, phase("Artifact", "Pushing", 40, 42), phase("Scan", "Napping", 50, 50)],
  }),
  ...endings,
  "failed, with few observations": hardlyObserved,
  ...Object.fromEntries(
    troubles.map((reason) => [`status unknown: ${reason}`, { ...moving, trouble: trouble(reason) }]),
  ),
  ...Object.fromEntries(
    abandonments.map((abandoned) => [
      `abandoned: ${abandoned}`,
      { ...moving, status: "abandoned" as const, abandoned },
    ]),
  ),
  stopped: { ...moving, status: "stopped" },
};

const done = { id: "request-1", number: 1, by: "U0ANN000001", at: startedAt, result: "done" } as const;

const withButtons: Record<string, Build> = {
  "with buttons, running": moving,
  "with buttons, muted": { ...moving, actions: { mute: done } },
  "with buttons, cancelled by one": { ...moving, actions: { cancel: done } },
  "with buttons, failed": endings.failed,
  "with buttons, built again": { ...endings.failed, actions: { start: done } },
  "with buttons, stopped": { ...moving, status: "stopped" },
};

const states = [
  "Queuing",
  "Building",
  "Pushing",
  "Successful",
  "Failed",
  "Timeout",
  "Cancel",
  "Deleted",
  "NotStarted",
];

const transition = (from: string, to: string, phaseName = "Build") => ({
  phase: phaseName,
  from,
  to,
  at: endedAt,
  ...(hasEnded(to) && { lasted: exact(240) }),
});

const lastStates: Partial<Record<Outcome, string>> = {
  succeeded: "Successful",
  failed: "Failed",
  timedOut: "Timeout",
  cancelled: "Cancel",
  deleted: "Deleted",
};

const rows: [string, Outcome, Row][] = [
  [
    "the first failure after at least 100 successes",
    "failed",
    { of: "successes", builds: 100, orMore: true },
  ],
  ["a failure after a failure", "timedOut", { of: "failures", builds: 1 }],
  ["a failure after at least 21 failures", "failed", { of: "failures", builds: 21, orMore: true }],
  ["a success after a failure", "succeeded", { of: "failures", builds: 1 }],
];

const committers: Record<string, NamedCommitter> = {
  "a failure whose committer is linked": { user: "U0MEILIN01" },
  "a failure whose committer is not linked, for the first time": { name: details.committer, hint: true },
  "a failure whose committer is not linked": { name: details.committer },
};

const replies: Record<string, [Build, MessageContent, sentAt?: number]> = {
  "caught up": [
    moving,
    {
      kind: "caughtUp",
      transitions: phaseNames.slice(0, 4).map((name) => transition("NotStarted", "Successful", name)),
    },
  ],
  "caught up with an end": [
    endings.failed,
    {
      kind: "caughtUp",
      transitions: [transition("NotStarted", "Successful", "Init"), transition("NotStarted", "Failed")],
      outcome: "failed",
    },
  ],
  ...Object.fromEntries(
    states.map((to) => [
      `to ${to}`,
      [moving, { kind: "transition", transition: transition("Building", to) }],
    ]),
  ),
  ...Object.fromEntries(
    Object.entries(lastStates).map(([outcome, to]) => [
      `the last transition: ${outcome}`,
      [
        endings[outcome as Outcome],
        { kind: "transition", transition: transition("Building", to), outcome: outcome as Outcome },
      ],
    ]),
  ),
  "the last transition of a build with few observations": [
    hardlyObserved,
    {
      kind: "transition",
      transition: { ...transition("NotStarted", "Failed"), lasted: { kind: "atMost", millis: 95_000 } },
      outcome: "failed",
    },
  ],
  "a failure in the channel, without a card": [
    alone,
    { kind: "transition", transition: transition("Building", "Failed"), outcome: "failed" },
  ],
  ...Object.fromEntries(
    Object.entries(committers).map(([name, committer]) => [
      name,
      [
        { ...endings.failed, closing: { ...endings.failed.closing, committer } },
        { kind: "transition", transition: transition("Building", "Failed"), outcome: "failed" },
      ],
    ]),
  ),
  slow: [slow, { kind: "slow", startedAt, medianMillis: usual.medianMillis }],
  ...Object.fromEntries(
    rows.map(([name, outcome, row]) => [
      name,
      [
        { ...endings[outcome], row },
        { kind: "transition", transition: transition("Building", lastStates[outcome]!), outcome },
      ],
    ]),
  ),
  "in the channel": [
    { ...moving, registration: { ...moving.registration, thread: false } },
    { kind: "transition", transition: transition("Queuing", "Building") },
  ],
  late: [moving, { kind: "transition", transition: transition("Queuing", "Building") }, endedAt + 3_600_000],
  ...Object.fromEntries(
    actions.flatMap((action) => {
      const by = done.by;
      const told: [string, [Build, MessageContent]][] = [
        [`pressed: ${action}`, [moving, { kind: "action", action, by, result: "done" }]],
      ];
      if (action === "cancel" || action === "start")
        told.push([
          `pressed, without an answer: ${action}`,
          [moving, { kind: "action", action, by, result: "unknown" }],
        ]);
      return told;
    }),
  ),
  "an end without a transition": [endings.ended, { kind: "ended", outcome: "ended" }],
  ...Object.fromEntries(
    abandonments.map((reason) => [`abandoned: ${reason}`, [moving, { kind: "abandoned", reason }]]),
  ),
};

const notices: Record<string, MessageContent> = {
  ...Object.fromEntries(
    troubles.map((reason) => [`outage begins: ${reason}`, { kind: "outOfReach", since: startedAt, reason }]),
  ),
  "job unknown": { kind: "jobUnreadable", job: "webshop-checkout", reason: "unknownJob", since: startedAt },
  "job unreadable": { kind: "jobUnreadable", job: "webshop-checkout", reason: "forbidden", since: startedAt },
  "outage over": { kind: "backInReach", since: startedAt },
};

/** All entries, cards first. */
export function createGallery(language: Language): Entry[] {
  const render = { region: "ap-southeast-3", language };
  const at = { number: 1, at: endedAt };
  const channel = noNotices(settings.channel, "notices-1");
  const entry = (section: SectionName, caption: string, message: Rendered): Entry => ({
    name: `${section}: ${caption}`,
    section,
    caption,
    message,
  });
  return [
    ...Object.entries(cards).map(([caption, each]) => entry("card", caption, renderCard(each, render))),
    ...Object.entries(withButtons).map(([caption, each]) =>
      entry("card", caption, renderCard(each, { ...render, actions })),
    ),
    ...Object.entries(replies).map(([caption, [each, content, sentAt]]) =>
      entry("reply", caption, renderMessage(each, { ...at, ...content }, render, sentAt)),
    ),
    ...Object.entries(notices).map(([caption, content]) =>
      entry("notice", caption, renderMessage(channel, { ...at, ...content }, render)),
    ),
  ];
}
