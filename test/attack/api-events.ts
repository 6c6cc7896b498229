import type { APIGatewayProxyEventV2 } from "aws-lambda";
import * as fc from "fast-check";
import type { Build } from "../../lambda/domain/build.ts";
import { observe, observeTrouble, stop } from "../../lambda/domain/build.ts";
import { createApiHandler, type ApiHandler, type ApiParts } from "../../lambda/builds-api/handler.ts";
import {
  endSubscription,
  observeJobTrouble,
  subscribe,
  type Subscription,
} from "../../lambda/domain/subscription.ts";
import { refusalIn } from "../../lambda/domain/feed.ts";
import { routes } from "../../lambda/names.ts";
import type { ServiceStageFailure } from "../../lambda/tracking/ports.ts";
import { canary } from "../../local/canary.ts";
import { createContext } from "../../local/context.ts";
import { faultOfAnswer } from "../builds-api/document.ts";
import { createTestClock } from "../../testing/clock.ts";
import { createQuietLog } from "../../testing/quiet-log.ts";
import { at, channel, message, movedTo, phase, someBuild, withCard } from "../slack/builds.ts";
import { atOnce, MemoryServiceStage } from "../../testing/memory-servicestage.ts";
import { createMemoryStore } from "../../testing/memory-store.ts";
import type { Target } from "./target.ts";
import { hostileText, hostileValue } from "./texts.ts";

/** Events of API Gateway with everything that a caller can put into them. The store has builds in every state. */

const day = 24 * 3_600_000;
const keeping = { keepMillis: 30 * day, abandonAfterMillis: day };

const ts = "1700000000.000100";
const receipt = { channel, ts };
const owing = (more: Partial<Build["delivery"]>, build: Partial<Build> = {}): Build => {
  const some = withCard(someBuild(build), ts);
  return { ...some, delivery: { ...some.delivery, ...more } };
};
const building = message(movedTo("Building"));
const covers = { before: 99, card: true };
const setback = (kind: "later" | "unknown" | "gone" | "unauthorized") =>
  ({ kind, of: "all", reason: kind, since: at - 5_000, until: at + 5_000 }) as const;

/** The builds by their ids. */
const held: Record<string, Build> = Object.fromEntries(
  Object.entries<Build>({
    new: someBuild(),
    running: owing({}, { snapshot: [phase("Build", "Building", { startedAt: at })], observedAt: at }),
    owing: owing({ outbox: [building], nextNumber: 2 }),
    leased: owing({ outbox: [building], lease: { owner: "o", covers, since: at, until: at + 60_000 } }),
    doubtful: owing({ outbox: [building], lease: { owner: "o", covers, since: at - day, until: at - 1 } }),
    refused: owing({
      outbox: [building],
      postponed: { of: "all", reason: "is_archived", at, until: at + 60_000, refusals: 3 },
    }),
    uneditable: owing({
      postponed: { of: "edits", reason: "is_inactive", content: true, at, until: at + 60_000, refusals: 1 },
    }),
    throttled: owing({ outbox: [building], setback: setback("later") }),
    unanswered: owing({ outbox: [building], setback: setback("unknown") }),
    tokenless: owing({ outbox: [building], setback: setback("unauthorized") }),
    told: owing({
      history: [
        { message: building, how: "sent", at, receipt },
        { message: message({ kind: "omitted", count: 3 }, 2), how: "undeliverable", at, reason: "no_text" },
        { message: message({ kind: "ended", outcome: "failed" }, 3), how: "leftOut", at },
      ],
    }),
    troubled: observeTrouble(someBuild(), "notUnderstood", at, keeping),
    ended: observe(
      someBuild(),
      [{ id: "1", name: "Build", state: "Failed" }],
      { jobName: "*shop*", index: "7", startedAt: at - 60_000, endedAt: at },
      at,
      keeping,
    ),
    unknown: observeTrouble(
      { ...someBuild(), trouble: { reason: "unknownBuild", since: 0, unknownSince: 0, shown: true } },
      "unknownBuild",
      at,
      keeping,
    ),
    stopped: stop(someBuild(), at),
    stopping: someBuild({ stopRequestedAt: at }),
  }).map(([buildId, build]) => [buildId, { ...build, buildId }]),
);

