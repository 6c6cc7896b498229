import * as z from "zod/mini";
import type { Settings } from "../domain/build.ts";
import { branchLength, faultOfGlob, globsAtMost, starsAtMost } from "../domain/branches.ts";
import { committerLength, committerName } from "../domain/committer.ts";
import { idPattern } from "../domain/id.ts";
import { jobNameLength } from "../domain/job.ts";
import { isVisible } from "../domain/visible.ts";
import { mentionPattern, mentionsAtMost, notifications, slackIds } from "../names.ts";
import { problemKinds } from "./problem.ts";

/** The schemas of requests and answers. They parse the requests, and the OpenAPI document is made from them. */

/** Schemas with an id become components of the document. */
export const components = z.registry<z.core.GlobalMeta>();

const id = (pattern: RegExp, expected: string) =>
  z
    .string({ error: ({ input }) => (input === undefined ? `is required, and ${expected}` : expected) })
    .check(z.regex(pattern, expected));

const idExpected = "must be 1 to 128 letters, digits, '-' and '_', beginning with a letter or a digit";

export const buildId = id(idPattern, idExpected).register(components, {
  description: "The ID that ServiceStage gave the build.",
  examples: ["0f7fqckzmjcfi0f7yxhx91l2rwrfyzd2poac90b5"],
});

export const jobId = id(idPattern, idExpected).register(components, {
  description: "The ID that ServiceStage gave the job.",
  examples: ["6b3b1f0c2a5d4a0e9f8c7d6e5b4a3f2e1d0c9b8a"],
});

export const channel = id(
  slackIds.channel,
  "must be a channel ID such as C0123456789: Slack shows the ID at the bottom of the channel's details",
);

const mentionId = id(
  mentionPattern,
  "must be the ID of a Slack user (U… or W…) or user group (S…), such as U0123456789, or the word committer",
);

const mention = z.union(
  [
    mentionId,
    z.array(mentionId).check(z.maxLength(mentionsAtMost, `must have at most ${mentionsAtMost} entries`)),
  ],
  `must be an ID such as U0123456789, the word committer, or a list of at most ${mentionsAtMost} of them`,
);

const yesOrNo = z.boolean("must be true or false");

const notify = z.enum(notifications, `must be one of ${notifications.join(", ")}`);

const labelExpected =
  "must be a text of 1 to 100 characters, with a visible character and without control characters";
const label = z
  .string(labelExpected)
  // DynamoDB can't store half a surrogate pair. A label has one line, so it contains no line separators.
  .check(
    z.trim(),
    z.regex(/^[^\p{Cc}\p{Cs}\p{Zl}\p{Zp}]{1,100}$/u, { error: labelExpected, abort: true }),
    z.refine(isVisible, labelExpected),
  );

const glob = z.string("must be a text").check(
  z.check(({ value, issues }) => {
    const fault = faultOfGlob(value);
    if (fault !== undefined)
      issues.push({ code: "custom", message: `is not a pattern of a branch: ${fault}`, input: value });
  }),
);

const branchesExpected = `must be a list of 1 to ${globsAtMost} patterns. Leave it out for all branches`;
const branches = z
  .array(glob, branchesExpected)
  .check(z.minLength(1, branchesExpected), z.maxLength(globsAtMost, branchesExpected));

/** The settings that a registration and a subscription have in common. */
const commonSettings = {
  label: z.optional(label).register(components, { description: "A name to show beside the job's name." }),
  mention: z.optional(mention).register(components, {
    description:
      "Whom a failure mentions: IDs of Slack users and user groups. `committer` stands for whoever made the commit; " +
      "a committer who is not linked with a Slack user is named. Default: the stack's setting.",
  }),
  thread: z.optional(yesOrNo).register(components, {
    description:
      "true: transitions go into the card's thread. false: transitions go into the channel itself. " +
      "Default: the stack's setting.",
  }),
  notify: z.optional(notify).register(components, {
    description:
      "`all`: every transition, and a card that always shows the current state; `progress`: the same without the " +
      "transitions of a phase that is not started or queued; `changes`: only a failure after a success, and a success " +
      "after a failure; `failures`: only failures, and nothing about a build that succeeds; `end`: only the result. " +
      "Default: the stack's setting.",
  }),
  tellSlow: z.optional(yesOrNo).register(components, {
    description:
      "Whether a message is sent when the build takes more than twice as long as usual, and at least five minutes " +
      "more. With `notify` set to `changes` or `end` there is no such message. Default: true.",
  }),
};

