import type { IncomingMessage } from "node:http";
import * as fc from "fast-check";
import { isActive, type Build } from "../../lambda/domain/build.ts";
import type { Feed } from "../../lambda/domain/feed.ts";
import { renderBuild } from "../../lambda/builds-api/view.ts";
import { renderCard } from "../../lambda/slack/card.ts";
import { renderMessage } from "../../lambda/slack/messages.ts";
import { newItem } from "../../lambda/store/item.ts";
import { createServiceStage, type ServiceStageOptions } from "../../lambda/servicestage/client.ts";
import { ServiceStageError, type ServiceStage, type Store } from "../../lambda/tracking/ports.ts";
import { canary } from "../../local/canary.ts";
import { findFaults } from "../../local/slack/limits.ts";
import { faultOfComponent } from "../builds-api/document.ts";
import { accessKey, password } from "../servicestage/credentials.ts";
import { channel } from "../slack/builds.ts";
import { createScene, minute } from "../tracking/scene.ts";
import { startAnswering, type HttpAnswer } from "./answering-server.ts";
import type { Target } from "./target.ts";
import { hostileText, hostileValue } from "./texts.ts";
import { heldCredentials } from "../../testing/held-credentials.ts";

/** Any answers of ServiceStage and IAM, over real HTTP. The build's later changes must still be delivered. */

const name = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.constantFrom("Init", "Download", "PreProcess", "Build", "Artifact", "PostProcess"),
  },
  { weight: 2, arbitrary: hostileText },
);
const state = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.constantFrom(
      "NotStarted",
      "Queuing",
      "Building",
      "Successful",
      "Failed",
      "Timeout",
      "Cancel",
      "Deleted",
    ),
  },
  { weight: 1, arbitrary: hostileText },
);
const id = fc.oneof(fc.nat(9), fc.bigInt({ min: 2n ** 53n, max: 2n ** 70n }), hostileValue);

/** JSON with numbers that JavaScript would round. */
const toJson = (value: unknown): string =>
  JSON.stringify(value, (_key, each: unknown) => (typeof each === "bigint" ? `<${each}>` : each)).replaceAll(
    /"<(\d+)>"/g,
    "$1",
  );

const listed = fc.record({ id, name, state });
const manyPhases = fc
  .tuple(fc.constantFrom(99, 100, 101, 10_000), fc.constantFrom("构", "a", "😀"), state)
  .map(([length, char, state]) => ({
    list: Array.from({ length }, (_, id) => ({ id, name: `${id}${char.repeat(100)}`.slice(0, 99), state })),
  }));
const phases = fc.oneof(
  { weight: 8, arbitrary: fc.record({ list: fc.array(listed, { maxLength: 8 }) }) },
  { weight: 1, arbitrary: manyPhases },
);