const otherChannel = "C9876543210";
/** A build in a second channel. */
const inOther: Build = {
  ...held["owing"]!,
  registration: { ...held["owing"]!.registration, channel: otherChannel, jobId: "job1" },
};

const jobs = [
  { jobId: "job1", jobName: "shop", lastBuildId: "running" },
  { jobId: "job2", jobName: "shop" },
  { jobId: "strange", jobName: `*shop*\u0000\u202E</script>\ud800${"x".repeat(300)}` },
];
const failures: ServiceStageFailure[] = [
  "unknownBuild",
  "unknownJob",
  "refused",
  "forbidden",
  "throttled",
  "unavailable",
  "notUnderstood",
];

const subscribed = (jobId: string, more: Partial<Subscription> = {}): Subscription => ({
  ...subscribe(jobId, "shop", `subscription-${jobId}`, { channel, mention: [], thread: true }, at - day),
  ...more,
});
/** Subscriptions of this channel in every state. */
const subscriptions: Subscription[] = [
  subscribed("job1"),
  subscribed("job2", {
    since: at,
    listedAt: at,
    lastBuildId: "running",
    undecided: [{ buildId: "b1", since: at }],
  }),
  observeJobTrouble(
    subscribed("gone", { trouble: { reason: "unknownJob", since: 0, ownSince: 0, shown: false } }),
    "unknownJob",
    true,
    at,
  ),
  endSubscription(subscribed("over")),
];

const longBody = JSON.stringify({ channel, label: "x".repeat(17 * 1024) });
const nested = (depth: number): string => `${"[".repeat(depth)}${"]".repeat(depth)}`;

const aBranch = fc.oneof(
  fc.constantFrom("main", "release/*", "**", "", "{a,b}{a,b}", "**/**/**/**", "x".repeat(101), "构建/*"),
  hostileText,
);
/** The body of a registration, or of a subscription, whose channel stands in the path. */
const settings = fc
  .record(
    {
      branches: fc.oneof(fc.constant(["main"]), fc.array(aBranch, { maxLength: 22 })),
      channel: fc.constantFrom(channel, "C9876543210"),
      label: fc.constantFrom("nightly", "构建"),
      mention: fc.constantFrom<unknown>("U0123456789", ["U0123456789", "committer"]),
      thread: fc.boolean(),
      notify: fc.constantFrom("all", "progress", "changes", "failures", "end"),
      tellSlow: fc.boolean(),
    },
    { requiredKeys: [] },
  )
  .chain((body) =>
    fc.oneof(
      fc.constant<unknown>(body),
      fc
        .tuple(
          fc.constantFrom(
            "channel",
            "branches",
            "label",
            "mention",
            "thread",
            "notify",
            "__proto__",
            "Channel",
            "a/b~c",
          ),
          fc.oneof(hostileValue, fc.array(hostileText, { maxLength: 12 })),
        )
        .map(([name, value]) => Object.defineProperty({ ...body }, name, { value, enumerable: true })),
    ),
  );
const textBody = fc.oneof(
  { weight: 6, arbitrary: settings.map((body) => JSON.stringify(body)) },
  {
    weight: 1,
    arbitrary: fc.constantFrom("U0123456789", "U0ANN000001").map((user) => JSON.stringify({ user })),
  },
  { weight: 2, arbitrary: fc.json() },
  { weight: 1, arbitrary: hostileText },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      "",
      "{",
      "null",
      "\uFEFF{}",
      '{"__proto__": {"channel": "C0123456789"}}',
      '{"channel": "C0123456789", "channel": 1}',
      '{"label": "\\ud800"}',
      longBody,
      nested(5_000),
      "x".repeat(16 * 1024),
    ),
  },
);
const body = fc.oneof(
  { weight: 5, arbitrary: textBody.map((text) => ({ body: text, isBase64Encoded: false })) },
  {
    weight: 1,
    arbitrary: textBody.map((text) => ({
      body: Buffer.from(text).toString("base64"),
      isBase64Encoded: true,
    })),
  },
  {
    weight: 1,
    arbitrary: fc
      .uint8Array({ maxLength: 40 })
      .map((bytes) => ({ body: Buffer.from(bytes).toString("base64"), isBase64Encoded: true })),
  },
  { weight: 1, arbitrary: fc.constant({ isBase64Encoded: false }) },
);

