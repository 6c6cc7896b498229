import { noNotices, outOfReach } from "../../lambda/domain/notices.ts";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { observe, registerBuild, stop, type Build } from "../../lambda/domain/build.ts";
import { tellActions } from "../../lambda/domain/build-action.ts";
import { settle, takeLease, type Delivery, type Receipt } from "../../lambda/domain/delivery.ts";
import { createStore } from "../../lambda/store/store.ts";
import type { Store } from "../../lambda/tracking/ports.ts";
import { createBuildsTable, localDynamoDbClient, startDynamoDb } from "../../local/dynamodb.ts";
import { createTestClock } from "../../testing/clock.ts";
import { createQuietLog } from "../../testing/quiet-log.ts";
import type { BuildPage, RegistrationsView } from "../../lambda/builds-api/schemas.ts";
import { channel, minute, start, startApi, type Api } from "./system.ts";
import { saveWhole } from "../../testing/save-whole.ts";

const retention = { keepMillis: 30 * 24 * 60 * minute, abandonAfterMillis: 24 * 60 * minute };
const settings = { channel, mention: ["U0000001"], thread: true };
const other = "C9876543210";
const registered = (buildId = "b1") => registerBuild(buildId, "earlier", settings, start);
/** The build in another channel. */
const inOther = (build: Build): Build => ({
  ...build,
  registration: { ...build.registration, channel: other },
});
const listed = (...states: string[]) =>
  states.map((state, index) => ({ id: `${index}`, name: names[index]!, state }));
const names = ["Init", "Download", "PreProcess", "Build", "Artifact", "PostProcess"];
/** A build that failed. Its card and a message are pending. */
const failed = () =>
  observe(registered(), listed("Successful", "Failed"), { jobName: "checkout" }, start, retention);
/** The `build` after everything was delivered. */
const delivered = (build: Build): Build => {
  const { delivery } = build;
  const receipt = { channel, ts: "1750767061.000200" };
  const delivered = delivery.outbox.map((message) => ({
    message,
    how: "sent" as const,
    at: start + 2000,
    receipt,
  }));
  const card = {
    ...delivery.card!,
    shown: delivery.card!.revision,
    receipt: { channel, ts: "1750767060.000100" },
  };
  return { ...build, delivery: settle(delivery, { delivered, card }, start + 2000) };
};

const postponed = (reason: string) => (delivery: Delivery) =>
  settle(delivery, { delivered: [], refusal: { of: "all", reason } }, start);
const leased = (delivery: Delivery) => takeLease(delivery, "owner", start);

let api: Api;
const others: Api[] = [];
const startOther = async (overrides: Parameters<typeof startApi>[0]): Promise<Api> => {
  const other = await startApi(overrides);
  others.push(other);
  return other;
};
beforeEach(async () => {
  api = await startApi();
});
afterEach(async () => {
  for (const each of [api, ...others.splice(0)]) await each.close();
});

