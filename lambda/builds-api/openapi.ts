import * as z from "zod/mini";
import { routes } from "../names.ts";
import { problemKinds, problemType, type ProblemKind } from "./problem.ts";
import {
  buildId,
  channel,
  channelQuery,
  committerQuery,
  components,
  jobId,
  jobsQuery,
  listQuery,
  subscriptionsQuery,
} from "./schemas.ts";

/** The OpenAPI 3.1 description. It is made from the schemas that parse the requests and type the answers. */

type Json = Record<string, unknown>;

let made: Json | undefined;

export const openApiDocument = (): Json => (made ??= makeDocument());

const makeDocument = (): Json => ({
  openapi: "3.1.0",
  info: {
    title: "Build Notifier",
    version: "1.0.0",
    description:
      "Registers Huawei Cloud ServiceStage builds, whose progress is then shown in Slack, and subscribes channels to jobs. " +
      "Error responses follow RFC 9457. An error response lists every error of the request.",
    license: { name: "MIT", identifier: "MIT" },
  },
  servers: [{ url: "/" }],
  security: [{ sigV4: [] }, { bearer: [] }],
  paths: pathsOf({
    [routes.register]: {
      operationId: "registerBuild",
      summary: "Register a build for a channel: Slack shows its progress there from now on",
      description:
        "It is safe to repeat the request: with the same settings the answer is 200, and nothing changes. " +
        "A build may be registered for several channels, with other settings for each. " +
        "A build that has ended, or whose tracking was stopped, gets a new registration once nothing is pending.",
      parameters: [buildIdParameter],
      requestBody: { content: { "application/json": { schema: ref("Registration") } } },
      responses: {
        200: answer(
          "The build is already registered for this channel with these settings.",
          "Build",
          examples.build,
        ),
        201: {
          ...answer("The build is registered.", "Build", examples.build),
          headers: locationOf("build"),
        },
        ...problems("invalidRequest", "settingsDiffer", "stopping", "stillPending"),
        ...problems("bodyTooLarge", "unsupportedMediaType"),
        ...ofEveryOperation(),
      },
    },
    [routes.show]: {
      operationId: "showBuild",
      summary: "Show a build in all its channels: its phases, what was sent, and what is pending and why",
      parameters: [buildIdParameter],
      responses: {
        200: answer("The build in each of its channels.", "Registrations", inChannels(examples.build)),
        ...problems("invalidRequest", "unknownBuild"),
        ...ofEveryOperation(),
      },
    },
    [routes.list]: {
      operationId: "listBuilds",
      summary: "List the registered builds, page by page",
      parameters: queryParameters(listQuery),
      responses: {
        200: answer("A page of builds.", "BuildPage", examples.page),
        ...problems("invalidRequest"),
        ...ofEveryOperation(),
      },
    },
    [routes.stop]: {
      operationId: "stopBuild",
      summary: "Stop tracking a build, in one channel or in all",
      description: "It is safe to repeat the request. Messages that are already pending are still sent.",
      parameters: [buildIdParameter, ...queryParameters(channelQuery)],
      responses: {
        204: { description: "Tracking is stopped, or stops within a minute." },
        ...problems("invalidRequest", "unknownBuild"),
        ...ofEveryOperation(),
      },
    },
    [routes.redeliver]: {
      operationId: "redeliverBuild",
      summary: "Retry the pending messages of a build at once, in one channel or in all",
      description:
        "Use this after you have solved a problem with the channel. After a refusal the notifier pauses before it tries " +
        "again; this request ends the pause, and the next pass tries within a minute. It is safe to repeat the request: " +
        "each message is still sent once. A message that the history shows as undeliverable is not sent again. The answer " +
        "shows the build in the channels that the request is about.",
      parameters: [buildIdParameter, ...queryParameters(channelQuery)],
      responses: {
        200: answer(
          "Nothing is pending in any of these channels.",
          "Registrations",
          inChannels(examples.told),
        ),
        202: answer(
          "Messages are pending in at least one of these channels. The next pass tries to send them, within a minute.",
          "Registrations",
          inChannels(examples.redelivering),
        ),
        ...problems("invalidRequest", "unknownBuild"),
        ...ofEveryOperation(),
      },
    },
    [routes.subscribe]: {
      operationId: "subscribeToJob",
      summary:
        "Subscribe a channel to a job: each new build of the job is registered for the channel by itself",
      description:
        "It is safe to repeat the request. PUT again replaces all settings, and the new ones apply to builds that come; " +
        "builds that are registered already keep theirs. ServiceStage is asked " +
        "whether it knows the job; if it can't be asked, the subscription is stored all the same. The notifier then reads " +
        "the list of the job's builds. Once it has done so, `status` is active, and no build is missed from the time " +
        "`since` on. Builds that ended before the subscription are not registered.",
      parameters: subscriptionParameters,
      requestBody: { content: { "application/json": { schema: ref("SubscriptionSettings") } } },
      responses: {
        200: answer(
          "The channel was subscribed before. `result` says whether the settings changed.",
          "SubscriptionResult",
          { ...examples.subscription, result: "changed" },
        ),
        201: {
          ...answer("The channel is subscribed.", "SubscriptionResult", examples.subscribed),
          headers: locationOf("subscription"),
        },
        ...problems("invalidRequest", "unknownJob", "bodyTooLarge", "unsupportedMediaType"),
        ...ofEveryOperation(),
      },
    },
    [routes.showSubscription]: {
      operationId: "showSubscription",
      summary:
        "Show a subscription: whether it is active, since when no build is missed, and what is pending and why",
      parameters: subscriptionParameters,
      responses: {
        200: answer("The subscription.", "Subscription", examples.subscription),
        ...problems("invalidRequest", "notSubscribed"),
        ...ofEveryOperation(),
      },
    },
    [routes.unsubscribe]: {
      operationId: "unsubscribeFromJob",
      summary: "End a subscription",
      description:
        "It is safe to repeat the request. No new build is registered. Builds that the subscription registered are still " +
        "tracked to their ends. After a later PUT, builds that ended in between are not registered.",
      parameters: subscriptionParameters,
      responses: {
        204: { description: "The subscription has ended." },
        ...problems("invalidRequest", "notSubscribed"),
        ...ofEveryOperation(),
      },
    },
    [routes.listSubscriptions]: {
      operationId: "listSubscriptions",
      summary: "List the subscriptions, page by page",
      parameters: queryParameters(subscriptionsQuery),
      responses: {
        200: answer("A page of subscriptions.", "SubscriptionPage", examples.subscriptions),
        ...problems("invalidRequest"),
        ...ofEveryOperation(),
      },
    },
    [routes.findJobs]: {
      operationId: "findJobs",
      summary: "Find the jobs with a name in ServiceStage",
      parameters: queryParameters(jobsQuery),
      responses: {
        200: answer("What was found.", "FoundJobs", examples.jobs),
        ...problems("invalidRequest", "serviceStageRefuses"),
        ...ofEveryOperation("serviceStageUnavailable"),
      },
    },
    [routes.proposeCommitter]: {
      operationId: "proposeCommitter",
      summary: "Propose that failures of a committer mention a Slack user",
      description:
        "Nobody is mentioned until the user confirms with the command `/builds me` and the name. The committer's next " +
        "failure shows this command. A proposal replaces an earlier one, but no link.",
      parameters: queryParameters(committerQuery),
      requestBody: { required: true, content: { "application/json": { schema: ref("Proposal") } } },
      responses: {
        200: answer("The user is asked, or linked already.", "Committer", examples.proposed),
        ...problems("invalidRequest", "linkedToOther", "bodyTooLarge", "unsupportedMediaType"),
        ...ofEveryOperation(),
      },
    },
    [routes.unlinkCommitter]: {
      operationId: "unlinkCommitter",
      summary: "End the link of a committer, or withdraw a proposal",
      parameters: queryParameters(committerQuery),
      responses: {
        204: { description: "No user is linked with the committer." },
        ...problems("invalidRequest", "notLinked"),
        ...ofEveryOperation(),
      },
    },
    [routes.listCommitters]: {
      operationId: "listCommitters",
      summary: "List the committers that are linked with Slack users, and the proposals",
      responses: {
        200: answer("In the order of their names.", "Committers", { committers: [examples.proposed] }),
        ...problems("invalidRequest"),
        ...ofEveryOperation(),
      },
    },
    [routes.openApi]: {
      operationId: "describeApi",
      summary: "This document",
      responses: {
        200: {
          description: "An OpenAPI 3.1 document.",
          content: { "application/json": { schema: { type: "object" } } },
        },
        ...ofEveryOperation(),
      },
    },
  }),
  components: { schemas: componentSchemas(), securitySchemes },
});