const buildId = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...Object.keys(held)) },
  { weight: 2, arbitrary: fc.constantFrom("fresh", "a".repeat(128), "a".repeat(129), "#servicestage") },
  { weight: 2, arbitrary: hostileText },
);
const jobId = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom("job1", "job2", "gone", "over", "strange", "unknown") },
  { weight: 1, arbitrary: fc.constantFrom("a/b", "a".repeat(128), "a".repeat(129), "..") },
  { weight: 2, arbitrary: hostileText },
);
const inChannel = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom(channel, otherChannel) },
  { weight: 1, arbitrary: fc.constantFrom("#builds", "D0123456789", "C0123456789\n") },
  { weight: 2, arbitrary: hostileText },
);
const query = fc.record(
  {
    channel: inChannel,
    job: jobId,
    name: fc.oneof(fc.constantFrom("shop", "Shop", "构建", ""), hostileText),
    status: fc.oneof(
      fc.constantFrom("tracking", "stopping", "ended", "abandoned", "stopped", "Ended"),
      hostileText,
    ),
    limit: fc.oneof(
      fc.constantFrom("1", "2", "100", "0", "101", "1.5", "1e1", "0x10", "", " 5", "-1", "NaN"),
      hostileText,
    ),
    cursor: fc.oneof(fc.constantFrom("abc", "running", "Y3Vyc29y", "e30", "bnVsbA"), hostileText),
    other: hostileText,
  },
  { requiredKeys: [] },
);
/** The parameters of each route. A query with an unknown parameter has all others too. */
const parametersOf: Record<string, string[]> = {
  [routes.list]: ["status", "limit", "cursor", "channel", "job"],
  [routes.listSubscriptions]: ["limit", "cursor", "channel", "job"],
  [routes.findJobs]: ["name"],
  [routes.proposeCommitter]: ["name"],
  [routes.unlinkCommitter]: ["name"],
  [routes.stop]: ["channel"],
  [routes.redeliver]: ["channel"],
};
const inRoute = (route: string, query: Partial<Record<string, string>>) =>
  "other" in query
    ? query
    : Object.fromEntries(Object.entries(query).filter(([name]) => parametersOf[route]?.includes(name)));

const headers = fc
  .record(
    {
      "content-type": fc.oneof(
        fc.constantFrom(
          "application/json",
          "application/json; charset=utf-8",
          "application/problem+json",
          "text/plain",
          "application/x-www-form-urlencoded",
          "",
        ),
        hostileText,
      ),
      accept: hostileText,
      cookie: fc.constant(`session=${canary}`),
      __proto__x: hostileText,
    },
    { requiredKeys: [] },
  )
  .map((some): Record<string, string> => ({ ...some, authorization: `Bearer ${canary}` }));