describe("registering a build", () => {
  test("a new build is created, and Location leads to it", async () => {
    const created = await api.call("PUT", "/builds/b1", { body: { channel } });
    expect(created.status).toBe(201);
    const { pathname } = new URL(String(created.headers["location"]), "https://api.example/builds/b1");
    expect(await api.call("GET", pathname)).toMatchObject({
      status: 200,
      body: {
        buildId: "b1",
        registrations: [
          {
            buildId: "b1",
            status: "tracking",
            settings: { channel, mention: [], thread: true },
            registeredAt: "2025-06-24T12:00:00.000Z",
            abandonedAfter: "2025-06-25T12:00:00.000Z",
            phases: names.map((name) => ({ name, state: "NotStarted" })),
            pending: [],
            history: [],
          },
        ],
      },
    });
  });

  test.each<[string, unknown, object]>([
    ["a label is trimmed", { channel, label: "  shop 🛒 " }, { label: "shop 🛒" }],
    [
      "a label of a hundred characters, which may have more bytes",
      { channel, label: "🛒".repeat(100) },
      { label: "🛒".repeat(100) },
    ],
    ["one mention is a list of one", { channel, mention: "U0000001" }, { mention: ["U0000001"] }],
    [
      "mentions given twice count once",
      { channel, mention: ["U0000001", "S0000002", "U0000001"] },
      { mention: ["U0000001", "S0000002"] },
    ],
    ["a thread can be declined", { channel, thread: false }, { thread: false }],
  ])("%s", async (_sentence, body, shown) => {
    expect(await api.call("PUT", "/builds/b1", { body })).toMatchObject({
      status: 201,
      body: { settings: shown },
    });
  });

  test.each<[string, object, number, string[]]>([
    ["the same again changes nothing", { channel, mention: "U0000001", thread: true }, 200, []],
    ["another label is a conflict", { channel, mention: "U0000001", label: "x" }, 409, ["#/label"]],
    [
      "every setting that differs is named",
      { channel, label: "x", thread: false, notify: "end" },
      409,
      ["#/label", "#/mention", "#/thread", "#/notify"],
    ],
    [
      "other settings in another channel are a registration of their own",
      { channel: other, label: "x", thread: false },
      201,
      [],
    ],
  ])("registered twice: %s", async (_sentence, body, status, pointers) => {
    await api.call("PUT", "/builds/b1", { body: { channel, mention: ["U0000001"] } });
    const again = await api.call("PUT", "/builds/b1", { body });
    expect(again.status).toBe(status);
    expect(pointersOf(again.body)).toEqual(pointers);
  });

  test.each<[string, Build, number, string]>([
    ["while it is being stopped: wait", { ...registered(), stopRequestedAt: start }, 409, "stopping"],
    ["while a message is pending: wait", failed(), 409, "stillPending"],
    ["stopped, while its card is pending: wait", stop(registered(), start), 409, "stillPending"],
    ["after it ended and was delivered: a new registration", delivered(failed()), 201, "tracking"],
    [
      "after it was stopped and delivered: a new registration",
      delivered(stop(registered(), start)),
      201,
      "tracking",
    ],
  ])("registered again %s", async (_sentence, build, status, word) => {
    await saveWhole(api.store, build);
    const again = await api.call("PUT", "/builds/b1", { body: settings });
    expect(again.status).toBe(status);
    expect(JSON.stringify(again.body)).toContain(word);
    const { id } = (await api.store.loadBuild("b1", channel))!.registration;
    expect(id).toBe(status === 201 ? "registration-1" : "earlier");
  });

  test("an answer 409 says how to change the settings in this channel alone", async () => {
    await saveWhole(api.store, registered());
    const { body } = await api.call("PUT", "/builds/b1", { body: { ...settings, label: "x" } });
    expect(body).toMatchObject({
      detail: expect.stringMatching(/for this channel: label.* DELETE \/builds\/b1\?channel=C0123456789\. /),
    });
  });

  test.each<[string, object, number]>([
    ["with the same settings answers 200", settings, 200],
    ["with other settings answers 409", { ...settings, label: "x" }, 409],
    ["for another channel answers 201", { ...settings, channel: other }, 201],
  ])("registering a build by hand that a subscription registered %s", async (_sentence, body, status) => {
    const build = registered();
    await saveWhole(api.store, { ...build, registration: { ...build.registration, jobId: "job1" } });
    const again = await api.call("PUT", "/builds/b1", { body });
    expect(again.status).toBe(status);
    expect(await api.show()).toMatchObject({ subscribedJobId: "job1" });
  });

  test("a field that is left out has its default, and a given field replaces the default", async () => {
    const defaults = {
      channel: "C0000DEFAULT",
      mention: ["U0DEFAULT01"],
      thread: false,
      notify: "failures",
    } as const;
    const withDefaults = await startOther({ defaults: { ...defaults, mention: [...defaults.mention] } });
    const answer = await withDefaults.call("PUT", "/builds/b1");
    const again = await withDefaults.call("PUT", "/builds/b1", { body: defaults });
    const other = { channel: "C0000OTHER1", mention: [], thread: true, notify: "end" };
    expect(answer).toMatchObject({ status: 201, body: { settings: defaults } });
    expect(again.status).toBe(200);
    expect((await withDefaults.call("PUT", "/builds/b2", { body: other })).body).toMatchObject({
      settings: other,
    });
  });
});