const locationOf = (subject: string): Json => ({
  Location: {
    description: `The ${subject}'s address, relative to the request's.`,
    schema: { type: "string", format: "uri-reference" },
  },
});

const placeOf = (name: string): string => `#/components/schemas/${name}`;

const ref = (name: string): Json => ({ $ref: placeOf(name) });

const securitySchemes = {
  sigV4: {
    type: "apiKey",
    in: "header",
    name: "Authorization",
    description:
      "AWS Signature Version 4 for the service execute-api. The caller needs the permission execute-api:Invoke. " +
      "For stacks with the setting authorization `iam`.",
    "x-amazon-apigateway-authtype": "awsSigv4",
  },
  bearer: {
    type: "http",
    scheme: "bearer",
    description: "One of the secret's apiTokens. For stacks with the setting authorization `token`.",
  },
};

const answer = (description: string, schema: string, example: unknown): Json => ({
  description,
  content: { "application/json": { schema: ref(schema), example } },
});

/** Kinds with the same status share one response, which has an example for each kind. */
function problems(...kinds: ProblemKind[]): Json {
  const responses = Map.groupBy(kinds, (kind) => problemKinds[kind].status);
  return Object.fromEntries([...responses].map(([status, kinds]) => [status, problemResponse(kinds)]));
}