const time = fc.oneof(
  fc.constantFrom(
    "2026-01-05 10:00:00 +0000 UTC",
    "2026-01-05T10:00:30Z",
    "2026-01-05T10:00:30",
    "2026-01-05T18:00:00+08:00",
    "0001-01-01 00:00:00 +0000 UTC",
    "2026-01-05 09:00:00 +0000 UTC",
    "1999-12-31T00:00:00Z",
    "2099-12-31T00:00:00Z",
    "9999-12-31T23:59:59Z",
    "2026-13-45T99:99:99Z",
    "-271821-04-20T00:00:00Z",
  ),
  hostileValue,
);
const details = fc.record(
  {
    job_id: fc.oneof(fc.constant("j1"), hostileValue),
    job_name: fc.oneof(fc.constant("shop"), hostileValue),
    index: hostileValue,
    branch: hostileValue,
    commit_id: hostileValue,
    commit_comment: hostileValue,
    committer: hostileValue,
    repo: hostileValue,
    repo_type: hostileValue,
    creator: hostileValue,
    type: hostileValue,
    build_state: fc.oneof(state, hostileValue),
    started_at: time,
    ended_at: time,
  },
  { requiredKeys: [] },
);
const logs = fc.record(
  {
    buildlog: fc.oneof(
      hostileValue,
      fc.array(hostileText, { maxLength: 30 }).map((lines) => lines.join("\n")),
      fc.constantFrom(
        "=".repeat(333),
        "\r".repeat(64 * 1024),
        "<password>".repeat(999),
        "构\n".repeat(30_000),
      ),
    ),
    next: fc.oneof(fc.constantFrom<unknown>(0, 1, 2 ** 53), hostileValue),
  },
  { requiredKeys: ["buildlog"] },
);
const pageNumber = fc.oneof(fc.constantFrom<unknown>(1, 2, 20, "100", 0, -1, 1e300), hostileValue);
const pageNumbers = { total: pageNumber, per_page: pageNumber, page: pageNumber };
const jobs = fc.record({
  job_id: fc.oneof(fc.constant("j1"), hostileValue),
  spec: fc.oneof(fc.record({ job_name: hostileValue, last_build_id: hostileValue }), hostileValue),
  last_build_id: fc.oneof(fc.constantFrom<unknown>("b1", "", null), hostileValue),
  list: fc.array(fc.record({ job_id: hostileValue, job_name: hostileValue }, { requiredKeys: [] }), {
    maxLength: 6,
  }),
  ...pageNumbers,
});
const jobBuilds = fc.record({
  ...pageNumbers,
  list: fc.array(
    fc.record(
      {
        build_id: fc.oneof(fc.constantFrom("b1", "b2"), hostileValue),
        build_state: state,
        duration: fc.oneof(fc.constantFrom<unknown>(60, "60"), hostileValue),
      },
      { requiredKeys: ["build_state"] },
    ),
    { maxLength: 6 },
  ),
});

/** A documented answer, an answer with one fault, or a completely different answer. */
const bodyOf = (documented: fc.Arbitrary<object>): fc.Arbitrary<string> =>
  fc.oneof(
    { weight: 8, arbitrary: documented.map(toJson) },
    {
      weight: 2,
      arbitrary: fc
        .tuple(documented, hostileValue, fc.nat(9))
        .map(([body, value, at]) => toJson(replaceOne(body, value, at))),
    },
    { weight: 1, arbitrary: hostileValue.map((value) => toJson(value) ?? "") },
    { weight: 1, arbitrary: documented.map((body) => toJson(body).slice(0, -3)) },
    {
      weight: 1,
      arbitrary: fc.constantFrom("", "<html>Bad gateway</html>", "\uFEFF{}", " ".repeat(300_000), echo),
    },
  );

function replaceOne(body: object, value: unknown, at: number): object {
  const names = Object.keys(body);
  return { ...body, [names[at % names.length] ?? "list"]: value };
}

/** The server replaces this text by what it received. */
const echo = "{echo}";

const status = fc.oneof(
  { weight: 10, arbitrary: fc.constant(200) },
  { weight: 2, arbitrary: fc.constantFrom(201, 204, 302, 400, 401, 403, 404, 408, 429, 500, 503) },
);
const failure = fc.constantFrom(
  `{"error_code":"APIGW.0301","error_msg":"${echo}","request_id":"r1"}`,
  `{"error_code":"APIGW.0308","error_msg":"throttled"}`,
  `{"errorCode":"SVCSTG.CPE.4040401","errorMessage":"${echo}"}`,
  `[{"errorCode":7,"errorMessage":null,"detail":[]}]`,
  `{"error":{"code":401,"message":"${echo}","title":"Unauthorized"}}`,
  `{"error":null,"error_code":{},"request_id":{}}`,
);
const answersOf = (documented: fc.Arbitrary<object>): fc.Arbitrary<HttpAnswer> =>
  fc.record({ status, whole: bodyOf(documented), failure }).chain(({ status, whole, failure }) =>
    fc.record({
      status: fc.constant(status),
      body: status === 200 ? fc.constant(whole) : fc.constantFrom(whole, failure),
      headers: fc.constantFrom<Record<string, string>>(
        {},
        { date: "Thu, 01 Jan 1970 00:00:00 GMT", "x-request-id": "r1" },
        { date: "soon", "retry-after": "-1", location: "http://127.0.0.1:1/" },
      ),
    }),
  );