describe("twenty registrations at once, on DynamoDB", () => {
  let database: Awaited<ReturnType<typeof startDynamoDb>>;
  let store: Store;
  beforeAll(async () => {
    database = await startDynamoDb();
    const client = localDynamoDbClient(database.url);
    await createBuildsTable(client, "builds");
    store = createStore({
      client,
      tableName: "builds",
      clock: createTestClock(start),
      log: createQuietLog(),
    });
  });
  afterAll(() => database.close());

  test.each<[string, Build | undefined]>([
    ["a new build", undefined],
    ["a build that is over", { ...delivered({ ...failed(), buildId: "b2" }) }],
  ])("of %s: one is 201, the others are 200", async (_sentence, earlier) => {
    const path = `/builds/${earlier ? earlier.buildId : "b1"}`;
    if (earlier) await saveWhole(store, earlier);
    const racing = await startOther({ store });
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => racing.call("PUT", path, { body: { channel } })),
    );
    const times = (wanted: number) => answers.filter(({ status }) => status === wanted).length;
    expect({ 201: times(201), 200: times(200) }).toEqual({ 201: 1, 200: 19 });
  });

  test("the pages of the list contain every build, and an invalid cursor is refused", async () => {
    const listing = await startOther({ store });
    for (const id of ["l1", "l2", "l3"]) await listing.call("PUT", `/builds/${id}`, { body: { channel } });
    const seen: string[] = [];
    let path: string | undefined = "/builds?limit=2";
    while (path) {
      const { body } = await listing.call("GET", path);
      const page = body as { builds: { buildId: string }[]; next?: string };
      seen.push(...page.builds.map(({ buildId }) => buildId));
      path = page.next && `/builds?limit=2&cursor=${page.next}`;
    }
    const refused = await listing.call("GET", "/builds?cursor=A");
    expect(seen.toSorted()).toEqual(["b1", "b2", "l1", "l2", "l3"]);
    expect(refused).toMatchObject({ status: 400, body: { errors: [{ parameter: "cursor" }] } });
  });
});

describe("a build in several channels", () => {
  const channelsOf = (body: unknown) =>
    (body as RegistrationsView).registrations.map((each) => [each.settings.channel, each.status]);
  const shown = async () => channelsOf((await api.call("GET", "/builds/b1")).body);

  test("is shown in each of them, in the order of their IDs, with its settings there", async () => {
    await api.call("PUT", "/builds/b1", { body: { channel: other, notify: "end" } });
    await api.call("PUT", "/builds/b1", { body: { channel, label: "shop" } });
    const { body } = await api.call("GET", "/builds/b1");
    const { registrations } = body as RegistrationsView;
    expect(registrations.map((each) => each.settings)).toEqual([
      { channel, label: "shop", mention: [], thread: true, notify: "all", tellSlow: true },
      { channel: other, mention: [], thread: true, notify: "end", tellSlow: true },
    ]);
  });

  test.each<[string, string, [string, string][]]>([
    [
      "in one channel",
      `?channel=${other}`,
      [
        [channel, "tracking"],
        [other, "stopping"],
      ],
    ],
    [
      "in all channels",
      "",
      [
        [channel, "stopping"],
        [other, "stopping"],
      ],
    ],
  ])("is stopped %s, also twice", async (_sentence, query, statuses) => {
    await saveWhole(api.store, registered());
    await saveWhole(api.store, inOther(registered()));
    expect((await api.call("DELETE", `/builds/b1${query}`)).status).toBe(204);
    expect((await api.call("DELETE", `/builds/b1${query}`)).status).toBe(204);
    expect(await shown()).toEqual(statuses);
  });

  test.each<[string, string, number, string[]]>([
    ["in a channel where a message is pending", `?channel=${other}`, 202, [other]],
    ["in a channel where nothing is pending", `?channel=${channel}`, 200, [channel]],
    ["in all channels, of which one has something pending", "", 202, [channel, other]],
  ])("is redelivered %s", async (_sentence, query, status, channels) => {
    await saveWhole(api.store, delivered(failed()));
    await saveWhole(api.store, inOther(failed()));
    const answer = await api.call("POST", `/builds/b1/redeliver${query}`);
    expect(answer.status).toBe(status);
    expect(channelsOf(answer.body).map(([each]) => each)).toEqual(channels);
    const requested = await Promise.all(
      [channel, other].map(async (each) =>
        (await api.store.loadBuild("b1", each))!.redeliverRequestedAt === undefined ? [] : [each],
      ),
    );
    expect(requested.flat()).toEqual(channels);
  });

  test.each([
    ["DELETE", ""],
    ["POST", "/redeliver"],
  ])(
    "%s /builds/b1%s for a channel where it is not registered is 404, and marks nothing",
    async (method, path) => {
      await saveWhole(api.store, failed());
      const answer = await api.call(method, `/builds/b1${path}?channel=${other}`);
      expect(answer).toMatchObject({
        status: 404,
        body: { detail: expect.stringContaining(`not registered for the channel ${other}`) },
      });
      const build = await api.store.loadBuild("b1", channel);
      expect([build!.stopRequestedAt, build!.redeliverRequestedAt]).toEqual([undefined, undefined]);
    },
  );

  test("that is over in one channel is registered there again, and goes on in the other", async () => {
    await saveWhole(api.store, delivered(failed()));
    await saveWhole(api.store, inOther(registered()));
    expect((await api.call("PUT", "/builds/b1", { body: settings })).status).toBe(201);
    expect(await shown()).toEqual([
      [channel, "tracking"],
      [other, "tracking"],
    ]);
    expect((await api.store.loadBuild("b1", other))!.registration.id).toBe("earlier");
  });
});

