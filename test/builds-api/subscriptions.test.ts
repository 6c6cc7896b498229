import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { noNotices, outOfReach } from "../../lambda/domain/notices.ts";
import { settle } from "../../lambda/domain/delivery.ts";
import {
  observeJob,
  observeJobTrouble,
  subscribe,
  type Subscription,
} from "../../lambda/domain/subscription.ts";
import { createStore } from "../../lambda/store/store.ts";
import type { ServiceStageFailure, Store } from "../../lambda/tracking/ports.ts";
import { createBuildsTable, localDynamoDbClient, startDynamoDb } from "../../local/dynamodb.ts";
import { createTestClock } from "../../testing/clock.ts";
import { createMemoryStore } from "../../testing/memory-store.ts";
import { createQuietLog } from "../../testing/quiet-log.ts";
import { saveWhole } from "../../testing/save-whole.ts";
import { channel, minute, start, startApi, type Api, type Call } from "./system.ts";

const other = "C9876543210";
const path = `/jobs/shop-job/subscriptions/${channel}`;
const settings = { channel, mention: [], thread: true };
const subscribed = (): Subscription => subscribe("shop-job", "shop", "earlier", settings, start);
const job = { jobId: "shop-job", jobName: "shop", lastBuildId: "b9" };
/** After the first listing. */
const listed = (): Subscription =>
  observeJob(
    subscribed(),
    job,
    { builds: [], pages: 1, whole: {} },
    { decided: ["b9"], later: [], isCutShort: false, isLate: false, isInTime: false },
    start + minute,
  );
/** After the channel was told that ServiceStage does not know the job. */
const told = (): Subscription =>
  observeJobTrouble(
    observeJobTrouble(listed(), "unknownJob", true, start),
    "unknownJob",
    true,
    start + 60 * minute,
  );

let api: Api;
beforeEach(async () => {
  api = await startApi();
  api.serviceStage.setJob({ jobId: "shop-job", jobName: "shop 🛒 商店" });
});
afterEach(() => api.close());

const put = (body?: unknown, at = path) => api.call("PUT", at, { body });
/** The places of a problem's errors. */
const places = (body: unknown): string[] =>
  ((body as { errors?: { pointer?: string; parameter?: string }[] }).errors ?? []).map(
    ({ pointer, parameter }) => pointer ?? parameter ?? "",
  );
const bodyOf = async (at = path) => (await api.call("GET", at)).body;

