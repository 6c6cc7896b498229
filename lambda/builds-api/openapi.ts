import * as z from "zod/mini";
import { routes } from "../names.ts";
import { problemKinds, problemType, type ProblemKind } from "./problem.ts";
import { buildId, components, listQuery } from "./schemas.ts";

/** The API's description, OpenAPI 3.1, made of the very schemas that parse the requests and type the answers. */

type Json = Record<string, unknown>;

let made: Json | undefined;

export const openApiDocument = (): Json => (made ??= makeDocument());

const makeDocument = (): Json => ({
  openapi: "3.1.0",
  info: {
    title: "ServiceStage build notifier",
    version: "1.0.0",
    description:
      "Registers builds of Huawei Cloud ServiceStage whose phases are told in Slack. " +
      "Problems are answered as RFC 9457 defines them, and name every fault of a request at once.",
    license: { name: "MIT", identifier: "MIT" },
  },
  servers: [{ url: "/" }],
  security: [{ sigV4: [] }, { bearer: [] }],
  paths: pathsOf({
    [routes.register]: {
      operationId: "registerBuild",
      summary: "Register a build: from now on it is told in Slack",
      description:
        "May be sent again: the same settings answer 200 and change nothing. A build that is over, or was stopped, " +
        "and owes no message any more gets a new registration.",
      parameters: [buildIdParameter],
      requestBody: { content: { "application/json": { schema: ref("Registration") } } },
      responses: {
        200: answer("It is registered with these settings already.", "Build", examples.build),
        201: {
          ...answer("It is registered.", "Build", examples.build),
          headers: {
            Location: {
              description: "The build's address, relative to the request's.",
              schema: { type: "string", format: "uri-reference" },
            },
          },
        },
        ...problems("invalidRequest", "settingsDiffer", "stopping", "stillPending"),
        ...problems("bodyTooLarge", "unsupportedMediaType"),
        ...ofEveryOperation(),
      },
    },
    [routes.show]: {
      operationId: "showBuild",
      summary: "How a build stands: what was told, and what is pending and why",
      parameters: [buildIdParameter],
      responses: {
        200: answer("The build.", "Build", examples.build),
        ...problems("invalidRequest", "unknownBuild"),
        ...ofEveryOperation(),
      },
    },
    [routes.list]: {
      operationId: "listBuilds",
      summary: "The builds, page by page",
      parameters: queryParameters(),
      responses: {
        200: answer("A page.", "BuildPage", examples.page),
        ...problems("invalidRequest"),
        ...ofEveryOperation(),
      },
    },
    [routes.stop]: {
      operationId: "stopBuild",
      summary: "Stop telling a build",
      description: "May be sent again. What is pending already is still told.",
      parameters: [buildIdParameter],
      responses: {
        204: { description: "It is stopped, or will be within a minute." },
        ...problems("invalidRequest", "unknownBuild"),
        ...ofEveryOperation(),
      },
    },
    [routes.redeliver]: {
      operationId: "redeliverBuild",
      summary: "Try at once what a build owes, although its channel refused a moment ago",
      description:
        "For when the channel is mended: the next pass, within a minute, tries what is pending without waiting for the " +
        "pause after the refusal to end. Each message is told once, however often this is sent. A message that the " +
        "history shows as undeliverable is not sent again.",
      parameters: [buildIdParameter],
      responses: {
        200: answer("Nothing is pending.", "Build", examples.told),
        202: answer("The next pass tries what is pending, within a minute.", "Build", examples.redelivering),
        ...problems("invalidRequest", "unknownBuild"),
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

const placeOf = (name: string): string => `#/components/schemas/${name}`;

const ref = (name: string): Json => ({ $ref: placeOf(name) });

const securitySchemes = {
  sigV4: {
    type: "apiKey",
    in: "header",
    name: "Authorization",
    description:
      "AWS Signature Version 4 for the service execute-api; the caller needs execute-api:Invoke. " +
      "It counts where the stack's authorization is `iam`.",
    "x-amazon-apigateway-authtype": "awsSigv4",
  },
  bearer: {
    type: "http",
    scheme: "bearer",
    description: "One of the secret's apiTokens. It counts where the stack's authorization is `token`.",
  },
};

const answer = (description: string, schema: string, example: unknown): Json => ({
  description,
  content: { "application/json": { schema: ref(schema), example } },
});

/** Kinds with one status share a response, with an example each. */
function problems(...kinds: ProblemKind[]): Json {
  const responses = Map.groupBy(kinds, (kind) => problemKinds[kind].status);
  return Object.fromEntries(
    [...responses].map(([status, kinds]) => [
      status,
      {
        description: `${kinds.map((kind) => problemKinds[kind].title).join("; or: ")}.`,
        content: { "application/problem+json": { schema: ref("Problem"), examples: problemExamples(kinds) } },
      },
    ]),
  );
}

const problemExamples = (kinds: ProblemKind[]): Json =>
  Object.fromEntries(
    kinds.map((kind) => [
      kind,
      {
        value: {
          type: problemType(kind),
          ...problemKinds[kind],
          detail:
            kind === "invalidRequest" ? "It has one fault: see errors." : "What happened, and what to do.",
          instance: "/builds/0f7fqckzmjcfi0f7yxhx91l2rwrfyzd2poac90b5",
          ...(kind === "invalidRequest" && {
            errors: [{ pointer: "#/channel", detail: "must be a channel's id such as C0123456789" }],
          }),
        },
      },
    ]),
  );

/** API Gateway answers some of these by itself. */
function ofEveryOperation(): Json {
  const content = { "application/json": { schema: ref("GatewayMessage") } };
  const [internal, unavailable] = [problems("internal"), problems("unavailable")].map(
    (responses) => Object.values(responses)[0] as Json & { content: Json },
  );
  return {
    401: { description: "The request has no Authorization header.", content },
    403: { description: "The signature or the token is refused.", content },
    429: { description: "API Gateway throttles the calls.", content },
    500: { ...internal, content: { ...internal!.content, ...content } },
    503: {
      ...unavailable,
      headers: { "Retry-After": { description: "Seconds.", schema: { type: "integer" } } },
      content: { ...unavailable!.content, ...content },
    },
  };
}

/** `"PUT /builds/{buildId}"` becomes the operation `put` of that path. */
function pathsOf(operations: Record<string, Json>): Json {
  const paths: Record<string, Json> = {};
  for (const [route, operation] of Object.entries(operations)) {
    const [method, path] = route.split(" ") as [string, string];
    paths[path] = { ...paths[path], [method.toLowerCase()]: operation };
  }
  return paths;
}

const jsonSchemaOptions = {
  io: "input",
  metadata: components,
  // The format says it; zod's pattern for a date is a screenful.
  override: ({ jsonSchema }: { jsonSchema: Json }) => {
    if (jsonSchema["format"] === "date-time") delete jsonSchema["pattern"];
  },
} as const;

/** Within the document a schema is known by its place, and its dialect is the document's. */
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

function queryParameters(): Json[] {
  const { properties = {} } = z.toJSONSchema(listQuery, jsonSchemaOptions);
  return Object.entries(properties).map(([name, schema]) => ({ name, in: "query", schema }));
}

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

const examples = {
  told,
  build: {
    ...told,
    pending: [
      {
        ...pending,
        detail:
          `Slack refused the channel: ${refused}. Once that is mended, ` +
          `POST /builds/${build.buildId}/redeliver has it tried within a minute.`,
        nextTryAt: "2025-06-24T12:11:30.000Z",
      },
    ],
  },
  redelivering: {
    ...told,
    pending: [
      {
        ...pending,
        detail: `Slack refused the channel: ${refused}. The next pass tries again, within a minute.`,
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