const ofBody = {
  error: (issue: { code: string }) =>
    issue.code === "unrecognized_keys" ? "is not a known field" : "must be a JSON object",
};

const registrationBody = z
  .strictObject(
    {
      channel: z.optional(channel).register(components, {
        description: "The ID of the Slack channel. Default: the stack's setting, if there is one.",
      }),
      ...commonSettings,
    },
    ofBody,
  )
  .register(components, {
    id: "Registration",
    examples: [
      { channel: "C0123456789", label: "checkout", mention: ["U0123456789"], thread: true, notify: "all" },
    ],
  });

const subscriptionBody = z
  .strictObject(
    {
      branches: z.optional(branches).register(components, {
        description:
          "Patterns of the branches whose builds are wanted. Without patterns the builds of all branches are wanted. " +
          "`*` stands for any characters except `/`, `**` between slashes for any number of segments, also none, `?` for one " +
          "character. Letters, digits and the characters `_.+#@=,-/` stand for themselves; others are refused. A " +
          `pattern has at most ${branchLength} characters and ${starsAtMost} stars. A build without a branch is always ` +
          "wanted.",
      }),
      ...commonSettings,
    },
    ofBody,
  )
  .register(components, {
    id: "SubscriptionSettings",
    examples: [
      { branches: ["main", "release/*"], label: "checkout", mention: ["U0123456789"], notify: "all" },
    ],
  });

/** The defaults for fields that the body leaves out. Without a default channel the body must name a channel. */
export type RegistrationDefaults = {
  [K in Exclude<keyof Settings, "label" | "tellSlow">]?: Settings[K] | undefined;
};

const defaultsOf = (others: RegistrationDefaults) => ({
  mention: z.prefault(mention, others.mention ?? []),
  thread: z.prefault(yesOrNo, others.thread ?? true),
  notify: z.prefault(notify, others.notify ?? "all"),
  tellSlow: z.prefault(yesOrNo, true),
});

/** The schema of the body, with the defaults filled in. */
export const registrationBodyFor = ({ channel: byDefault, ...others }: RegistrationDefaults) =>
  z.extend(registrationBody, {
    channel: byDefault === undefined ? channel : z.prefault(channel, byDefault),
    ...defaultsOf(others),
  });

/** Like {@link registrationBodyFor}. The channel stands in the path. */
export const subscriptionBodyFor = (defaults: RegistrationDefaults) =>
  z.extend(subscriptionBody, defaultsOf(defaults));

const statuses = ["tracking", "stopping", "ended", "abandoned", "stopped"] as const;

const channelFilter = (description: string) => z.optional(channel).register(components, { description });

const ofQuery = {
  error: (issue: { code: string }) =>
    issue.code === "unrecognized_keys" ? "is not a known parameter" : undefined,
};

export const noQuery = z.strictObject({}, ofQuery);

/** The query of an operation that takes a build in one of its channels, or in all. */
export const channelQuery = z.strictObject(
  { channel: channelFilter("Only in this channel. Default: in every channel of the build.") },
  ofQuery,
);

const limitExpected = "must be a whole number from 1 to 100";

const paging = {
  limit: z
    .prefault(
      z.pipe(
        // Digits only: Number() would read 1e1 and 0x5 too.
        z.transform((value: unknown) => (/^\d+$/.test(String(value)) ? Number(value) : value)),
        z
          .number(limitExpected)
          .check(
            z.gte(1, { error: limitExpected, abort: true }),
            z.lte(100, { error: limitExpected, abort: true }),
            z.int(limitExpected),
          ),
      ),
      50,
    )
    .register(components, { description: "The maximum number of entries in a page." }),
  cursor: z
    // The longest cursor holds the longest ids of a build and of a channel.
    .optional(
      z.string().check(z.regex(/^[A-Za-z0-9_-]{1,300}$/, "must be the value of `next` from an earlier page")),
    )
    .register(components, {
      description:
        "The value of `next` from the previous page, with the same filters. Without a cursor the answer is the first page.",
    }),
};