describe("subscribing a channel to a job", () => {
  test("a new subscription is created, and Location leads to it", async () => {
    const created = await put({ branches: ["main", "release/*"], label: " shop " });
    const { pathname } = new URL(String(created.headers["location"]), `https://api.example${path}`);
    const view = {
      jobId: "shop-job",
      jobName: "shop 🛒 商店",
      channel,
      status: "starting",
      subscribedAt: "2025-06-24T12:00:00.000Z",
      settings: {
        branches: ["main", "release/*"],
        label: "shop",
        mention: [],
        thread: true,
        notify: "all",
      },
      undecided: 0,
      pending: [],
      history: [],
    };
    expect(created).toMatchObject({ status: 201, body: { ...view, result: "new" } });
    expect(await api.call("GET", pathname)).toMatchObject({ status: 200, body: view });
    expect(api.serviceStage.requests).toEqual(["jobs/shop-job"]);
  });

  test.each<[string, unknown, unknown, number, string]>([
    ["the same again", { label: "x" }, { label: "x" }, 200, "same"],
    ["nothing, and nothing again", undefined, {}, 200, "same"],
    ["branches in another order", { branches: ["a", "b"] }, { branches: ["b", "a", "b"] }, 200, "same"],
    ["a branch twice", { branches: ["a"] }, { branches: ["a", "a"] }, 200, "same"],
    [
      "a mention as a text, then as a list",
      { mention: "U0123456789" },
      { mention: ["U0123456789"] },
      200,
      "same",
    ],
    [
      "mentions in another order",
      { mention: ["U0123456789", "S0123456789"] },
      { mention: ["S0123456789", "U0123456789"] },
      200,
      "same",
    ],
    [
      "a branch with a comma, then two branches",
      { branches: ["a,b"] },
      { branches: ["a", "b"] },
      200,
      "changed",
    ],
    ["another label", { label: "x" }, { label: "y" }, 200, "changed"],
    ["no label any more", { label: "x" }, {}, 200, "changed"],
    ["other branches", { branches: ["a"] }, { branches: ["b"] }, 200, "changed"],
    ["all branches", { branches: ["a"] }, {}, 200, "changed"],
    ["another notify", {}, { notify: "end" }, 200, "changed"],
  ])("put twice: %s", async (_sentence, first, second, status, result) => {
    await put(first);
    const again = await put(second);
    expect(again).toMatchObject({ status, body: { result } });
    const { result: _said, ...view } = again.body as Record<string, unknown>;
    expect(await bodyOf()).toEqual(view);
  });

  test("the defaults are those of a registration", async () => {
    const defaults = { mention: ["U0DEFAULT01"], thread: false, notify: "failures" as const };
    const withDefaults = await startApi({ defaults: { ...defaults, channel: other } });
    withDefaults.serviceStage.setJob({ jobId: "shop-job", jobName: "shop" });
    const answer = await withDefaults.call("PUT", path);
    await withDefaults.close();
    expect(answer).toMatchObject({ status: 201, body: { channel, settings: defaults } });
  });

  test("each channel has its own subscription", async () => {
    await put({ label: "here" });
    await put({ label: "there" }, path.replace(channel, other));
    expect(await bodyOf()).toMatchObject({ channel, settings: { label: "here" } });
    expect(await bodyOf(path.replace(channel, other))).toMatchObject({
      channel: other,
      settings: { label: "there" },
    });
  });
});

