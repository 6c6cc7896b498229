import { readdirSync, readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { Build } from "../../lambda/domain/build.ts";
import type { Delivered } from "../../lambda/domain/delivery.ts";
import type { Feed } from "../../lambda/domain/feed.ts";
import { noNotices } from "../../lambda/domain/notices.ts";
import { format } from "../../lambda/store/item.ts";
import { startDynamoDb } from "../../local/dynamodb.ts";
import type { Listening } from "../../local/listen.ts";
import { startApi, type Api } from "../builds-api/system.ts";
import { minute } from "../tracking/scene.ts";
import { channel } from "./moments.ts";
import { folderOf, openTable, putItems, readItems, type Stored, type Table } from "./tables.ts";

/** This version continues tables that an earlier version wrote. */

let dynamoDb: Listening;
let tables = 0;
beforeAll(async () => {
  dynamoDb = await startDynamoDb();
});
afterAll(() => dynamoDb.close());

const formats = Array.from({ length: format }, (_, index) => index + 1);
const moments = formats.flatMap((each) =>
  readdirSync(folderOf(each)).map((file): [string, Stored] => {
    const stored = JSON.parse(readFileSync(new URL(file, folderOf(each)), "utf8")) as Stored;
    return [`format ${each}, ${file.replace(".json", "").replaceAll("-", " ")}`, stored];
  }),
);

/** Restores the moment: the table, the messages in Slack, and the time. */
async function restore({ now, items, posted }: Stored): Promise<Table> {
  const table = await openTable(dynamoDb.url, `stored-${++tables}`);
  await putItems(table, items);
  table.scene.clock.advance(now - table.scene.clock.now());
  table.scene.slack.restore(posted);
  return table;
}

const buildIdsOf = ({ items }: Stored): string[] => [
  ...new Set(items.flatMap(({ pk }) => (pk!.S!.startsWith("build/") ? [pk!.S!.slice("build/".length)] : []))),
];

const registrationsIn = ({ items }: Stored): number =>
  items.filter(({ pk }) => pk!.S!.startsWith("build/")).length;

/** Lets every build fail, and runs passes without faults until nothing is left to do. */
async function goOn(table: Table, stored: Stored): Promise<void> {
  const { scene } = table;
  for (const buildId of buildIdsOf(stored)) scene.serviceStage.set(buildId, "Init:Successful Build:Failed");
  for (let passes = 0; passes < 20; passes++) {
    await scene.pass();
    scene.clock.advance(minute);
    // A subscription goes on.
    if ((await readItems(table)).every(({ pk, shard }) => !shard || pk!.S!.startsWith("job/"))) break;
  }
}

const numbers = (told: readonly { number: number }[]) =>
  told.map(({ number }) => number).toSorted((a, b) => a - b);
const upTo = (next: number) => Array.from({ length: next - 1 }, (_, index) => index + 1);

/** How often each message and card is in Slack. */
function countKeys({ scene }: Table): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { key } of scene.slack.messages) counts.set(key, (counts.get(key) ?? 0) + 1);
  return counts;
}

function expectToldOnce({ delivery }: Feed, id: string, counts: Map<string, number>): void {
  const { outbox, lease, history, nextNumber } = delivery;
  expect({ outbox, lease }).toEqual({ outbox: [], lease: undefined });
  expect(numbers(history.map(({ message }) => message))).toEqual(upTo(nextNumber));
  const arrived = numbers(history.flatMap(({ message, how }) => (how === "undeliverable" ? [] : [message])));
  expect(arrived.map((number) => [number, counts.get(`${id}/${number}`)])).toEqual(
    arrived.map((number) => [number, 1]),
  );
}

/** The transitions of each phase have no gap, and lead to the state that the only card shows. */
function expectEndShown(
  { status, registration, snapshot, delivery }: Build,
  counts: Map<string, number>,
): void {
  const states = new Map<string, string>();
  for (const { phase, from, to } of delivery.history.toReversed().flatMap(transitionsOf)) {
    expect([phase, from]).toEqual([phase, states.get(phase) ?? "NotStarted"]);
    states.set(phase, to);
  }
  expect(snapshot.map(({ name, state }) => [name, state])).toEqual([...states]);
  const card = delivery.card!;
  expect([status, card.shown]).toEqual([expect.stringMatching(/ended|abandoned/), card.revision]);
  expect(counts.get(`${registration.id}/card/${card.number}`)).toBe(1);
}

function transitionsOf({ message }: Delivered) {
  if (message.kind === "caughtUp") return message.transitions;
  return message.kind === "transition" ? [message.transition] : [];
}

describe.each(moments)("%s", (_name, stored) => {
  test("reaches its end: nothing is lost, nothing is delivered twice, and the registration stays", async () => {
    const table = await restore(stored);
    const { store } = table.scene;
    const registrations = await Promise.all(buildIdsOf(stored).map((id) => store.loadRegistrations(id)));
    await goOn(table, stored);
    const counts = countKeys(table);
    for (const { buildId, registration } of registrations.flat()) {
      const build = (await store.loadBuild(buildId, registration.channel))!;
      expect(build.registration).toEqual(registration);
      expectToldOnce(build, registration.id, counts);
      expectEndShown(build, counts);
    }
    const notices = await store.load(noNotices(channel, ""));
    if (notices) expectToldOnce(notices, notices.id, counts);
    expect(Math.max(...counts.values())).toBe(1);
    expect(table.scene.log.lines.filter(({ level }) => level === "error")).toEqual([]);
  });

  test("is shown and listed by the API", async () => {
    const { scene } = await restore(stored);
    const api = await startApi({ store: scene.store });
    const listed = await api.call("GET", "/builds");
    expect(listed).toMatchObject({ status: 200, body: { builds: { length: registrationsIn(stored) } } });
    for (const buildId of buildIdsOf(stored)) {
      expect(await api.call("GET", `/builds/${buildId}`)).toMatchObject({ status: 200, body: { buildId } });
    }
    await api.close();
  });

  test("in a newer format, is not changed by ticks or the API, and both report it", async () => {
    const newer = stored.items.map((item) =>
      item["format"] ? { ...item, format: { N: `${format + 1}` } } : item,
    );
    const table = await restore({ ...stored, items: newer });
    const { scene } = table;
    await scene.pass();
    const api = await startApi({ store: scene.store });
    for (const buildId of buildIdsOf(stored)) await expectUntouched(api, buildId);
    await api.close();
    expect(scene.slack.calls).toBe(0);
    expect(await readItems(table)).toEqual(newer);
    const isActive = newer.some(({ shard }) => shard);
    expect(scene.log.lines.some(({ message }) => message.includes("can't be read"))).toBe(isActive);
  });
});

async function expectUntouched(api: Api, buildId: string): Promise<void> {
  for (const [method, path] of [
    ["GET", ""],
    ["PUT", ""],
    ["DELETE", ""],
    ["POST", "/redeliver"],
  ]) {
    const body = method === "PUT" ? { channel } : undefined;
    const { status } = await api.call(method!, `/builds/${buildId}${path}`, { body });
    expect([method, status]).toEqual([method, 500]);
  }
  expect(api.log.lines.at(-1)).toMatchObject({
    level: "error",
    fields: { error: { message: expect.stringContaining(`its format is ${format + 1}, not ${format}`) } },
  });
}