const signIn = fc
  .record({
    status: fc.oneof({ weight: 6, arbitrary: fc.constant(201) }, { weight: 1, arbitrary: status }),
    expires_at: fc.oneof({ weight: 4, arbitrary: fc.constant("2100-01-01T00:00:00Z") }, time),
    token: fc.constantFrom(`${canary}-token`, `${canary}${"t".repeat(25_000)}`, "", " ", `${canary}\u00FF`),
  })
  .map(({ status, expires_at, token }): HttpAnswer => ({
    status,
    headers: { "x-subject-token": token },
    body: JSON.stringify({ token: { expires_at } }),
  }));

const someOf = (documented: fc.Arbitrary<object>) =>
  fc.array(answersOf(documented), { minLength: 1, maxLength: 3 });

const asCase = fc.record({
  hasPassword: fc.boolean(),
  phases: someOf(phases),
  details: someOf(details),
  logs: someOf(logs),
  jobBuilds: someOf(jobBuilds),
  jobs: someOf(jobs),
  signIns: fc.array(signIn, { minLength: 1, maxLength: 2 }),
});
type Case = typeof asCase extends fc.Arbitrary<infer C> ? C : never;

export type Create = (options: ServiceStageOptions) => ServiceStage;

/** The number of ticks after which no pause and no pace of one case is left. */
const ticksAtMost = 25;

export async function openServiceStageAnswers(create: Create = createServiceStage): Promise<Target<Case>> {
  const server = await startAnswering();
  return {
    name: "ServiceStage's answers",
    cases: 2_500,
    arbitrary: asCase,
    close: () => server.close(),
    async check(each) {
      server.answerWith(answersInTurn(each));
      const scene = createScene();
      const credentials = heldCredentials(each.hasPassword ? password : accessKey);
      const { clock, log } = scene;
      const options = { endpoint: server.url, iamEndpoint: server.url, region: "cn-north-4", clock, log };
      const serviceStage = create({ ...options, credentials });

      const direct = await faultOfCalls(serviceStage);
      if (direct !== undefined) return direct;

      let fault: string | undefined;
      const store: Store = {
        ...scene.store,
        save: async (before, after, writer) => {
          fault ??= faultOfFeed(after, clock.now());
          return scene.store.save(before, after, writer);
        },
      };
      await scene.register("b1", { channel, mention: ["U0123456789"] });
      const attacked = await scene.tick({ serviceStage, store });
      if (attacked.errors > 0) return `a tick has errors: ${JSON.stringify(log.lines)}`;

      // From now on it answers as documented, as after a repair.
      server.answerWith(healthyAnswer);
      const healthy = create({ ...options, credentials: heldCredentials(accessKey) });
      clock.advance(10 * minute);
      for (let ticks = 0; isActive(await scene.load("b1")); ticks++) {
        if (ticks === ticksAtMost)
          return `the end of the build is not delivered: ${JSON.stringify(await scene.load("b1"))}`;
        const { errors } = await scene.tick({ serviceStage: healthy, store });
        if (errors > 0) return `a later tick has errors: ${JSON.stringify(log.lines)}`;
      }
      if (JSON.stringify([log.lines, await scene.load("b1")]).includes(canary))
        return "the log or the store contains a secret";
      return fault;
    },
  };
}

/** Each kind of call gets its answers in order. The last answer is repeated. */
function answersInTurn(each: Case): (request: IncomingMessage) => HttpAnswer {
  const turns = new Map<HttpAnswer[], number>();
  return ({ url = "", headers }) => {
    const answers = url.includes("/auth/tokens")
      ? each.signIns
      : url.includes("/phases")
        ? each.phases
        : url.includes("/logs")
          ? each.logs
          : url.includes("/jobs")
            ? url.includes("/builds?")
              ? each.jobBuilds
              : each.jobs
            : each.details;
    const turn = turns.get(answers) ?? 0;
    turns.set(answers, turn + 1);
    const answer = answers[Math.min(turn, answers.length - 1)]!;
    if (!answer.body.includes(echo)) return answer;
    const sent = JSON.stringify(headers).replaceAll('"', "'");
    return { ...answer, body: answer.body.replaceAll(echo, sent) };
  };
}