describe("a subscription's request", () => {
  const many = Array.from({ length: 300 }, (_, index) => `branch-${index}`);

  test.each<[string, unknown, string[], RegExp]>([
    ["300 branches", { branches: many }, ["#/branches"], /a list of 1 to 20 patterns/],
    ["no branch", { branches: [] }, ["#/branches"], /Leave it out for all branches/],
    ["a branch that is no list", { branches: "main" }, ["#/branches"], /a list/],
    ["braces", { branches: ["{a,b}{a,b}"] }, ["#/branches/0"], /"\{" is not supported in it/],
    ["many stars", { branches: ["**/**/**/**"] }, ["#/branches/0"], /more than 2 stars/],
    ["a negation", { branches: ["main", "!main"] }, ["#/branches/1"], /"!" is not supported/],
    ["an empty pattern", { branches: [""] }, ["#/branches/0"], /it is empty/],
    ["a pattern of 301 characters", { branches: ["x".repeat(301)] }, ["#/branches/0"], /longer than 300/],
    ["three stars in a row", { branches: ["release/***"] }, ["#/branches/0"], /stand alone between slashes/],
    ["a branch that is a number", { branches: [7] }, ["#/branches/0"], /must be a text; the value is 7/],
    ["half a surrogate pair", '{"branches":["\\ud800"]}', ["#/branches/0"], /not supported/],
    ["a channel in the body", { channel }, ["#/channel"], /not a known field/],
    ["an unknown field", { branch: ["main"] }, ["#/branch"], /not a known field/],
    ["a prototype", '{"__proto__":{"thread":false}}', ["#/__proto__"], /not a known field/],
    ["malformed JSON", "{", ["#"], /must be JSON/],
    ["a list", "[]", ["#"], /must be a JSON object/],
    [
      "every fault at once",
      { branches: ["{", "ok", ""], label: "\n", mention: ["x"], thread: 1, notify: "x", more: 1 },
      ["#/branches/0", "#/branches/2", "#/label", "#/mention/0", "#/thread", "#/notify", "#/more"],
      /./,
    ],
  ])("is refused, each fault named: %s", async (_sentence, body, pointers, detail) => {
    const answer = await put(body);
    expect({ status: answer.status, places: places(answer.body).toSorted() }).toEqual({
      status: 400,
      places: pointers.toSorted(),
    });
    const { errors } = answer.body as { errors: { detail: string }[] };
    expect(errors.map((each) => each.detail).join()).toMatch(detail);
    expect((await api.call("GET", path)).status).toBe(404);
    expect(api.serviceStage.requests).toEqual([]);
  });

  test.each<[string, unknown]>([
    ["letters of other scripts", { branches: ["功能/登录-*", "größe/**"] }],
    ["twenty patterns", { branches: many.slice(0, 20) }],
    ["a pattern as long as a branch", { branches: ["x".repeat(300)] }],
    ["plus signs", { branches: ["c++/feature+x"] }],
    ["two stars", { branches: ["*/**"] }],
  ])("may have %s", async (_sentence, body) => {
    expect(await put(body)).toMatchObject({ status: 201, body: { settings: body } });
  });

  test.each([
    ["a slash in the job's id", `/jobs/a%2Fb/subscriptions/${channel}`, ["jobId"]],
    ["a way out of the path", `/jobs/..%2F..%2Fx/subscriptions/${channel}`, ["jobId"]],
    ["a job's id of 129 characters", `/jobs/${"x".repeat(129)}/subscriptions/${channel}`, ["jobId"]],
    ["a job's name in place of its id", `/jobs/shop%20job/subscriptions/${channel}`, ["jobId"]],
    ["a channel by its name", "/jobs/shop-job/subscriptions/builds", ["channel"]],
    ["a direct message", "/jobs/shop-job/subscriptions/D0123456789", ["channel"]],
    ["both", "/jobs/%E5%95%86/subscriptions/%23builds", ["channel", "jobId"]],
  ])("%s is refused by every operation", async (_sentence, at, parameters) => {
    for (const method of ["PUT", "GET", "DELETE"]) {
      const answer = await api.call(method, at);
      expect({ status: answer.status, places: places(answer.body).toSorted() }).toEqual({
        status: 400,
        places: parameters,
      });
    }
  });

  test("one answer lists the faults of the path, of the query and of the body", async () => {
    const { body } = await put({ branches: ["{"], x: 1 }, "/jobs/a%2Fb/subscriptions/builds?dry=1");
    expect(places(body).toSorted()).toEqual(["#/branches/0", "#/x", "channel", "dry", "jobId"]);
  });

  test.each(["PUT", "GET", "DELETE"])("%s takes no query", async (method) => {
    const { status, body } = await api.call(method, `${path}?channel=${channel}`);
    expect({ status, places: places(body) }).toEqual({ status: 400, places: ["channel"] });
  });

  test.each<[string, Call, number]>([
    ["more than 16 KB", { body: `{${" ".repeat(16 * 1024)}}` }, 413],
    ["a form", { body: "{}", headers: { "content-type": "application/x-www-form-urlencoded" } }, 415],
  ])("%s is refused", async (_sentence, call, status) => {
    expect((await api.call("PUT", path, call)).status).toBe(status);
    const { body } = await api.call("PUT", "/jobs/a%2Fb/subscriptions/builds?dry=1", call);
    expect({ status: (body as { status: number }).status, places: places(body).toSorted() }).toEqual({
      status,
      places: ["channel", "dry", "jobId"],
    });
  });
});