const problemResponse = (kinds: ProblemKind[]) => ({
  description: `${kinds.map((kind) => problemKinds[kind].title).join("; or: ")}.`,
  content: { "application/problem+json": { schema: ref("Problem"), examples: problemExamples(kinds) } },
});

const problemExamples = (kinds: ProblemKind[]): Json =>
  Object.fromEntries(
    kinds.map((kind) => [
      kind,
      {
        value: {
          type: problemType(kind),
          ...problemKinds[kind],
          detail:
            kind === "invalidRequest"
              ? "The request has one error: see errors."
              : "Says what happened and what to do.",
          instance: "/builds/0f7fqckzmjcfi0f7yxhx91l2rwrfyzd2poac90b5",
          ...(kind === "invalidRequest" && {
            errors: [{ pointer: "#/channel", detail: "must be a channel ID such as C0123456789" }],
          }),
        },
      },
    ]),
  );

/** API Gateway itself sends some of these responses. */
function ofEveryOperation(...alsoUnavailable: ProblemKind[]): Json {
  const content = { "application/json": { schema: ref("GatewayMessage") } };
  const internal = problemResponse(["internal"]);
  const unavailable = problemResponse(["unavailable", ...alsoUnavailable]);
  return {
    401: { description: "The request has no Authorization header.", content },
    403: { description: "The signature or the token is not valid, or has no permission.", content },
    429: { description: "There are too many requests.", content },
    500: { ...internal, content: { ...internal.content, ...content } },
    503: {
      ...unavailable,
      headers: {
        "Retry-After": {
          description: "How many seconds to wait before a retry.",
          schema: { type: "integer" },
        },
      },
      content: { ...unavailable.content, ...content },
    },
  };
}

/** `"PUT /builds/{buildId}"` becomes the operation `put` of that path. */
function pathsOf(operations: Record<string, Json>): Json {
  const paths: Record<string, Json> = {};
  for (const [route, operation] of Object.entries(operations)) {
    const [method = "", path = ""] = route.split(" ");
    paths[path] = { ...paths[path], [method.toLowerCase()]: operation };
  }
  return paths;
}

const jsonSchemaOptions = {
  io: "input",
  metadata: components,
  // The format says the same. The pattern that zod makes for a date is very long.
  override: ({ jsonSchema }: { jsonSchema: Json }) => {
    if (jsonSchema["format"] === "date-time") delete jsonSchema["pattern"];
  },
} as const;

/** Inside the document a schema needs no id and no dialect of its own. */
const embedded = ({ $schema: _dialect, $id: _place, ...schema }: Json): Json => schema;

function componentSchemas(): Json {
  const { schemas } = z.toJSONSchema(components, { ...jsonSchemaOptions, uri: placeOf });
  return Object.fromEntries(Object.entries(schemas).map(([id, schema]) => [id, embedded(schema as Json)]));
}

const buildIdParameter = {
  name: "buildId",
  in: "path",
  required: true,
  schema: embedded(z.toJSONSchema(buildId, jsonSchemaOptions)),
};

const subscriptionParameters = Object.entries({ jobId, channel }).map(([name, schema]) => ({
  name,
  in: "path",
  required: true,
  schema: embedded(z.toJSONSchema(schema, jsonSchemaOptions)),
}));

function queryParameters(query: z.ZodMiniObject): Json[] {
  const { properties = {}, required = [] } = z.toJSONSchema(query, jsonSchemaOptions);
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    in: "query",
    ...(required.includes(name) && { required: true }),
    schema,
  }));
}