const ofJob = (description: string) => z.optional(jobId).register(components, { description });

export const listQuery = z.strictObject(
  {
    status: z.optional(z.enum(statuses, `must be one of ${statuses.join(", ")}`)).register(components, {
      description: "Lists only builds with this status.",
    }),
    channel: channelFilter("Lists only registrations in this channel."),
    job: ofJob("Lists only builds of this job, as far as their job is known."),
    ...paging,
  },
  ofQuery,
);

export const subscriptionsQuery = z.strictObject(
  {
    channel: channelFilter("Lists only subscriptions of this channel."),
    job: ofJob("Lists only subscriptions to this job."),
    ...paging,
  },
  ofQuery,
);

const nameExpected = `must be the name of a job: 1 to ${jobNameLength} characters, without control characters`;
const namePattern = new RegExp(String.raw`^[^\p{Cc}\p{Cs}]{1,${jobNameLength}}$`, "u");

export const jobsQuery = z.strictObject(
  {
    name: z
      .string({
        error: ({ input }) => (input === undefined ? `is required, and ${nameExpected}` : nameExpected),
      })
      .check(z.regex(namePattern, { error: nameExpected, abort: true }), z.refine(isVisible, nameExpected))
      .register(components, {
        description: "The name as ServiceStage shows it. Upper and lower case differ.",
        examples: ["checkout-service"],
      }),
  },
  ofQuery,
);

const committerExpected = `must be the name of a committer, with 1 to ${committerLength} characters`;

/** The name becomes what is stored. */
export const committerQuery = z.strictObject(
  {
    name: z
      .pipe(
        z
          .string(committerExpected)
          .check(z.refine((text) => committerName(text) !== undefined, committerExpected)),
        z.transform((text) => committerName(text) ?? text),
      )
      .register(components, {
        description:
          "The committer's name in ServiceStage. Upper and lower case, spaces and quotation marks don't matter.",
        examples: ["Ada Lovelace"],
      }),
  },
  ofQuery,
);

export const proposalBody = z
  .strictObject({ user: id(slackIds.user, "must be the ID of a Slack user, such as U0123456789") }, ofBody)
  .register(components, { id: "Proposal" });

const time = (description: string) => z.iso.datetime().register(components, { description });
const text = (description: string) => z.string().register(components, { description });
const status = z.enum(statuses).register(components, {
  description:
    "`stopping`: a request to stop was made, and the notifier has not handled it yet. " +
    "The last messages may still be pending after the build has ended.",
});
const outcome = z.enum(["succeeded", "failed", "timedOut", "cancelled", "deleted", "ended"]);
const link = (description: string) => z.url().register(components, { description });
const messageKind = z.enum([
  "card",
  "caughtUp",
  "transition",
  "ended",
  "slow",
  "abandoned",
  "omitted",
  "action",
  "jobUnreadable",
  "outOfReach",
  "backInReach",
  "digest",
]);

const settingsView = z.strictObject({
  channel: z.string(),
  label: z.optional(z.string()),
  mention: z.array(z.string()),
  thread: z.boolean(),
  notify: z.enum(notifications).register(components, {
    description: "`end` also for a build that somebody muted in Slack: the history shows who did it.",
  }),
  tellSlow: z.boolean(),
});

const seconds = (description: string) =>
  z.optional(z.number().check(z.gte(0)).register(components, { description }));

const phaseView = z
  .strictObject({
    name: z.string(),
    state: text("ServiceStage's name for the state. NotStarted until another state was observed."),
    since: z.optional(time("When the phase was first observed in this state.")),
    durationSeconds: seconds(
      "How long the phase ran: given when its start and its end were both observed within about one poll interval. " +
        "While the phase runs: the time since it was first observed running.",
    ),
    durationAtMostSeconds: seconds(
      "Given in place of durationSeconds when the exact duration is not known: the notifier did not poll for a while, " +
        "or ServiceStage gives only the duration of the whole build.",
    ),
  })
  .register(components, { id: "Phase" });