describe("a job that ServiceStage is asked for", () => {
  test("and does not know is refused, and the answer says how to find it", async () => {
    expect(await put({}, `/jobs/nobody/subscriptions/${channel}`)).toMatchObject({
      status: 404,
      body: {
        title: "ServiceStage does not know the job",
        detail: expect.stringMatching(/the job nobody\. GET \/jobs\?name= finds/),
      },
    });
    expect((await api.call("GET", `/jobs/nobody/subscriptions/${channel}`)).status).toBe(404);
  });

  test.each<[ServiceStageFailure]>([
    ["refused"],
    ["forbidden"],
    ["throttled"],
    ["unavailable"],
    ["notUnderstood"],
  ])("is subscribed to all the same when the answer is %s, and the answer says so", async (reason) => {
    api.serviceStage.fault = reason;
    const answer = await put({ label: "x" });
    expect(answer).toMatchObject({
      status: 201,
      body: {
        result: "new",
        notChecked: { reason, detail: expect.stringMatching(/could not be asked.*is stored all the same/) },
      },
    });
    expect(answer.body).not.toHaveProperty("jobName");
    expect(await bodyOf()).toMatchObject({ status: "starting", settings: { label: "x" } });
    expect(api.log.lines).toMatchObject([{ level: "warn", fields: { jobId: "shop-job" } }]);
  });

  test("refused credentials are not tried again by the next request, nor by a search", async () => {
    api.serviceStage.fault = "refused";
    await put();
    const again = await put();
    const search = await api.call("GET", "/jobs?name=shop");
    expect(api.serviceStage.requests).toHaveLength(1);
    expect(await api.store.loadCircuit()).toMatchObject({ openUntil: start + 6 * minute });
    expect(again).toMatchObject({ status: 200, body: { result: "same", notChecked: { reason: "refused" } } });
    expect(search).toMatchObject({ status: 502 });
  });

  test("closes the circuit with an answer, once the circuit's time is over", async () => {
    await api.store.openCircuit({ openUntil: start, reason: "refused" }, undefined);
    expect((await put()).body).not.toHaveProperty("notChecked");
    expect(await api.store.loadCircuit()).toBeUndefined();
  });
});

describe("ending a subscription", () => {
  test("answers 204, also twice, and the subscription is shown as ended", async () => {
    await put();
    expect(await api.call("DELETE", path)).toMatchObject({ status: 204, body: undefined });
    expect((await api.call("DELETE", path)).status).toBe(204);
    expect(await bodyOf()).toMatchObject({ status: "ended", expiresAt: "2025-07-24T12:00:00.000Z" });
  });

  test("a channel that was never subscribed is 404, and the answer says how to subscribe it", async () => {
    for (const method of ["GET", "DELETE"]) {
      expect(await api.call(method, path)).toMatchObject({
        status: 404,
        body: {
          title: "The channel is not subscribed to the job",
          detail: expect.stringContaining(`PUT ${path} subscribes it`),
        },
      });
    }
  });

  test("of another channel is not touched", async () => {
    await put();
    await put({}, path.replace(channel, other));
    await api.call("DELETE", path);
    expect(await bodyOf(path.replace(channel, other))).toMatchObject({ status: "starting" });
  });

  test("a subscription put again after its end is new", async () => {
    await put({ label: "x" });
    await api.call("DELETE", path);
    api.clock.advance(minute);
    expect(await put({ label: "x" })).toMatchObject({
      status: 201,
      body: { result: "new", status: "starting", subscribedAt: "2025-06-24T12:01:00.000Z" },
    });
  });

  test("after its retention it is gone", async () => {
    await put();
    await api.call("DELETE", path);
    api.clock.advance(30 * 24 * 60 * minute);
    expect((await api.call("GET", path)).status).toBe(404);
    expect((await api.call("DELETE", path)).status).toBe(404);
  });
});

