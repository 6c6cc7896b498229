import type { APIGatewayProxyEventV2 } from "aws-lambda";
import * as z from "zod/mini";
import type { Settings } from "../domain/build.ts";
import type { SubscriptionSettings } from "../domain/subscription.ts";
import { ProblemError, type Fault, type ProblemKind } from "./problem.ts";
import {
  buildId,
  channel,
  channelQuery,
  committerQuery,
  jobId,
  jobsQuery,
  listQuery,
  noQuery,
  proposalBody,
  registrationBodyFor,
  subscriptionBodyFor,
  subscriptionsQuery,
  type RegistrationDefaults,
} from "./schemas.ts";

/** Reads an operation's input from the event. One problem lists all errors of path, query and body. */

/** In bytes, after decoding. */
const maxBodyLength = 16 * 1024;
const jsonType = /^application\/(?:[\w.+-]+\+)?json\s*(?:;|$)/i;
const inPath = z.object({ buildId });

/** Parses the body. An empty body counts as an empty object. */
const jsonBytes = z.transform((bytes: Uint8Array, context): unknown => {
  try {
    return bytes.length === 0 ? {} : JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (error) {
    const message = `must be JSON in UTF-8: ${error instanceof Error ? error.message : String(error)}`;
    context.issues.push({ code: "custom", message, input: bytes });
    return z.NEVER;
  }
});

export const parseBuildId = (event: APIGatewayProxyEventV2): string =>
  parse(z.object({ path: inPath, query: noQuery }), addressOf(event)).path.buildId;

/** A build in one channel, or in all when `channel` is absent. */
export function parseBuildInChannels(event: APIGatewayProxyEventV2): {
  buildId: string;
  channel?: string | undefined;
} {
  const { path, query } = parse(z.object({ path: inPath, query: channelQuery }), addressOf(event));
  return { ...path, ...query };
}

export const parseListQuery = (event: APIGatewayProxyEventV2) =>
  parse(z.object({ query: listQuery }), addressOf(event)).query;

export function parseRegistration(
  event: APIGatewayProxyEventV2,
  defaults: RegistrationDefaults,
): { buildId: string; settings: Settings } {
  const wanted = z.pipe(jsonBytes, registrationBodyFor(defaults));
  const request = z.object({ path: inPath, query: noQuery, body: wanted });
  const { path, body } = parse(request, addressOf(event), readBody(event));
  const { label, mention, ...rest } = body;
  const settings: Settings = { ...rest, mention: [...new Set([mention].flat())] };
  if (label !== undefined) settings.label = label;
  return { buildId: path.buildId, settings };
}

/** A job and one of the channels that may be subscribed to it. */
const inSubscriptionPath = z.object({ jobId, channel });

export const parseSubscriptionPath = (event: APIGatewayProxyEventV2): { jobId: string; channel: string } =>
  parse(z.object({ path: inSubscriptionPath, query: noQuery }), addressOf(event)).path;

export function parseSubscription(
  event: APIGatewayProxyEventV2,
  defaults: RegistrationDefaults,
): { jobId: string; settings: SubscriptionSettings } {
  const wanted = z.pipe(jsonBytes, subscriptionBodyFor(defaults));
  const request = z.object({ path: inSubscriptionPath, query: noQuery, body: wanted });
  const { path, body } = parse(request, addressOf(event), readBody(event));
  const { label, mention, branches, ...rest } = body;
  const settings: SubscriptionSettings = {
    ...rest,
    channel: path.channel,
    mention: [...new Set([mention].flat())],
  };
  if (label !== undefined) settings.label = label;
  if (branches !== undefined) settings.branches = [...new Set(branches)];
  return { jobId: path.jobId, settings };
}

export const parseSubscriptionsQuery = (event: APIGatewayProxyEventV2) =>
  parse(z.object({ query: subscriptionsQuery }), addressOf(event)).query;

export const parseJobName = (event: APIGatewayProxyEventV2): string =>
  parse(z.object({ query: jobsQuery }), addressOf(event)).query.name;

/** @returns the name as it is stored */
export const parseCommitter = (event: APIGatewayProxyEventV2): string =>
  parse(z.object({ query: committerQuery }), addressOf(event)).query.name;

export function parseProposal(event: APIGatewayProxyEventV2): { name: string; user: string } {
  const request = z.object({ query: committerQuery, body: z.pipe(jsonBytes, proposalBody) });
  const { query, body } = parse(request, addressOf(event), readBody(event));
  return { ...query, ...body };
}

/** For an operation without input. */
export const parseNothing = (event: APIGatewayProxyEventV2): unknown =>
  parse(z.object({ query: noQuery }), addressOf(event));

const addressOf = ({ pathParameters = {}, queryStringParameters = {} }: APIGatewayProxyEventV2) => ({
  path: pathParameters,
  query: queryStringParameters,
});

/** The body's bytes. There are none if the body is refused. */
interface Body {
  bytes: Uint8Array;
  refusal?: { kind: ProblemKind; detail: string };
}

function readBody({ body = "", isBase64Encoded, headers }: APIGatewayProxyEventV2): Body {
  const bytes = Buffer.from(body, isBase64Encoded ? "base64" : "utf8");
  if (bytes.length > maxBodyLength) {
    const detail = `The body has ${bytes.length} bytes. The limit is ${maxBodyLength} bytes.`;
    return { bytes: noBytes, refusal: { kind: "bodyTooLarge", detail } };
  }
  const type = headers["content-type"];
  if (bytes.length > 0 && type !== undefined && !jsonType.test(type)) {
    const detail =
      "Send the body as JSON, with the header Content-Type: application/json " +
      "(curl: -H 'Content-Type: application/json').";
    return { bytes: noBytes, refusal: { kind: "unsupportedMediaType", detail } };
  }
  return { bytes };
}

const noBytes = new Uint8Array();

/** @throws {ProblemError} which names every fault, also if the body is refused */
function parse<S extends z.ZodMiniType>(
  schema: S,
  address: ReturnType<typeof addressOf>,
  body?: Body,
): z.output<S> {
  const result = z.safeParse(schema, { ...address, body: body?.bytes }, { reportInput: true });
  const faults = result.success ? [] : faultsIn(result.error);
  if (body?.refusal) {
    const { kind, detail } = body.refusal;
    throw new ProblemError(kind, detail, { faults: faults.filter((fault) => "parameter" in fault) });
  }
  if (result.success) return result.data;
  const detail =
    faults.length === 1
      ? "The request has one error: see errors."
      : `The request has ${faults.length} errors: see errors.`;
  throw new ProblemError("invalidRequest", detail, { faults });
}

const faultsIn = ({ issues }: z.core.$ZodError): Fault[] => issues.flatMap((issue) => faultsOf(issue));

/** For a list with a wrong entry, the error is about that entry, not "neither an id nor a list". */
function faultsOf(issue: z.core.$ZodIssue, parent: PropertyKey[] = []): Fault[] {
  const path = [...parent, ...issue.path];
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => faultAt([...path, key], issue.message));
  }
  const inner =
    issue.code === "invalid_union" &&
    issue.errors.find((branch) => branch.some((fault) => fault.path.length > 0));
  return inner
    ? inner.flatMap((fault) => faultsOf(fault, path))
    : [faultAt(path, `${issue.message}${renderValue(issue.input)}`)];
}

const valueChars = 60;

/** Shows the wrong value, so that similar errors can be told apart. Shows only texts, numbers and booleans. */
function renderValue(value: unknown): string {
  if (typeof value === "string") {
    return `; the value is ${JSON.stringify(value.length > valueChars ? `${value.slice(0, valueChars)}…` : value)}`;
  }
  return typeof value === "number" || typeof value === "boolean" ? `; the value is ${value}` : "";
}

function faultAt([place, ...path]: PropertyKey[], detail: string): Fault {
  if (place !== "body") return { parameter: String(path[0]), detail };
  const tokens = path.map((key) => String(key).replaceAll("~", "~0").replaceAll("/", "~1"));
  return {
    pointer: ["#", ...tokens.map((token) => encodeURIComponent(token.toWellFormed()))].join("/"),
    detail,
  };
}