describe("stopping a build", () => {
  test("answers 204, also twice, and the build is stopping", async () => {
    await api.call("PUT", "/builds/b1", { body: { channel } });
    expect(await api.call("DELETE", "/builds/b1")).toMatchObject({ status: 204, body: undefined });
    api.clock.advance(minute);
    expect((await api.call("DELETE", "/builds/b1")).status).toBe(204);
    expect(await api.show()).toMatchObject({
      status: "stopping",
      stopRequestedAt: "2025-06-24T12:00:00.000Z",
    });
  });

  test.each([
    ["GET", "/builds/nobody"],
    ["DELETE", "/builds/nobody"],
    ["POST", "/builds/nobody/redeliver"],
  ])("%s %s is 404: it is not registered", async (method, path) => {
    expect(await api.call(method, path)).toMatchObject({
      status: 404,
      type: "application/problem+json",
      body: { instance: path, detail: expect.stringContaining("nobody") },
    });
  });

  test("an expired build is gone", async () => {
    await saveWhole(api.store, { ...delivered(failed()), expiresAt: start + minute });
    api.clock.advance(minute);
    expect((await api.call("GET", "/builds/b1")).status).toBe(404);
    expect((await api.call("DELETE", "/builds/b1")).status).toBe(404);
    expect((await api.call("POST", "/builds/b1/redeliver")).status).toBe(404);
  });
});

describe("asking for a redelivery", () => {
  const refused =
    /Slack has refused messages for this channel since 2025-06-24T12:00:00\.000Z: is_archived\. The next pass tries again within a minute\./;

  test.each<[string, (delivery: Delivery) => Delivery, number, string, RegExp, string | undefined]>([
    ["its channel refused a moment ago", postponed("is_archived"), 1, "refused", refused, undefined],
    ["it has not been tried yet", (delivery) => delivery, 1, "waiting", /next pass/, undefined],
    ["it is being sent", leased, 1, "sending", /being sent now/, "2025-06-24T12:01:00.000Z"],
    ["a sender died", leased, 2 * minute, "inDoubt", /checks in Slack before it sends/, undefined],
  ])(
    "the pending messages are tried within a minute: %s",
    async (_sentence, change, laterMillis, why, detail, nextTryAt) => {
      const build = failed();
      await saveWhole(api.store, { ...build, delivery: change(build.delivery) });
      api.clock.advance(laterMillis);
      const answer = await api.call("POST", "/builds/b1/redeliver");
      const { pending } = (answer.body as RegistrationsView).registrations[0]!;
      expect(answer.status).toBe(202);
      expect(pending[1]).toMatchObject({ kind: "caughtUp", why, detail: expect.stringMatching(detail) });
      expect(pending[1]!.nextTryAt).toBe(nextTryAt);
      expect((await api.call("POST", "/builds/b1/redeliver")).body).toEqual(answer.body);
    },
  );

  test.each([
    ["everything is delivered", delivered(failed())],
    ["nothing was seen yet", registered()],
  ])("nothing is pending, which is no fault: %s", async (_sentence, build) => {
    await saveWhole(api.store, build);
    expect(await api.call("POST", "/builds/b1/redeliver")).toMatchObject({
      status: 200,
      body: { registrations: [{ pending: [] }] },
    });
  });

  test("a body is not read", async () => {
    await saveWhole(api.store, failed());
    const call = { body: "{", headers: { "content-type": "text/plain" } };
    expect((await api.call("POST", "/builds/b1/redeliver", call)).status).toBe(202);
  });
});