describe("showing a subscription", () => {
  test("after the first listing it is active, since then", async () => {
    await saveWhole(api.store, {
      ...listed(),
      undecided: ["b1", "b2"].map((buildId) => ({ buildId, since: start })),
    });
    expect(await bodyOf()).toMatchObject({
      status: "active",
      since: "2025-06-24T12:01:00.000Z",
      listedAt: "2025-06-24T12:01:00.000Z",
      lastBuildId: "b9",
      undecided: 2,
    });
  });

  test.each<[ServiceStageFailure, RegExp]>([
    ["unknownJob", /can't find this job.*GET \/jobs\?name=/],
    ["forbidden", /no permission to read this job/],
    ["refused", /rejects the credentials for this job/],
    ["unavailable", /does not respond for this job/],
    ["notUnderstood", /can't read ServiceStage's response for this job/],
  ])("a job that can't be read says why: %s", async (reason, detail) => {
    await saveWhole(api.store, observeJobTrouble(listed(), reason, true, start));
    expect(await bodyOf()).toMatchObject({
      trouble: { reason, detail: expect.stringMatching(detail), since: "2025-06-24T12:00:00.000Z" },
    });
  });

  test("an outage of all comes before the job's own trouble, and refused credentials come before both", async () => {
    await saveWhole(api.store, observeJobTrouble(listed(), "unknownJob", true, start));
    await saveWhole(api.store, outOfReach(noNotices(channel, "n1"), "unavailable", start));
    expect(await bodyOf()).toMatchObject({ trouble: { reason: "unavailable" } });
    await api.store.openCircuit({ openUntil: start + minute, reason: "APIGW.0301" }, undefined);
    expect(await bodyOf()).toMatchObject({ trouble: { reason: "APIGW.0301" } });
  });

  test("a channel that Slack refuses is a problem of the subscription, new or old", async () => {
    const since = start - minute;
    const knowing = await startApi({
      loadRefusal: async (asked) =>
        asked === channel ? { reason: "is_archived: unarchive the channel", since } : undefined,
    });
    knowing.serviceStage.setJob({ jobId: "shop-job", jobName: "shop" });
    const detail =
      `Slack refuses the channel ${channel}: is_archived: unarchive the channel. Builds that come are registered all the ` +
      "same, and their messages are sent when Slack accepts them. If the channel is wrong, " +
      `DELETE ${path}, and PUT a subscription of the right channel.`;
    const channelProblem = { detail, since: "2025-06-24T11:59:00.000Z" };
    const put = await knowing.call("PUT", path);
    const shown = await knowing.call("GET", path);
    const elsewhere = await knowing.call("PUT", path.replace(channel, other));
    await knowing.call("DELETE", path);
    const ended = await knowing.call("GET", path);
    await knowing.close();
    expect(put).toMatchObject({ status: 201, body: { channelProblem } });
    expect(shown).toMatchObject({ status: 200, body: { channelProblem } });
    expect(elsewhere.body).not.toHaveProperty("channelProblem");
    expect(ended.body).not.toHaveProperty("channelProblem");
  });

  test("an ended subscription has no trouble", async () => {
    await saveWhole(api.store, { ...observeJobTrouble(listed(), "forbidden", true, start), status: "ended" });
    expect(await bodyOf()).not.toHaveProperty("trouble");
  });

  test("a pending message says why it is pending", async () => {
    await saveWhole(api.store, told());
    expect(await bodyOf()).toMatchObject({
      pending: [
        {
          kind: "jobUnreadable",
          what: "ServiceStage can't find the job shop; the problem began at 2025-06-24T12:00:00.000Z",
          recordedAt: "2025-06-24T13:00:00.000Z",
          why: "waiting",
        },
      ],
      history: [],
    });
  });

  test("when Slack refuses the channel, the pending message says what to do", async () => {
    const { delivery, ...subscription } = told();
    const refusal = { of: "all" as const, reason: "is_archived" };
    const refused = settle(delivery, { delivered: [], refusal }, start);
    await saveWhole(api.store, { ...subscription, delivery: refused });
    expect(await bodyOf()).toMatchObject({
      pending: [
        {
          why: "refused",
          detail:
            "Slack has refused messages for this channel since 2025-06-24T12:00:00.000Z: is_archived. If the channel " +
            `is wrong, DELETE ${path}, and PUT a subscription of the right channel.`,
        },
      ],
    });
  });

  test("a delivered message has its link", async () => {
    const { delivery, ...subscription } = told();
    const receipt = { channel, ts: "1750767061.000200" };
    const delivered = delivery.outbox.map((message) => ({
      message,
      how: "sent" as const,
      at: start,
      receipt,
    }));
    await saveWhole(api.store, { ...subscription, delivery: settle(delivery, { delivered }, start) });
    expect(await bodyOf()).toMatchObject({
      pending: [],
      history: [{ kind: "jobUnreadable", link: "https://slack.com/archives/C0123456789/p1750767061000200" }],
    });
  });
});

describe("listing subscriptions", () => {
  test.each([
    ["channel=builds", ["channel"]],
    ["job=a%2Fb", ["job"]],
    ["status=active", ["status"]],
    ["limit=0", ["limit"]],
    ["channel=C0123456789&channel=C9876543210", ["channel"]],
    ["channel=x&job=*&limit=x&cursor=*&page=2", ["channel", "cursor", "job", "limit", "page"]],
  ])("GET /subscriptions?%s names %j", async (query, parameters) => {
    const answer = await api.call("GET", `/subscriptions?${query}`);
    expect({ status: answer.status, places: places(answer.body).toSorted() }).toEqual({
      status: 400,
      places: parameters,
    });
  });

  test("an entry says what matters", async () => {
    await saveWhole(api.store, {
      ...told(),
      settings: { ...settings, label: "x", branches: ["main"] },
    });
    expect((await api.call("GET", "/subscriptions")).body).toEqual({
      subscriptions: [
        {
          jobId: "shop-job",
          jobName: "shop",
          channel,
          subscribedAt: "2025-06-24T12:00:00.000Z",
          status: "active",
          since: "2025-06-24T12:01:00.000Z",
          label: "x",
          branches: ["main"],
          notify: "all",
          pending: 1,
        },
      ],
    });
  });
});

describe("on DynamoDB", () => {
  let database: Awaited<ReturnType<typeof startDynamoDb>>;
  let client: ReturnType<typeof localDynamoDbClient>;
  let store: Store;
  let onDynamoDb: Api;
  beforeAll(async () => {
    database = await startDynamoDb();
    client = localDynamoDbClient(database.url);
    await createBuildsTable(client, "builds");
    const clock = createTestClock(start);
    store = createStore({ client, tableName: "builds", clock, log: createQuietLog() });
  });
  afterAll(async () => {
    client.destroy();
    await database.close();
  });
  beforeEach(async () => {
    onDynamoDb = await startApi({ store });
    for (const jobId of ["racing", "j1", "j2", "j3", "changing", "x".repeat(128)])
      onDynamoDb.serviceStage.setJob({ jobId, jobName: jobId });
  });
  afterEach(() => onDynamoDb.close());

  const resultsOf = async (jobId: string, bodies: unknown[]) => {
    const answers = await Promise.all(
      bodies.map((body) => onDynamoDb.call("PUT", `/jobs/${jobId}/subscriptions/${channel}`, { body })),
    );
    return answers.map(({ status, body }) => `${status} ${(body as { result: string }).result}`).toSorted();
  };

  test("of twenty that put the same at once, one is new, and the others are the same", async () => {
    const results = await resultsOf(
      "racing",
      Array.from({ length: 20 }, () => ({ label: "x" })),
    );
    expect(results).toEqual([...Array.from({ length: 19 }, () => "200 same"), "201 new"]);
  });

  test("put, changed, ended, ended again and put again", async () => {
    const at = `/jobs/changing/subscriptions/${channel}`;
    const asked: [string, unknown?][] = [
      ["PUT", {}],
      ["PUT", { branches: ["main"] }],
      ["DELETE"],
      ["DELETE"],
      ["GET"],
      ["PUT", {}],
    ];
    const answered: string[] = [];
    for (const [method, body] of asked) {
      const answer = await onDynamoDb.call(method, at, { body });
      const { result, status } = (answer.body ?? {}) as { result?: string; status?: string };
      answered.push([method, answer.status, result ?? status].join(" ").trim());
    }
    expect(answered).toEqual([
      "PUT 201 new",
      "PUT 200 changed",
      "DELETE 204",
      "DELETE 204",
      "GET 200 ended",
      "PUT 201 new",
    ]);
  });

  test("the pages of the list have each subscription once, and a cursor that no page gave is refused", async () => {
    const longest = `C${"9".repeat(20)}`;
    await onDynamoDb.call("PUT", `/jobs/${"x".repeat(128)}/subscriptions/${longest}`);
    for (const jobId of ["j1", "j2", "j3"])
      for (const each of [channel, other])
        await onDynamoDb.call("PUT", `/jobs/${jobId}/subscriptions/${each}`);
    await onDynamoDb.call("DELETE", `/jobs/j3/subscriptions/${other}`);
    const listedBy = async (query: string) => {
      const seen: string[] = [];
      for (let cursor: string | undefined = ""; cursor !== undefined;) {
        const { body } = await onDynamoDb.call("GET", `/subscriptions?limit=1${query}${cursor}`);
        const page = body as { subscriptions: { jobId: string; channel: string }[]; next?: string };
        seen.push(...page.subscriptions.map(({ jobId, channel }) => `${jobId} ${channel}`));
        cursor = page.next && `&cursor=${page.next}`;
      }
      return seen.toSorted();
    };
    expect(await listedBy(`&channel=${other}`)).toEqual([`j1 ${other}`, `j2 ${other}`]);
    expect(await listedBy("&job=j3")).toEqual([`j3 ${channel}`]);
    expect(await listedBy("")).toEqual(
      [
        `${"x".repeat(128)} ${longest}`,
        ...["changing", "j1", "j2", "j3", "racing"].map((jobId) => `${jobId} ${channel}`),
        `j1 ${other}`,
        `j2 ${other}`,
      ].toSorted(),
    );
    await onDynamoDb.call("PUT", "/builds/b1", { body: { channel } });
    await onDynamoDb.call("PUT", "/builds/b2", { body: { channel } });
    const cursorOf = async (list: string) =>
      ((await onDynamoDb.call("GET", `${list}limit=1`)).body as { next: string }).next;
    const made = Buffer.from(`0 ${channel} job/j1`).toString("base64url");
    const cursors: [string, string][] = [
      ["/subscriptions?", "A"],
      ["/subscriptions?", made],
      ["/subscriptions?", await cursorOf("/builds?")],
      ["/subscriptions?job=j1&", await cursorOf("/subscriptions?")],
      [`/subscriptions?channel=${other}&`, await cursorOf(`/subscriptions?channel=${channel}&`)],
      ["/subscriptions?", await cursorOf("/subscriptions?job=j1&")],
      ["/builds?", made],
      ["/builds?", await cursorOf("/subscriptions?")],
      ["/builds?status=ended&", await cursorOf("/builds?")],
    ];
    for (const [list, cursor] of cursors) {
      expect({ list, answer: await onDynamoDb.call("GET", `${list}cursor=${cursor}`) }).toMatchObject({
        list,
        answer: { status: 400, body: { errors: [{ parameter: "cursor" }] } },
      });
    }
  });
});

test("a request that always loses against other requests gets the advice to try again", async () => {
  const losing = await startApi({
    store: {
      ...createMemoryStore(createTestClock(start)),
      register: async () => false,
    },
  });
  losing.serviceStage.setJob({ jobId: "shop-job", jobName: "shop" });
  const answer = await losing.call("PUT", path);
  await losing.close();
  expect(answer).toMatchObject({ status: 503, headers: { "retry-after": "2" } });
});
