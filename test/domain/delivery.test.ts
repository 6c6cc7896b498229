import { describe, expect, test } from "@jest/globals";
import {
  leaseMillis,
  confirm,
  maySend,
  nothingPending,
  addPending,
  addCardRevision,
  replaceCard,
  settle,
  shownBy,
  standing,
  takeLease,
  type HasDelivery,
  type Delivery,
} from "../../lambda/domain/delivery.ts";

const now = 1_000_000;
const pending = addPending(
  nothingPending,
  [
    { kind: "ended", outcome: "failed" },
    { kind: "ended", outcome: "failed" },
  ],
  now,
);
const refused = settle(
  takeLease(pending, "me", now),
  { delivered: [], refusal: { of: "all", reason: "not_in_channel" } },
  now,
);

describe("what a pass may do with the pending messages of a feed", () => {
  const asked = (redeliverRequestedAt: number, delivery: Delivery = refused) => ({
    delivery,
    redeliverRequestedAt,
  });
  const leasedAgain = takeLease(refused, "me", now + 2);

  test.each<[string, Delivery | HasDelivery, number, string]>([
    ["nothing is pending", nothingPending, now, "clear"],
    ["a message is pending", pending, now, "pending"],
    ["only the card is pending", addCardRevision(nothingPending), now, "pending"],
    ["a lease is held", takeLease(pending, "me", now), now + leaseMillis - 1, "held"],
    ["a lease has run out", takeLease(pending, "me", now), now + leaseMillis, "doubtful"],
    ["the destination refused a moment ago", refused, now + 14_999, "postponed"],
    ["the destination refused a while ago", refused, now + 15_000, "pending"],
    ["a redelivery was requested after the refusal", asked(now + 1), now + 1, "pending"],
    ["a redelivery was requested before the refusal", asked(now - 1), now + 1, "postponed"],
    ["a redelivery was requested while a lease is held", asked(now + 3, leasedAgain), now + 3, "held"],
    [
      "a redelivery was requested, and the lease taken for it has run out",
      asked(now + 1, leasedAgain),
      now + 2 + leaseMillis,
      "doubtful",
    ],
    ["a redelivery was requested, but nothing is pending", asked(now + 1, nothingPending), now + 1, "clear"],
    [
      "the destination refused again after the request",
      asked(
        now + 1,
        settle(refused, { delivered: [], refusal: { of: "all", reason: "not_in_channel" } }, now + 2),
      ),
      now + 3,
      "postponed",
    ],
  ])("%s", (_sentence, feed, at, expected) => {
    expect(standing("delivery" in feed ? feed : { delivery: feed }, at)).toBe(expected);
  });
});

test("a lease that is taken over keeps the time at which the doubt began, any number of times", () => {
  const first = takeLease(pending, "first", now);
  const second = takeLease(first, "second", now + 100_000);
  const third = takeLease(second, "third", now + 200_000);
  expect([first, second, third].map(({ lease }) => lease!.doubtSince)).toEqual([undefined, now, now]);
});

describe("the first pending message is in doubt after a lease ran out, and leases without a read-back are counted", () => {
  const blind = (delivery: Delivery): Delivery => ({
    ...delivery,
    lease: { ...delivery.lease!, blind: true },
  });
  const again = (delivery: Delivery) => takeLease(delivery, "next", now);
  const first = again(pending);

  test.each<[string, Delivery, Delivery["doubted"]]>([
    ["the first lease still lives", first, undefined],
    ["the first lease ran out", again(first), { name: "1", blindTries: 0 }],
    ["a lease without a read-back ran out too", again(again(first)), { name: "1", blindTries: 0 }],
    ["a blind lease ran out too", again(blind(again(first))), { name: "1", blindTries: 1 }],
    [
      "another message comes first since",
      again(confirm(blind(again(first)), [{ message: pending.outbox[0]!, how: "sent", at: now }])),
      { name: "2", blindTries: 0 },
    ],
    ["the card is not posted yet", again(again(addCardRevision(pending))), { name: "card/1", blindTries: 0 }],
  ])("%s", (_sentence, delivery, expected) => {
    expect(delivery.doubted).toEqual(expected);
  });

  test("a released lease keeps the card's doubt, because its receipt may belong to an earlier post", () => {
    const moved = addCardRevision(settle(again(again(addCardRevision(pending))), { delivered: [] }, now));
    const untried = addCardRevision(addCardRevision(pending));
    expect([moved, untried].map(({ card }) => card!.revision)).toEqual([2, 2]);
    expect(shownBy(moved, moved.card!)).toBe(0);
    expect(shownBy(untried, untried.card!)).toBe(2);
    expect(shownBy(moved, replaceCard(moved.card!))).toBe(2);
  });
});