function healthyAnswer({ url = "" }: IncomingMessage): HttpAnswer {
  if (url.includes("/phases")) {
    return { status: 200, body: JSON.stringify({ list: [{ id: 2, name: "Build", state: "Failed" }] }) };
  }
  if (url.includes("/logs")) return { status: 200, body: JSON.stringify({ buildlog: "npm error", next: 0 }) };
  if (url.includes("/jobs/")) return { status: 200, body: JSON.stringify({ list: [] }) };
  const ended = { job_id: "j1", job_name: "shop", build_state: "Failed" };
  return { status: 200, body: JSON.stringify(ended) };
}

async function faultOfCalls(serviceStage: ServiceStage): Promise<string | undefined> {
  const calls: Record<string, () => Promise<unknown>> = {
    phases: () => serviceStage.fetchPhases("b1"),
    details: () => serviceStage.fetchDetails("b1"),
    log: () => serviceStage.fetchLogTail("b1"),
    jobBuilds: () => serviceStage.fetchJobBuilds({ jobId: "j1", jobName: "shop" }, 1),
    job: () => serviceStage.fetchJob("j1"),
    jobs: () => serviceStage.fetchJobs(1, "shop"),
  };
  for (const [what, call] of Object.entries(calls)) {
    try {
      const value = await call();
      if (JSON.stringify(value).includes(canary)) return `${what} hold a secret`;
      const fault = faultOfNumbers(value);
      if (fault !== undefined) return `${what}: ${fault}`;
    } catch (error) {
      if (!(error instanceof ServiceStageError)) return `${what} throw ${String(error)}`;
      if (`${error.message}${error.stack}${JSON.stringify(error)}`.includes(canary))
        return `${what} show a secret`;
      if (error.message.length > 1_000) return `${what} say too much: ${error.message}`;
    }
  }
  return undefined;
}

const maxItemBytes = 400 * 1024;

/** The parts that DynamoDB, Slack or a client of the API would not accept. */
function faultOfFeed(feed: Feed, now: number): string | undefined {
  const bytes = bytesOf(newItem(feed));
  if (bytes >= maxItemBytes) return `its item has ${bytes} bytes`;
  const numbers = faultOfNumbers(newItem(feed));
  if (numbers !== undefined) return numbers;
  return feed.kind === "build" ? faultOfBuild(feed, now) : undefined;
}

function faultOfBuild(build: Build, now: number): string | undefined {
  const seen = { slackApiUrl: "https://slack.com/api/", now, abandonAfterMillis: 24 * 60 * minute };
  const view = renderBuild(build, { ...seen, circuit: undefined, outage: undefined });
  const undocumented = faultOfComponent("Build", structuredClone(view));
  if (undocumented !== undefined) return undocumented;
  const settings = { region: "cn-north-4" };
  const { card, outbox } = build.delivery;
  const rendered = [
    ...(card ? [renderCard(build, settings)] : []),
    ...outbox.slice(-2).map((message) => renderMessage(build, message, settings)),
  ];
  const refused = rendered.flatMap((each) => findFaults(each));
  return refused.length > 0 ? `Slack refuses it: ${JSON.stringify(refused)}` : undefined;
}

/** Every stored time, count and duration. */
function faultOfNumbers(value: unknown, path = ""): string | undefined {
  if (typeof value === "number") {
    return Number.isSafeInteger(value) && value >= 0 ? undefined : `${path} is ${value}`;
  }
  if (typeof value !== "object" || value === null) return undefined;
  for (const [key, inner] of Object.entries(value)) {
    const fault = faultOfNumbers(inner, `${path}.${key}`);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

/** The size as DynamoDB counts it. The test computes it by itself, because the product's own function is under attack too. */
function bytesOf(value: unknown): number {
  if (typeof value === "string") return Buffer.byteLength(value);
  if (typeof value === "number") return String(value).length + 1;
  if (typeof value !== "object" || value === null) return 1;
  return Object.entries(value)
    .filter(([, inner]) => inner !== undefined)
    .reduce(
      (sum, [name, inner]) => sum + 1 + (Array.isArray(value) ? 0 : Buffer.byteLength(name)) + bytesOf(inner),
      3,
    );
}
