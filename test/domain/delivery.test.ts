import { describe, expect, test } from "@jest/globals";
import {
  claimMillis,
  confirm,
  maySend,
  nothingOwed,
  owe,
  oweCard,
  replaceCard,
  settle,
  shownBy,
  standing,
  takeClaim,
  type Debtor,
  type Delivery,
} from "../../lambda/domain/delivery.ts";

const now = 1_000_000;
const owing = owe(
  nothingOwed,
  [
    { kind: "ended", outcome: "failed" },
    { kind: "ended", outcome: "failed" },
  ],
  now,
);
const refused = settle(
  takeClaim(owing, "me", now),
  { told: [], refusal: { of: "all", reason: "not_in_channel" } },
  now,
);

describe("what a pass may do about a feed's debts", () => {
  const asked = (redeliverRequestedAt: number, delivery: Delivery = refused) => ({
    delivery,
    redeliverRequestedAt,
  });
  const claimedAgain = takeClaim(refused, "me", now + 2);

  test.each<[string, Delivery | Debtor, number, string]>([
    ["nothing is owed", nothingOwed, now, "clear"],
    ["a message is owed", owing, now, "owing"],
    ["only the card is owed", oweCard(nothingOwed), now, "owing"],
    ["a claim is held", takeClaim(owing, "me", now), now + claimMillis - 1, "held"],
    ["a claim has run out", takeClaim(owing, "me", now), now + claimMillis, "doubtful"],
    ["the destination refused a moment ago", refused, now + 14_999, "postponed"],
    ["the destination refused a while ago", refused, now + 15_000, "owing"],
    ["a redelivery was requested after the refusal", asked(now + 1), now + 1, "owing"],
    ["a redelivery was requested before the refusal", asked(now - 1), now + 1, "postponed"],
    ["a redelivery was requested while a claim is held", asked(now + 3, claimedAgain), now + 3, "held"],
    [
      "a redelivery was requested, and the claim taken for it has run out",
      asked(now + 1, claimedAgain),
      now + 2 + claimMillis,
      "doubtful",
    ],
    ["a redelivery was requested of what owes nothing", asked(now + 1, nothingOwed), now + 1, "clear"],
    [
      "the destination refused again after the request",
      asked(
        now + 1,
        settle(refused, { told: [], refusal: { of: "all", reason: "not_in_channel" } }, now + 2),
      ),
      now + 3,
      "postponed",
    ],
  ])("%s", (_sentence, feed, at, expected) => {
    expect(standing("delivery" in feed ? feed : { delivery: feed }, at)).toBe(expected);
  });
});

test("a claim taken over keeps where the doubt began, through any number of takeovers", () => {
  const first = takeClaim(owing, "first", now);
  const second = takeClaim(first, "second", now + 100_000);
  const third = takeClaim(second, "third", now + 200_000);
  expect([first, second, third].map(({ claim }) => claim!.doubtSince)).toEqual([undefined, now, now]);
});

describe("what comes first is doubted once a claim ran out, and blind claims that ran out are counted", () => {
  const blind = (delivery: Delivery): Delivery => ({
    ...delivery,
    claim: { ...delivery.claim!, blind: true },
  });
  const again = (delivery: Delivery) => takeClaim(delivery, "next", now);
  const first = again(owing);

  test.each<[string, Delivery, Delivery["doubted"]]>([
    ["the first claim still lives", first, undefined],
    ["the first claim ran out", again(first), { name: "1", blindTries: 0 }],
    ["a claim that could not look ran out too", again(again(first)), { name: "1", blindTries: 0 }],
    ["a blind claim ran out too", again(blind(again(first))), { name: "1", blindTries: 1 }],
    [
      "another message comes first since",
      again(confirm(blind(again(first)), [{ message: owing.outbox[0]!, how: "sent", at: now }])),
      { name: "2", blindTries: 0 },
    ],
    ["the card is not posted yet", again(again(oweCard(owing))), { name: "card/1", blindTries: 0 }],
  ])("%s", (_sentence, delivery, expected) => {
    expect(delivery.doubted).toEqual(expected);
  });

  test("a released claim does not make a card's doubt forgotten: its receipt may be of an earlier post", () => {
    const moved = oweCard(settle(again(again(oweCard(owing))), { told: [] }, now));
    const untried = oweCard(oweCard(owing));
    expect([moved, untried].map(({ card }) => card!.revision)).toEqual([2, 2]);
    expect(shownBy(moved, moved.card!)).toBe(0);
    expect(shownBy(untried, untried.card!)).toBe(2);
    expect(shownBy(moved, replaceCard(moved.card!))).toBe(2);
  });
});

test("a send starts only while Slack's time-out and its latest application fit into the claim", () => {
  const { claim } = takeClaim(owing, "me", now);
  const last = now + claimMillis - 38_000;
  expect([maySend(claim!, last), maySend(claim!, last + 1)]).toEqual([true, false]);
});

test("numbers go on after the messages before were told", () => {
  const told = owing.outbox.map((message) => ({ message, how: "sent" as const, at: now }));
  const later = owe(settle(owing, { told }, now), [{ kind: "ended", outcome: "failed" }], now);
  expect(later.outbox.map(({ number }) => number)).toEqual([3]);
});

test("a settling moves what was told to the history, newest first, keeps the rest, and releases the claim", () => {
  const claimed = takeClaim(owing, "me", now);
  const [first, second] = claimed.outbox;
  const settled = settle(claimed, { told: [{ message: first!, how: "found", at: now }] }, now);
  expect(settled).toMatchObject({ outbox: [second], history: [{ how: "found", message: first }] });
  expect(settled.claim).toBeUndefined();
  const all = settle(settled, { told: [{ message: second!, how: "sent", at: now }] }, now);
  expect(all.history.map(({ message }) => message.number)).toEqual([2, 1]);
});

test("the history keeps the newest fifty", () => {
  const many = owe(
    nothingOwed,
    Array.from({ length: 60 }, () => ({ kind: "ended" as const, outcome: "failed" as const })),
    now,
  );
  const told = many.outbox.map((message) => ({ message, how: "sent" as const, at: now }));
  const { history } = settle(many, { told }, now);
  expect([history.length, history[0]!.message.number, history.at(-1)!.message.number]).toEqual([50, 60, 11]);
});

test("a refusing destination is tried after longer and longer pauses, and anew once it took something", () => {
  let delivery = owing;
  const pauses = [];
  for (let refusals = 0; refusals < 7; refusals++) {
    delivery = settle(delivery, { told: [], refusal: { of: "all", reason: "is_archived" } }, now);
    pauses.push((delivery.postponed!.until - now) / 1000);
  }
  expect(pauses).toEqual([15, 30, 60, 120, 240, 300, 300]);
  expect(settle(delivery, { told: [] }, now).postponed).toBeUndefined();
});