/** Of a message, whether it is pending or in the history. */
const messageFields = {
  kind: messageKind,
  what: text("What the message says."),
  recordedAt: z.optional(time("When the change was observed. A card has no such time.")),
};

const pendingView = z
  .strictObject({
    ...messageFields,
    why: z
      .enum(["waiting", "sending", "inDoubt", "refused", "unavailable", "tokenRefused"])
      .register(components, {
        description:
          "Why the message is still pending. `waiting`: a later pass sends it. `sending`: it is being sent. " +
          "`inDoubt`: an earlier attempt may have arrived. `refused`: Slack refuses the channel or the card. " +
          "`unavailable`: Slack accepts nothing at the moment. `tokenRefused`: Slack rejects the bot token.",
      }),
    detail: text("The reason as a sentence, and what to do."),
    since: z.optional(time("Since when the reason has applied.")),
    nextTryAt: z.optional(time("The next attempt is not made before this time.")),
  })
  .register(components, { id: "PendingMessage" });

const historyView = z
  .strictObject({
    ...messageFields,
    how: z.enum(["sent", "found", "undeliverable", "leftOut"]).register(components, {
      description:
        "`sent`: Slack confirmed the message. `found`: Slack's answer was lost, and the message was found in Slack. " +
        "`undeliverable`: Slack refused the content, or Slack's answers were lost and the app has no permission to " +
        "check whether the message arrived. `leftOut`: not sent, because of the settings `notify` and `tellSlow`.",
    }),
    at: time("When the message was sent, found, given up or left out."),
    link: z.optional(link("The message in Slack.")),
    reason: z.optional(text("Why the message is undeliverable.")),
  })
  .register(components, { id: "HistoryEntry" });

const subscribedJobId = z.optional(
  text(
    "The ID of the job whose subscription made this registration. Absent when a user registered the build.",
  ),
);

const troubleView = (description: string) =>
  z.optional(
    z
      .strictObject({
        reason: z.string(),
        detail: text("The reason as a sentence, and what to do."),
        since: z.optional(time("When the problem began.")),
        nextTryAt: z.optional(time("The notifier does not call ServiceStage before this time.")),
      })
      .register(components, { description }),
  );

const channelProblemView = (description: string) =>
  z.optional(
    z
      .strictObject({
        detail: text("What Slack says about the channel, and what to do."),
        since: time("When the problem was found."),
      })
      .register(components, { description }),
  );

const pendingViews = z
  .array(pendingView)
  .register(components, { description: "In the order in which the messages are sent." });
const historyViews = z.array(historyView).register(components, { description: "Newest first, at most 50." });
const expiresAt = z.optional(time("When the stored entry is deleted."));
const pendingCount = z.int().register(components, { description: "How many messages are pending." });

const rowView = z
  .strictObject({
    of: z.enum(["successes", "failures"]),
    builds: z.int(),
    orMore: z.optional(z.literal(true)),
  })
  .register(components, {
    id: "Row",
    description:
      "The builds of the job right before this build that ended alike. Cancelled builds are not counted. `orMore`: " +
      "there may be more, since no earlier build is known. Until the build has ended: as of its first poll.",
  });