test("a send starts only if Slack's time-out and a late application still fit into the lease", () => {
  const { lease } = takeLease(pending, "me", now);
  const last = now + leaseMillis - 38_000;
  expect([maySend(lease!, last), maySend(lease!, last + 1)]).toEqual([true, false]);
});

test("the numbers continue after earlier messages were delivered", () => {
  const delivered = pending.outbox.map((message) => ({ message, how: "sent" as const, at: now }));
  const later = addPending(settle(pending, { delivered }, now), [{ kind: "ended", outcome: "failed" }], now);
  expect(later.outbox.map(({ number }) => number)).toEqual([3]);
});

test("settle moves delivered messages to the history, newest first, keeps the others, and releases the lease", () => {
  const leased = takeLease(pending, "me", now);
  const [first, second] = leased.outbox;
  const settled = settle(leased, { delivered: [{ message: first!, how: "found", at: now }] }, now);
  expect(settled).toMatchObject({ outbox: [second], history: [{ how: "found", message: first }] });
  expect(settled.lease).toBeUndefined();
  const all = settle(settled, { delivered: [{ message: second!, how: "sent", at: now }] }, now);
  expect(all.history.map(({ message }) => message.number)).toEqual([2, 1]);
});

test("the history keeps the newest fifty", () => {
  const many = addPending(
    nothingPending,
    Array.from({ length: 60 }, () => ({ kind: "ended" as const, outcome: "failed" as const })),
    now,
  );
  const delivered = many.outbox.map((message) => ({ message, how: "sent" as const, at: now }));
  const { history } = settle(many, { delivered }, now);
  expect([history.length, history[0]!.message.number, history.at(-1)!.message.number]).toEqual([50, 60, 11]);
});

test("a refusing channel is tried after growing pauses, and the pauses start again after it accepted something", () => {
  let delivery = pending;
  const pauses = [];
  for (let refusals = 0; refusals < 7; refusals++) {
    delivery = settle(delivery, { delivered: [], refusal: { of: "all", reason: "is_archived" } }, now);
    pauses.push((delivery.postponed!.until - now) / 1000);
  }
  expect(pauses).toEqual([15, 30, 60, 120, 240, 300, 300]);
  expect(settle(delivery, { delivered: [] }, now).postponed).toBeUndefined();
});

describe("a lease covers what is pending when it is taken", () => {
  const lapsed = (delivery: Delivery) => standing({ delivery }, now + leaseMillis + 1);
  const later = (delivery: Delivery) => addPending(delivery, [{ kind: "ended", outcome: "failed" }], now);
  const told = (delivery: Delivery) =>
    confirm(
      delivery,
      delivery.outbox.map((message) => ({ message, how: "sent" as const, at: now })),
    );

  test.each<[string, Delivery, string]>([
    [
      "messages that are still pending are in doubt after it ran out",
      takeLease(pending, "me", now),
      "doubtful",
    ],
    [
      "a message that came later is not in doubt, once the others are confirmed",
      later(told(takeLease(pending, "me", now))),
      "pending",
    ],
    [
      "a card that was to be posted is in doubt",
      takeLease(addCardRevision(nothingPending), "me", now),
      "doubtful",
    ],
    [
      "a card that came later is not in doubt",
      addCardRevision(told(takeLease(pending, "me", now))),
      "pending",
    ],
  ])("%s", (_sentence, delivery, expected) => {
    expect(lapsed(delivery)).toBe(expected);
  });

  test("after a blind lease the same messages are in doubt, and none that came later", () => {
    const blind = takeLease(later(takeLease(pending, "me", now)), "another", now);
    expect(blind.lease!.covers).toEqual({ before: 3, card: false });
    const settled = settle({ ...blind, lease: { ...blind.lease!, blind: true } }, { delivered: [] }, now);
    expect(settled.lease).toMatchObject({ until: now, covers: { before: 3 } });
  });

  test("the reason why nothing is sent is dropped once nothing is pending", () => {
    const setback = { kind: "later", of: "all", reason: "429" } as const;
    expect(settle(told(pending), { delivered: [], setback }, now).setback).toBeUndefined();
  });
});
