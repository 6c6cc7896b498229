import * as z from "zod/mini";
import type { Settings } from "../domain/build.ts";
import { isVisible } from "../domain/visible.ts";
import { mentionsAtMost, notifications, slackIds } from "../names.ts";
import { problemKinds } from "./problem.ts";

/** What the API takes and answers: the requests are parsed with these, and the OpenAPI document is made of them. */

/** Those with an id become the document's components. */
export const components = z.registry<z.core.GlobalMeta>();

const id = (pattern: RegExp, expected: string) =>
  z
    .string({ error: ({ input }) => (input === undefined ? `is required, and ${expected}` : expected) })
    .check(z.regex(pattern, expected));

export const buildId = id(
  /^[A-Za-z0-9][A-Za-z0-9_-]{0,127}$/,
  "must be 1 to 128 letters, digits, '-' and '_', beginning with a letter or a digit",
).register(components, {
  description: "The id that ServiceStage gave the build.",
  examples: ["0f7fqckzmjcfi0f7yxhx91l2rwrfyzd2poac90b5"],
});

const channel = id(
  slackIds.channel,
  "must be a channel's id such as C0123456789: it stands in Slack in the channel's details, at the bottom",
);

const mentionId = id(
  slackIds.mention,
  "must be the id of a Slack user (U… or W…) or user group (S…), such as U0123456789",
);

const mention = z.union(
  [
    mentionId,
    z.array(mentionId).check(z.maxLength(mentionsAtMost, `must have at most ${mentionsAtMost} entries`)),
  ],
  `must be an id such as U0123456789, or a list of at most ${mentionsAtMost} of them`,
);

const thread = z.boolean("must be true or false");

const notify = z.enum(notifications, `must be one of ${notifications.join(", ")}`);

const labelExpected = "must be a text of 1 to 100 characters that can be seen, without control characters";
const label = z
  .string(labelExpected)
  // Half a surrogate pair can't be stored, and a line separator is no part of a name.
  .check(
    z.trim(),
    z.regex(/^[^\p{Cc}\p{Cs}\p{Zl}\p{Zp}]{1,100}$/u, { error: labelExpected, abort: true }),
    z.refine(isVisible, labelExpected),
  );

const registrationBody = z
  .strictObject(
    {
      channel: z.optional(channel).register(components, {
        description: "The Slack channel's id; left out, it is the stack's default channel, if it has one.",
      }),
      label: z.optional(label).register(components, { description: "A name to show beside the job's." }),
      mention: z.optional(mention).register(components, {
        description:
          "Whom a failure mentions: ids of Slack users and user groups; by default the stack's setting.",
      }),
      thread: z.optional(thread).register(components, {
        description:
          "Transitions go to the card's thread; otherwise into the channel itself. By default the stack's setting.",
      }),
      notify: z.optional(notify).register(components, {
        description:
          "`all`: every transition, on a card that lives as the build goes; `failures`: what goes wrong, and nothing " +
          "of a build that goes well; `end`: how it ended. By default the stack's setting.",
      }),
    },
    {
      error: (issue) =>
        issue.code === "unrecognized_keys" ? "is not a known field" : "must be a JSON object",
    },
  )
  .register(components, {
    id: "Registration",
    examples: [
      { channel: "C0123456789", label: "checkout", mention: ["U0123456789"], thread: true, notify: "all" },
    ],
  });

/** What a registration gets where its body leaves it out; without a channel the body must name one. */
export type RegistrationDefaults = { [K in Exclude<keyof Settings, "label">]?: Settings[K] | undefined };

/** The body with the settings that a registration gets from it. */
export const registrationBodyFor = ({ channel: byDefault, ...others }: RegistrationDefaults) =>
  z.extend(registrationBody, {
    channel: byDefault === undefined ? channel : z.prefault(channel, byDefault),
    mention: z.prefault(mention, others.mention ?? []),
    thread: z.prefault(thread, others.thread ?? true),
    notify: z.prefault(notify, others.notify ?? "all"),
  });

const statuses = ["tracking", "stopping", "ended", "abandoned", "stopped"] as const;

const limitExpected = "must be a whole number from 1 to 100";

export const listQuery = z.strictObject(
  {
    status: z.optional(z.enum(statuses, `must be one of ${statuses.join(", ")}`)).register(components, {
      description: "Only builds that are listed with this status.",
    }),
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
      .register(components, { description: "How many builds a page has at most." }),
    cursor: z
      .optional(z.string().check(z.regex(/^[A-Za-z0-9_-]{1,200}$/, "must be the `next` of an earlier page")))
      .register(components, {
        description: "The `next` of the page before; left out, it is the first page.",
      }),
  },
  { error: () => "is not a known parameter" },
);

const time = (description: string) => z.iso.datetime().register(components, { description });
const text = (description: string) => z.string().register(components, { description });
const status = z.enum(statuses).register(components, {
  description:
    "`stopping` until a tick has seen the request to stop; the last messages may be pending after the end.",
});
const outcome = z.enum(["succeeded", "failed", "timedOut", "cancelled", "deleted", "ended"]);
const link = (description: string) => z.url().register(components, { description });
const messageKind = z.enum([
  "card",
  "caughtUp",
  "transition",
  "ended",
  "abandoned",
  "omitted",
  "outOfReach",
  "backInReach",
]);

const settingsView = z.strictObject({
  channel: z.string(),
  label: z.optional(z.string()),
  mention: z.array(z.string()),
  thread: z.boolean(),
  notify: z.enum(notifications),
});

const seconds = (description: string) =>
  z.optional(z.number().check(z.gte(0)).register(components, { description }));