const buildView = z
  .strictObject({
    buildId: z.string(),
    status,
    outcome: z.optional(outcome),
    abandoned: z.optional(
      z.enum(["unchanged", "unknownBuild"]).register(components, {
        description:
          "Why tracking stopped. `unchanged`: nothing changed for too long. `unknownBuild`: ServiceStage could not find the build for an hour.",
      }),
    ),
    settings: settingsView,
    registeredAt: time("When this registration was made."),
    subscribedJobId,
    stopRequestedAt: z.optional(time("When the request to stop was made.")),
    changedAt: time("When the last change was observed. The registration counts as a change."),
    abandonedAfter: z.optional(time("Tracking stops at this time if nothing changes before.")),
    durationSeconds: seconds(
      "How long the build took, by ServiceStage's clock or as observed. Only for a build that has ended.",
    ),
    durationAtMostSeconds: seconds(
      "Given in place of durationSeconds when the start and the end were not observed exactly.",
    ),
    expiresAt,
    job: z.optional(
      z.strictObject({
        id: z.optional(z.string()),
        name: z.optional(z.string()),
        index: z.optional(text("The build's number within the job.")),
        branch: z.optional(z.string()),
        commitId: z.optional(z.string()),
        commitComment: z.optional(z.string()),
        committer: z.optional(z.string()),
        commitUrl: z.optional(link("The commit's page in its repository.")),
        creator: z.optional(text("Who started the build, as ServiceStage names them.")),
        type: z.optional(text("`user`: a person started the build. `system`: a trigger did.")),
        startedAt: z.optional(time("By ServiceStage's clock.")),
        endedAt: z.optional(time("By ServiceStage's clock.")),
      }),
    ),
    usualSeconds: seconds(
      "How long the job's builds usually take: the median of those that succeeded, as of the first poll.",
    ),
    slowSince: z.optional(time("Since when it is known that the build takes longer than usual.")),
    row: z.optional(rowView),
    phases: z.array(phaseView).register(components, {
      description: "The six documented phases in the order in which they run, then any others.",
    }),
    trouble: troubleView("Why the notifier can't read the build at the moment."),
    channelProblem: channelProblemView("Slack refuses the channel, although no message is pending yet."),
    card: z.optional(
      z.strictObject({
        upToDate: z.boolean(),
        link: z.optional(link("The build's card in Slack.")),
      }),
    ),
    pending: pendingViews,
    omittedChanges: z.optional(
      z.int().register(components, {
        description:
          "How many changes were observed while the pending messages had no room for more. A message gives their " +
          "number once there is room.",
      }),
    ),
    history: z.array(historyView).register(components, { description: "Newest first, at most 50." }),
  })
  .register(components, { id: "Build", description: "A build in one channel: a registration." });

const registrationsView = z
  .strictObject({
    buildId: z.string(),
    registrations: z
      .array(buildView)
      .register(components, { description: "The build in each of its channels, in the order of their IDs." }),
  })
  .register(components, { id: "Registrations" });

const buildSummary = z
  .strictObject({
    buildId: z.string(),
    status,
    outcome: z.optional(outcome),
    channel: z.string(),
    label: z.optional(z.string()),
    jobName: z.optional(z.string()),
    registeredAt: time("When this registration was made."),
    subscribedJobId,
    changedAt: time("When the last change was observed. The registration counts as a change."),
    pending: pendingCount,
  })
  .register(components, { id: "BuildSummary" });

const next = z.optional(text("The cursor of the next page. The last page has none."));

const buildPage = z
  .strictObject({
    builds: z.array(buildSummary).register(components, {
      description: "One entry for each registration, the newest first.",
    }),
    next,
  })
  .register(components, { id: "BuildPage" });

const subscriptionFields = {
  jobId: z.string(),
  jobName: z.optional(text("As ServiceStage named the job the last time.")),
  channel: z.string(),
  subscribedAt: time("When the subscription was made."),
  status: z.enum(["starting", "active", "ended"]).register(components, {
    description: "`starting`: the notifier has not yet read all builds of the job.",
  }),
  since: z.optional(time("From then on no build of the job is missed.")),
};

const { channel: _inPath, ...settingFields } = settingsView.shape;

const subscriptionView = z
  .strictObject({
    ...subscriptionFields,
    settings: z
      .strictObject({ ...settingFields, branches: z.optional(z.array(z.string())) })
      .register(components, { description: "The settings of builds that come." }),
    listedAt: z.optional(time("When the whole list of the job's builds was read the last time.")),
    lastBuildId: z.optional(text("The newest build, as ServiceStage named it the last time.")),
    undecided: z.int().register(components, {
      description:
        "How many builds were found whose details can't be read yet. Their branch is not known, so the notifier has " +
        "not yet decided whether to register them.",
    }),
    expiresAt,
    trouble: troubleView("Why the notifier can't read the job at the moment."),
    channelProblem: channelProblemView(
      "Slack refuses the channel, as a build or a subscription of the channel found out.",
    ),
    pending: pendingViews,
    history: historyViews,
  })
  .register(components, { id: "Subscription" });