describe("showing a build", () => {
  test("a delivered message has its time and a link", async () => {
    await saveWhole(api.store, delivered(failed()));
    expect(await api.show()).toMatchObject({
      status: "ended",
      outcome: "failed",
      job: { name: "checkout" },
      card: { upToDate: true, link: "https://slack.com/archives/C0123456789/p1750767060000100" },
      pending: [],
      history: [
        {
          kind: "caughtUp",
          what: "Init: NotStarted → Successful, Download: NotStarted → Failed; the build failed",
          recordedAt: "2025-06-24T12:00:00.000Z",
          how: "sent",
          at: "2025-06-24T12:00:02.000Z",
          link: "https://slack.com/archives/C0123456789/p1750767061000200?thread_ts=1750767060.000100&cid=C0123456789",
        },
      ],
    });
  });

  /** The links of the card and of the delivered messages, in this order. */
  async function linksTo(build: Build, slackApiUrl?: string): Promise<(string | undefined)[]> {
    const other = await startOther(slackApiUrl === undefined ? {} : { slackApiUrl });
    await saveWhole(other.store, build);
    const { card, history } = await other.show();
    return [card?.link, ...history.map(({ link }) => link)];
  }
  const withThread = (build: Build, thread: boolean): Build => ({
    ...build,
    registration: { ...build.registration, thread },
  });
  /** With these receipts in place of the right ones. */
  const stored = (card: unknown, told: unknown): Build => {
    const { delivery, ...build } = delivered(failed());
    return {
      ...build,
      delivery: {
        ...delivery,
        card: { ...delivery.card!, receipt: card as Receipt },
        history: delivery.history.map((entry) => ({ ...entry, receipt: told as Receipt })),
      },
    };
  };
  const [cardAt, toldAt] = [
    { channel, ts: "1750767060.000100" },
    { channel, ts: "1750767061.000200" },
  ];
  const inThread = "?thread_ts=1750767060.000100&cid=C0123456789";

  test.each<[string, Build, string | undefined, (string | undefined)[]]>([
    [
      "a reply's, its thread too",
      delivered(failed()),
      undefined,
      [
        "https://slack.com/archives/C0123456789/p1750767060000100",
        `https://slack.com/archives/C0123456789/p1750767061000200${inThread}`,
      ],
    ],
    [
      "another Slack's, its host",
      delivered(failed()),
      "https://slack-gov.com/api/",
      [
        "https://slack-gov.com/archives/C0123456789/p1750767060000100",
        `https://slack-gov.com/archives/C0123456789/p1750767061000200${inThread}`,
      ],
    ],
    [
      "a message in the channel itself has no thread",
      withThread(delivered(failed()), false),
      undefined,
      [
        "https://slack.com/archives/C0123456789/p1750767060000100",
        "https://slack.com/archives/C0123456789/p1750767061000200",
      ],
    ],
    [
      "a message that is older than the card has no thread, because its thread was deleted",
      stored(toldAt, cardAt),
      undefined,
      [
        "https://slack.com/archives/C0123456789/p1750767061000200",
        "https://slack.com/archives/C0123456789/p1750767060000100",
      ],
    ],
    [
      "a stored place whose time is a number has no link",
      stored({ channel, ts: 7 }, { channel, ts: 7 }),
      undefined,
      [undefined, undefined],
    ],
    [
      "a stored place whose time is not a time has no link",
      stored({ channel, ts: "x" }, { channel }),
      undefined,
      [undefined, undefined],
    ],
    [
      "a stored place without a valid channel has no link",
      stored({ ...cardAt, channel: 7 }, { ...toldAt, channel: "../x" }),
      undefined,
      [undefined, undefined],
    ],
    ["a stored text in place of a receipt has no link", stored("x", 7), undefined, [undefined, undefined]],
  ])("a link says where a message is: %s", async (_sentence, build, slackApiUrl, links) => {
    expect(await linksTo(build, slackApiUrl)).toEqual(links);
  });

  test("who pressed which button is in the history, and a muted build shows that only its end is wanted", async () => {
    const asked = (number: number, by: string) => ({ id: `${number}`, number, by, at: start });
    const build = registered();
    const clicked: Build = {
      ...observe(build, listed("Building"), undefined, start, retention),
      actions: { mute: { ...asked(1, "U0000001"), result: "done" }, cancel: asked(2, "U0000002") },
    };
    const told = delivered(tellActions(clicked, start + 2 * minute));
    await saveWhole(api.store, told);
    const muted = await api.store.loadBuild("b1", channel);
    await api.store.requestAction(muted!, "mute", clicked.actions!.mute);
    const { settings, history } = await api.show();
    expect(settings.notify).toBe("end");
    expect(history.slice(0, 2).map(({ kind, what }) => [kind, what])).toEqual([
      ["action", "U0000002 asked ServiceStage to cancel the build, and got no answer"],
      ["action", "U0000001 muted the build: from then on only its end is sent"],
    ]);
  });

  test("an undeliverable message is in the history with its reason, and has no link", async () => {
    const build = failed();
    const [message] = build.delivery.outbox;
    const delivered = [
      { message: message!, how: "undeliverable" as const, at: start, reason: "msg_too_long" },
    ];
    await saveWhole(api.store, { ...build, delivery: settle(build.delivery, { delivered }, start) });
    const { history } = await api.show();
    expect(history).toMatchObject([{ kind: "caughtUp", how: "undeliverable", reason: "msg_too_long" }]);
    expect(history[0]).not.toHaveProperty("link");
  });

  test("Location also leads to the build behind a custom domain, whose path only the client knows", async () => {
    const { headers } = await api.call("PUT", "/builds/b1", { body: { channel } });
    const asked = "https://api.example/notifier/v1/builds/b1";
    expect(new URL(String(headers["location"]), asked).href).toBe(asked);
  });

  test.each([
    ["a phase whose clock went back has no duration", start - 60_000, {}],
    ["a phase whose end was not observed has a limit", start + 300_000, { durationAtMostSeconds: 310 }],
    ["a phase that was seen to end has one", start + 15_000, { durationSeconds: 15 }],
  ])("%s", async (_sentence, endedAt, expected) => {
    const before = endedAt === start + 15_000 ? start : undefined;
    const watch = { before, pollIntervalMillis: 15_000 };
    const details = { startedAt: start - 10_000 };
    const first = observe(registered(), listed("Building"), details, start, retention, watch);
    await saveWhole(
      api.store,
      observe(first, listed("Successful", "Building"), undefined, endedAt, retention, watch),
    );
    const { phases } = await api.show();
    const { name: _name, state: _state, since: _since, ...lasted } = phases[0]!;
    expect(lasted).toEqual(expected);
  });

  test("a build shows what is usual for its job, and the row before it", async () => {
    const running = observe(registered(), listed("Building"), undefined, start, retention);
    const row = { of: "failures" as const, builds: 3, orMore: true as const, open: ["0123456789ab"] };
    const usual = { medianMillis: 61_400, builds: 5 };
    await saveWhole(api.store, { ...running, usual, row, slowSince: start });
    expect(await api.show()).toMatchObject({
      usualSeconds: 61,
      slowSince: new Date(start).toISOString(),
      row: { of: "failures", builds: 3, orMore: true },
    });
  });

  test("a phase of a build that is not tracked any more has no running duration", async () => {
    const running = observe(registered(), listed("Building"), undefined, start, retention);
    await saveWhole(api.store, stop(running, start));
    api.clock.advance(3_600_000);
    const { phases } = await api.show();
    expect(phases[0]).not.toHaveProperty("durationSeconds");
  });

  test("phases have their times, and the six documented phases are always listed", async () => {
    const watch = { before: start + 75_000, pollIntervalMillis: 15_000 };
    const details = { startedAt: start };
    const first = observe(registered(), listed("Building"), details, start, retention, watch);
    const later = [...listed("Successful", "Building"), { id: "9", name: "Scan", state: "Queuing" }];
    await saveWhole(api.store, observe(first, later, undefined, start + 90_000, retention, watch));
    api.clock.advance(95_000);
    const since = "2025-06-24T12:01:30.000Z";
    expect(await api.show()).toMatchObject({
      phases: [
        { name: "Init", state: "Successful", since, durationSeconds: 90 },
        { name: "Download", state: "Building", since, durationSeconds: 5 },
        ...names.slice(2).map((name) => ({ name, state: "NotStarted" })),
        { name: "Scan", state: "Queuing", since, durationSeconds: 5 },
      ],
    });
  });

  test.each<[string, (delivery: Delivery) => Delivery, number, string, RegExp, string | undefined]>([
    ["it has not been tried yet", (delivery) => delivery, 0, "waiting", /next pass/, undefined],
    ["it is being sent", leased, 0, "sending", /being sent now/, "2025-06-24T12:01:00.000Z"],
    [
      "a sender died",
      leased,
      2 * minute,
      "inDoubt",
      /began at 2025-06-24T12:00:00\.000Z.*may have arrived/,
      undefined,
    ],
    [
      "Slack refuses the channel",
      postponed("not_in_channel: invite the app"),
      0,
      "refused",
      /refused messages for this channel since 2025-06-24T12:00:00\.000Z: not_in_channel: invite the app\. .* POST \/builds\/b1\/redeliver\?channel=C0123456789 .* DELETE \/builds\/b1\?channel=C0123456789, and PUT/,
      "2025-06-24T12:00:15.000Z",
    ],
    [
      "the pause after a refusal is over",
      postponed("is_archived"),
      minute,
      "refused",
      /refused messages for this channel since 2025-06-24T12:00:00\.000Z: is_archived\. The next pass tries again/,
      undefined,
    ],
  ])("why is a message pending? %s", async (_sentence, change, laterMillis, why, detail, nextTryAt) => {
    const build = failed();
    await saveWhole(api.store, { ...build, delivery: change(build.delivery) });
    api.clock.advance(laterMillis);
    const { pending } = await api.show();
    expect(pending.map(({ kind }) => kind)).toEqual(["card", "caughtUp"]);
    expect(pending[1]).toMatchObject({ why, detail: expect.stringMatching(detail) });
    expect(pending[1]!.nextTryAt).toBe(nextTryAt);
  });

  test("if Slack refuses an edit, the card says why, and the messages only wait for the next pass", async () => {
    const { delivery, ...build } = failed();
    const refusal = { of: "edits" as const, reason: "no_permission" };
    await saveWhole(api.store, { ...build, delivery: settle(delivery, { delivered: [], refusal }, start) });
    expect(await api.show()).toMatchObject({
      pending: [
        {
          kind: "card",
          why: "refused",
          detail: expect.stringMatching(
            /^Slack has refused to edit the card since 2025-06-24T12:00:00\.000Z: no_permission\. .*redeliver/,
          ),
          nextTryAt: "2025-06-24T12:00:15.000Z",
        },
        { kind: "caughtUp", why: "waiting" },
      ],
    });
  });

  test("an unreadable build says why", async () => {
    await saveWhole(api.store, {
      ...registered(),
      trouble: { reason: "unknownBuild", since: start, shown: false },
    });
    expect(await api.show()).toMatchObject({
      trouble: {
        reason: "unknownBuild",
        since: "2025-06-24T12:00:00.000Z",
        detail: expect.stringMatching(/Check the build ID/),
      },
    });
  });

  test("during an outage a build says why, from the first failed pass on", async () => {
    await saveWhole(api.store, registered());
    await saveWhole(api.store, outOfReach(noNotices(channel, "n1"), "unavailable", start));
    expect(await api.show()).toMatchObject({
      trouble: {
        reason: "unavailable",
        since: "2025-06-24T12:00:00.000Z",
        detail: expect.stringMatching(/can't read any build/),
      },
    });
  });

  test("after refused credentials a build says why, until the next try", async () => {
    await saveWhole(api.store, registered());
    await api.store.openCircuit({ openUntil: start + minute, reason: "APIGW.0301" }, undefined);
    expect(await api.show()).toMatchObject({
      trouble: { reason: "APIGW.0301", nextTryAt: "2025-06-24T12:01:00.000Z" },
    });
    api.clock.advance(minute);
    expect(await api.show()).not.toHaveProperty("trouble");
  });
});

describe("listing builds", () => {
  beforeEach(async () => {
    const at = ({ registration, ...build }: Build, registeredAt: number, jobId?: string): Build => ({
      ...build,
      registration: { ...registration, at: registeredAt, ...(jobId !== undefined && { jobId }) },
      details: { ...build.details, ...(jobId !== undefined && { jobId }) },
    });
    await saveWhole(api.store, at(registered("b1"), start));
    await saveWhole(api.store, at({ ...failed(), buildId: "b2" }, start + 2, "job1"));
    await saveWhole(api.store, at({ ...delivered(failed()), buildId: "b3" }, start + 1));
    await saveWhole(api.store, at({ ...registered("b4"), stopRequestedAt: start }, start + 4));
    await saveWhole(api.store, at(inOther(registered("b4")), start + 3, "job1"));
  });

  /** Of all pages, one after the other. */
  async function listed(query: string): Promise<string[][]> {
    const { status, body } = await api.call("GET", `/builds?${query}`);
    const { builds, next } = body as BuildPage;
    expect(status).toBe(200);
    const entries = builds.map((each) =>
      each.channel === channel ? each.buildId : `${each.buildId} in other`,
    );
    const rest = next === undefined ? [] : await listed(`${query.replace(/&cursor=.*/, "")}&cursor=${next}`);
    return [entries, ...rest];
  }

  test.each([
    ["all: each registration has an entry", "", [["b4", "b4 in other", "b2", "b3", "b1"]]],
    ["two in a page", "limit=2", [["b4", "b4 in other"], ["b2", "b3"], ["b1"]]],
    ["the ended ones", "status=ended", [["b2", "b3"]]],
    ["the ended ones, one in a page", "status=ended&limit=1", [["b2"], ["b3"]]],
    ["those being stopped", "status=stopping", [["b4"]]],
    ["those being tracked", "status=tracking", [["b4 in other", "b1"]]],
    ["the abandoned ones", "status=abandoned", [[]]],
    ["those of a channel", `channel=${other}`, [["b4 in other"]]],
    ["those of a job", "job=job1", [["b4 in other", "b2"]]],
    ["those of a job, one in a page", "job=job1&limit=1", [["b4 in other"], ["b2"]]],
    ["those of a job in a channel", `job=job1&channel=${channel}`, [["b2"]]],
    ["those of a job that nobody knows", "job=another", [[]]],
  ])("lists %s", async (_sentence, query, pages) => {
    expect(await listed(query)).toEqual(pages);
  });

  test("an entry says which job's subscription registered the build, if one did", async () => {
    const { builds } = (await api.call("GET", "/builds")).body as BuildPage;
    expect(builds.map(({ subscribedJobId }) => subscribedJobId)).toEqual([
      undefined,
      "job1",
      "job1",
      undefined,
      undefined,
    ]);
  });

  test("every answer of the API ends with a line break", async () => {
    const texts = await Promise.all(
      ["/builds", "/builds/b1", "/builds/none", "/builds?status=odd", "/openapi.json"].map(async (path) =>
        (await fetch(`${api.url}${path}`)).text(),
      ),
    );
    expect(texts.map((text) => text.at(-1))).toEqual(texts.map(() => "\n"));
  });

  test("a summary says what is pending", async () => {
    expect((await api.call("GET", "/builds?status=ended&limit=1")).body).toMatchObject({
      builds: [{ buildId: "b2", outcome: "failed", jobName: "checkout", channel, pending: 2 }],
    });
  });
});

function pointersOf(body: unknown): string[] {
  return ((body as { errors?: { pointer: string }[] }).errors ?? []).map(({ pointer }) => pointer);
}