const event = fc
  .record({
    routeKey: fc.oneof(
      { weight: 12, arbitrary: fc.constantFrom<string>(...Object.values(routes)) },
      { weight: 1, arbitrary: fc.constantFrom("$default", "PATCH /builds", "GET /") },
    ),
    rawPath: fc.oneof(fc.constant("/builds"), hostileText),
    pathParameters: fc.option(fc.record({ buildId, jobId, channel: inChannel }), {
      nil: undefined,
      freq: 20,
    }),
    queryStringParameters: fc.option(query, { nil: undefined, freq: 2 }),
    headers,
    body,
  })
  .map(({ body, pathParameters, queryStringParameters, ...rest }): APIGatewayProxyEventV2 => {
    const [method = "", path = ""] = rest.routeKey.split(" ");
    return {
      version: "2.0",
      rawQueryString: "",
      ...rest,
      ...body,
      ...(pathParameters && { pathParameters }),
      ...(queryStringParameters && {
        queryStringParameters: inRoute(rest.routeKey, queryStringParameters),
      }),
      requestContext: {
        accountId: "a",
        apiId: "a",
        domainName: "a.example",
        domainPrefix: "a",
        http: { method, path, protocol: "HTTP/1.1", sourceIp: "127.0.0.1", userAgent: "" },
        requestId: "request-1",
        routeKey: rest.routeKey,
        stage: "$default",
        time: "12/Mar/2020:19:03:58 +0000",
        timeEpoch: at,
      },
    };
  });

interface Case {
  events: APIGatewayProxyEventV2[];
  isCircuitOpen: boolean;
  /** Why ServiceStage gives no answer. */
  failure: ServiceStageFailure | undefined;
  hasDefaults: boolean;
}

export type CreateHandler = (parts: ApiParts) => ApiHandler;

export function createApiEvents(createHandler: CreateHandler = createApiHandler): Target<Case> {
  const context = createContext("api");
  return {
    name: "API events",
    cases: 7_000,
    arbitrary: fc.record({
      events: fc.array(event, { minLength: 1, maxLength: 3 }),
      isCircuitOpen: fc.boolean(),
      failure: fc.option(fc.constantFrom(...failures), { nil: undefined, freq: 2 }),
      hasDefaults: fc.boolean(),
    }),
    async check({ events, isCircuitOpen, failure, hasDefaults }) {
      const clock = createTestClock(at);
      const store = createMemoryStore(clock);
      for (const feed of [...Object.values(held), inOther, ...subscriptions])
        await store.register(feed, undefined);
      if (isCircuitOpen) await store.openCircuit({ openUntil: at + 60_000, reason: "refused" }, undefined);
      const serviceStage = new MemoryServiceStage({ run: atOnce });
      serviceStage.fault = failure;
      for (const job of jobs) serviceStage.setJob(job);
      const log = createQuietLog();
      const handle = createHandler({
        store,
        loadRefusal: async () => refusalIn(store.readIndex()),
        serviceStage: () => serviceStage,
        clock,
        newId: () => "registration-2",
        log,
        settings: keeping,
        slackApiUrl: "https://slack.com/api/",
        defaults: hasDefaults ? { channel, mention: ["U0123456789"] } : {},
      });
      for (const event of events) {
        const answer = await handle(structuredClone(event), context);
        const told = JSON.stringify([answer, log.lines]);
        const mayFail = event.routeKey === routes.findJobs && (failure !== undefined || isCircuitOpen);
        const fault = faultOf(event.routeKey, answer, told, mayFail);
        if (fault !== undefined) return fault;
      }
      return undefined;
    },
  };
}

type Answer = Awaited<ReturnType<ApiHandler>>;

/** @param mayFail ServiceStage gives no answer, and the route needs one */
function faultOf(
  routeKey: string,
  { statusCode, headers = {}, body }: Answer,
  told: string,
  mayFail: boolean,
) {
  if (told.includes(canary)) return "the answer shows a secret of the caller";
  const status = statusCode ?? 0;
  if (status >= 500 && !mayFail) return `it answers ${status}: ${body}`;
  if (body !== undefined && !body.endsWith("\n")) return "an answer does not end with a line break";
  const odd = Object.entries(headers).find(([, value]) => !/^[\x20-\x7E]*$/.test(String(value)));
  if (odd) return `the header ${odd[0]} holds ${JSON.stringify(odd[1])}`;
  const parsed: unknown = body === undefined ? undefined : JSON.parse(body);
  if (!(Object.values(routes) as string[]).includes(routeKey)) {
    return status === 404 ? undefined : `an unknown route is answered by ${status}`;
  }
  return faultOfAnswer(routeKey, { status, type: headers["content-type"]?.toString(), body: parsed });
}