const phaseView = z
  .strictObject({
    name: z.string(),
    state: text("As ServiceStage names it; NotStarted before anything was observed."),
    since: z.optional(time("When it was first observed in this state.")),
    durationSeconds: seconds(
      "How long it ran, where both ends were observed within about a poll's interval; while it runs, since it was " +
        "first observed running.",
    ),
    durationAtMostSeconds: seconds(
      "In place of it, where nobody looked for a while or ServiceStage only tells the build's own duration.",
    ),
  })
  .register(components, { id: "Phase" });

const pendingView = z
  .strictObject({
    kind: messageKind,
    what: text("What the message says."),
    recordedAt: z.optional(time("When it was observed; a card has no such time.")),
    why: z
      .enum(["waiting", "sending", "inDoubt", "refused", "unavailable", "tokenRefused"])
      .register(components, {
        description:
          "Why it has not been told yet: a pass tells it soon; it is being sent; an earlier try may have arrived; " +
          "Slack refuses the channel, or the card; Slack takes nothing for now; Slack refuses the bot's token.",
      }),
    detail: text("The same as a sentence, with what to do about it."),
    since: z.optional(time("Since when that is so.")),
    nextTryAt: z.optional(time("Not before this time.")),
  })
  .register(components, { id: "OwedMessage" });

const toldView = z
  .strictObject({
    kind: messageKind,
    what: text("What the message says."),
    recordedAt: z.optional(time("When it was observed; a card has no such time.")),
    how: z.enum(["sent", "found", "undeliverable", "leftOut"]).register(components, {
      description:
        "`found`: it had arrived although Slack's answer was lost; `undeliverable`: Slack refused what it says, " +
        "or its answers were lost and the app may not look whether it arrived; " +
        "`leftOut`: not told, since the setting `notify` leaves it out.",
    }),
    at: time("When it was told, or given up."),
    link: z.optional(link("The message in Slack.")),
    reason: z.optional(text("Why it is undeliverable.")),
  })
  .register(components, { id: "ToldMessage" });

const buildView = z
  .strictObject({
    buildId: z.string(),
    status,
    outcome: z.optional(outcome),
    abandoned: z.optional(
      z.enum(["unchanged", "unknownBuild"]).register(components, {
        description: "Nothing moved for too long, or ServiceStage did not know the build for an hour.",
      }),
    ),
    settings: settingsView,
    registeredAt: time("When this registration was made."),
    stopRequestedAt: z.optional(time("When somebody asked to stop it.")),
    changedAt: time("The last change observed; the registration counts as one."),
    abandonedAfter: z.optional(time("Unless something changes before, tracking is given up then.")),
    durationSeconds: seconds(
      "How long it took, by ServiceStage's clock, or as it was observed; only of a build that ended.",
    ),
    durationAtMostSeconds: seconds("In place of it, where its ends were not observed closely."),
    expiresAt: z.optional(time("From then on the build counts as gone.")),
    job: z.optional(
      z.strictObject({
        id: z.optional(z.string()),
        name: z.optional(z.string()),
        index: z.optional(text("The job's running number of this build.")),
        branch: z.optional(z.string()),
        commitId: z.optional(z.string()),
        commitComment: z.optional(z.string()),
        committer: z.optional(z.string()),
        startedAt: z.optional(time("By ServiceStage's clock.")),
        endedAt: z.optional(time("By ServiceStage's clock.")),
      }),
    ),
    phases: z.array(phaseView).register(components, {
      description: "The six known phases in the order they run, then the others.",
    }),
    trouble: z.optional(
      z
        .strictObject({
          reason: z.string(),
          detail: text("The same as a sentence, with what to do about it."),
          since: z.optional(time("When it began.")),
          nextTryAt: z.optional(time("ServiceStage is not called before this time.")),
        })
        .register(components, { description: "Why the build can't be read at present." }),
    ),
    card: z.optional(
      z.strictObject({
        upToDate: z.boolean(),
        link: z.optional(link("The build's live message in Slack.")),
      }),
    ),
    pending: z
      .array(pendingView)
      .register(components, { description: "In the order in which they are told." }),
    history: z.array(toldView).register(components, { description: "Newest first, at most 50." }),
  })
  .register(components, { id: "Build" });

const buildSummary = z
  .strictObject({
    buildId: z.string(),
    status,
    outcome: z.optional(outcome),
    channel: z.string(),
    label: z.optional(z.string()),
    jobName: z.optional(z.string()),
    registeredAt: time("When this registration was made."),
    changedAt: time("The last change observed; the registration counts as one."),
    pending: z.int().register(components, { description: "How many messages have not been told yet." }),
  })
  .register(components, { id: "BuildSummary" });

const buildPage = z
  .strictObject({
    builds: z.array(buildSummary).register(components, { description: "The newest registrations first." }),
    next: z.optional(text("The cursor of the next page; left out on the last one.")),
  })
  .register(components, { id: "BuildPage" });

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
              pointer: text("Where in the body: a JSON pointer as a URI's fragment."),
              detail: z.string(),
            }),
            z.strictObject({ parameter: text("The path's or query's parameter."), detail: z.string() }),
          ]),
        )
        .register(components, { description: "Every fault of the request." }),
    ),
  })
  .register(components, { id: "Problem", description: "RFC 9457" });

export const gatewayMessage = z
  .strictObject({ message: z.string() })
  .register(components, { id: "GatewayMessage", description: "What API Gateway answers by itself." });

export type BuildView = z.infer<typeof buildView>;
export type BuildSummary = z.infer<typeof buildSummary>;
export type BuildPage = z.infer<typeof buildPage>;