const subscribedView = z
  .extend(subscriptionView, {
    result: z.enum(["new", "changed", "same"]).register(components, {
      description:
        "`new`: the channel is subscribed now. `changed`: it was subscribed, and the new settings apply to builds that " +
        "come. `same`: nothing changed.",
    }),
    notChecked: z.optional(
      z
        .strictObject({ reason: z.string(), detail: text("The reason as a sentence, and what to do.") })
        .register(components, {
          description:
            "ServiceStage could not be asked whether it knows the job. The subscription is stored all the same.",
        }),
    ),
  })
  .register(components, { id: "SubscriptionResult" });

const subscriptionSummary = z
  .strictObject({
    ...subscriptionFields,
    label: z.optional(z.string()),
    branches: z.optional(z.array(z.string())),
    notify: z.enum(notifications),
    pending: pendingCount,
  })
  .register(components, { id: "SubscriptionSummary" });

const subscriptionPage = z
  .strictObject({
    subscriptions: z.array(subscriptionSummary).register(components, {
      description: "Those that have not ended. One that was made a moment ago may be missing.",
    }),
    next,
  })
  .register(components, { id: "SubscriptionPage" });

const jobView = z
  .strictObject({ jobId: z.string(), jobName: z.string() })
  .register(components, { id: "Job" });

const foundJobs = z
  .strictObject({
    jobs: z.array(jobView).register(components, {
      description: "The jobs with exactly this name. ServiceStage may have several.",
    }),
    nearest: z.array(jobView).register(components, {
      description: "When there is none: the jobs that were probably meant, the likeliest first.",
    }),
    complete: z.boolean().register(components, {
      description:
        "false: ServiceStage's list of jobs could not be read to its end, so a job may be missing.",
    }),
  })
  .register(components, { id: "FoundJobs" });

const committerView = z
  .strictObject({
    name: text("In lower case."),
    user: z.string(),
    status: z.enum(["proposed", "linked"]),
    proposedAt: z.optional(time("Absent when the user made the link alone.")),
    linkedAt: z.optional(time("When the user made or confirmed the link.")),
  })
  .register(components, { id: "Committer" });

const committersView = z
  .strictObject({ committers: z.array(committerView) })
  .register(components, { id: "Committers" });

export const problem = z
  .strictObject({
    type: z.string().register(components, {
      description: "`urn:build-notifier:problem:` and one of " + Object.keys(problemKinds).join(", ") + ".",
      format: "uri",
    }),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    instance: z.string().register(components, { format: "uri-reference" }),
    errors: z.optional(
      z
        .array(
          z.union([
            z.strictObject({
              pointer: text("The place in the body, as a JSON pointer (a URI fragment)."),
              detail: z.string(),
            }),
            z.strictObject({
              parameter: text("The name of the path or query parameter."),
              detail: z.string(),
            }),
          ]),
        )
        .register(components, { description: "Every error of the request." }),
    ),
  })
  .register(components, { id: "Problem", description: "RFC 9457" });

export const gatewayMessage = z.strictObject({ message: z.string() }).register(components, {
  id: "GatewayMessage",
  description: "An answer that comes from API Gateway, not from the API.",
});

export type BuildView = z.infer<typeof buildView>;
export type RegistrationsView = z.infer<typeof registrationsView>;
export type BuildSummary = z.infer<typeof buildSummary>;
export type BuildPage = z.infer<typeof buildPage>;
export type SubscriptionView = z.infer<typeof subscriptionView>;
export type SubscriptionResult = z.infer<typeof subscribedView>;
export type SubscriptionSummary = z.infer<typeof subscriptionSummary>;
export type SubscriptionPage = z.infer<typeof subscriptionPage>;
export type CommitterView = z.infer<typeof committerView>;
export type CommittersView = z.infer<typeof committersView>;
export type JobsView = z.infer<typeof foundJobs>;