const inChannels = (registration: { buildId: string }): Json => ({
  buildId: registration.buildId,
  registrations: [registration],
});

const build = {
  buildId: "0f7fqckzmjcfi0f7yxhx91l2rwrfyzd2poac90b5",
  status: "tracking",
  registeredAt: "2025-06-24T12:10:30.000Z",
  changedAt: "2025-06-24T12:11:00.000Z",
};

const refused = "not_in_channel: invite the app: write /invite @ and its name in the channel";

const pending = {
  kind: "transition",
  what: "Download: NotStarted → Building",
  recordedAt: "2025-06-24T12:11:00.000Z",
  why: "refused",
};

const told = {
  ...build,
  settings: {
    channel: "C0123456789",
    label: "checkout",
    mention: ["U0123456789"],
    thread: true,
    notify: "all",
    tellSlow: true,
  },
  abandonedAfter: "2025-06-25T12:11:00.000Z",
  job: { name: "checkout-service", index: "42", branch: "main", commitId: "9f2c1e7", committer: "Ada" },
  phases: [
    { name: "Init", state: "Successful", since: "2025-06-24T12:11:00.000Z", durationSeconds: 15 },
    { name: "Download", state: "Building", since: "2025-06-24T12:11:00.000Z", durationSeconds: 4 },
    ...["PreProcess", "Build", "Artifact", "PostProcess"].map((name) => ({ name, state: "NotStarted" })),
  ],
  card: { upToDate: true, link: "https://slack.com/archives/C0123456789/p1750767060000100" },
  pending: [],
  history: [
    {
      kind: "transition",
      what: "Init: Building → Successful",
      recordedAt: "2025-06-24T12:11:00.000Z",
      how: "sent",
      at: "2025-06-24T12:11:01.000Z",
      link: "https://slack.com/archives/C0123456789/p1750767061000200?thread_ts=1750767060.000100&cid=C0123456789",
    },
  ],
};

const job = { jobId: "1a2b3c4d-0000-4000-8000-5e6f7a8b9c0d", jobName: "checkout-service" };

const subscriptionFields = { ...job, channel: "C0123456789", subscribedAt: "2025-06-24T12:10:30.000Z" };

const starting = {
  ...subscriptionFields,
  status: "starting",
  settings: {
    branches: ["main", "release/*"],
    label: "checkout",
    mention: ["U0123456789"],
    thread: true,
    notify: "all",
    tellSlow: true,
  },
  undecided: 0,
  pending: [],
  history: [],
};

const active = { status: "active", since: "2025-06-24T12:11:00.000Z" };

const examples = {
  subscribed: { ...starting, result: "new" },
  subscription: {
    ...starting,
    ...active,
    listedAt: "2025-06-24T13:11:00.000Z",
    lastBuildId: "0f7fqckzmjcfi0f7yxhx91l2rwrfyzd2poac90b5",
  },
  subscriptions: {
    subscriptions: [
      { ...subscriptionFields, ...active, branches: ["main", "release/*"], notify: "all", pending: 0 },
    ],
  },
  jobs: { jobs: [job], nearest: [], complete: true },
  proposed: {
    name: "ada lovelace",
    user: "U0123456789",
    status: "proposed",
    proposedAt: "2025-06-24T12:10:30.000Z",
  },
  told,
  build: {
    ...told,
    pending: [
      {
        ...pending,
        detail:
          `Slack has refused messages for this channel since 2025-06-24T12:11:01.000Z: ${refused}. When the problem ` +
          `is solved, POST /builds/${build.buildId}/redeliver?channel=C0123456789 starts a retry within a minute. If the ` +
          `channel is wrong, DELETE /builds/${build.buildId}?channel=C0123456789, and PUT the build with the right channel.`,
        nextTryAt: "2025-06-24T12:11:30.000Z",
      },
    ],
  },
  redelivering: {
    ...told,
    pending: [
      {
        ...pending,
        detail:
          `Slack has refused messages for this channel since 2025-06-24T12:11:01.000Z: ${refused}. ` +
          "The next pass tries again within a minute.",
      },
    ],
  },
  page: {
    builds: [
      { ...build, channel: "C0123456789", label: "checkout", jobName: "checkout-service", pending: 1 },
    ],
    next: "MGY3ZnFja3ptamNmaTBmN3l4aHg5MWwycndyZnl6ZDJwb2FjOTBiNQ",
  },
};
