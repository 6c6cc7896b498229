import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import type { Build } from "../../lambda/domain/build.ts";
import { cardKey, messageKey, type Receipt } from "../../lambda/domain/delivery.ts";
import { feedId } from "../../lambda/domain/feed.ts";
import type { Slack, SlackAnswer } from "../../lambda/tracking/ports.ts";
import { message, movedTo, someBuild, someNotices } from "./builds.ts";

/** A Slack with one channel, which is the channel of `builds.ts`. The bot is in it. */
export interface SlackUnderTest {
  slack: Slack;
  /** A person deletes a message that has no replies. */
  remove(receipt: Receipt): void;
  /** The next call gets this answer. With `stored`, Slack carries out the call. */
  answerNext(kind: Exclude<SlackAnswer["kind"], "sent">, stored?: boolean): void;
  /** The app lacks the scopes to read back, from now on. */
  forbidReadBacks(): void;
  close(): Promise<void>;
}

const rich = { plain: false };

export const receiptOf = (answer: SlackAnswer): Receipt => {
  if (answer.kind !== "sent") throw new Error(`${answer.kind}: ${answer.reason}`);
  return answer.receipt;
};

/** The behaviour of every Slack. `createSlack` makes an empty one. */
export function describeSlack(name: string, createSlack: () => Promise<SlackUnderTest>): void {
  describe(`Slack: ${name}`, () => {
    let under: SlackUnderTest;
    let slack: Slack;
    let started: number;

    beforeEach(async () => {
      started = Date.now();
      under = await createSlack();
      ({ slack } = under);
    });
    afterEach(() => under.close());

    const posted = async (build: Build): Promise<Build> => {
      const receipt = receiptOf(await slack.postCard(build, rich));
      return { ...build, delivery: { ...build.delivery, card: { ...build.delivery.card!, receipt } } };
    };
    const found = async (feed: Parameters<Slack["readBack"]>[0], since = started) => {
      const look = await slack.readBack(feed, since);
      if (!look.complete) throw new Error(look.reason);
      return Object.fromEntries(look.found);
    };
    const building = message(movedTo("Building"));
    const failed = message({ ...movedTo("Failed"), outcome: "failed" } as typeof building, 2);

    test("before anything is posted, a read-back finds nothing", async () => {
      expect(await found(someBuild())).toEqual({});
    });

    test("a card is found in the channel by its key", async () => {
      const build = someBuild();
      const receipt = receiptOf(await slack.postCard(build, rich));
      expect(await found(build)).toEqual({ [cardKey(feedId(build), { number: 1 })]: receipt });
    });

    test("the messages of a thread are found there by their keys", async () => {
      const build = await posted(someBuild());
      const first = receiptOf(await slack.postMessage(build, building, rich));
      const second = receiptOf(await slack.postMessage(build, failed, rich));
      expect(first.ts).not.toBe(second.ts);
      expect(await found(build)).toMatchObject({
        [messageKey(feedId(build), building)]: first,
        [messageKey(feedId(build), failed)]: second,
      });
    });

    test("without a thread, messages are found in the channel", async () => {
      const build = await posted(someBuild({}, { thread: false }));
      const receipt = receiptOf(await slack.postMessage(build, building, rich));
      expect(await found(build)).toMatchObject({ [messageKey(feedId(build), building)]: receipt });
    });

    test("a channel's notices are found, and are not taken for a build's", async () => {
      const notices = someNotices();
      const notice = message({ kind: "backInReach", since: 0 });
      const receipt = receiptOf(await slack.postMessage(notices, notice, rich));
      expect(await found(notices)).toEqual({ [messageKey(feedId(notices), notice)]: receipt });
      expect(await found(someBuild())).toEqual({});
    });

    test("the plain form is delivered and found too", async () => {
      const build = await posted(someBuild());
      const receipt = receiptOf(await slack.postMessage(build, building, { plain: true }));
      expect(await found(build)).toMatchObject({ [messageKey(feedId(build), building)]: receipt });
    });

    test("a message from before the given time is not found", async () => {
      const build = someBuild();
      await slack.postCard(build, rich);
      expect(await found(build, Date.now() + 3_600_000)).toEqual({});
    });

    test("an edit does not move the card", async () => {
      const build = await posted(someBuild());
      expect(receiptOf(await slack.editCard(build, rich))).toEqual(build.delivery.card?.receipt);
    });

    test("a deleted card without replies is gone, and accepts no reply", async () => {
      const build = await posted(someBuild());
      under.remove(build.delivery.card!.receipt!);
      expect(await slack.editCard(build, rich)).toMatchObject({ kind: "gone" });
      expect(await slack.postMessage(build, failed, rich)).toMatchObject({ kind: "gone" });
      expect(await found(build)).toEqual({});
    });

    test("a message that may not leave any more is answered with later, and does not arrive", async () => {
      const late = { plain: false, mayLeave: () => false };
      const build = await posted(someBuild());
      expect(await slack.postCard(someBuild(), late)).toMatchObject({ kind: "later" });
      expect(await slack.editCard(build, late)).toMatchObject({ kind: "later" });
      expect(await slack.postMessage(build, building, late)).toMatchObject({ kind: "later" });
      expect(await found(build)).not.toHaveProperty([messageKey(feedId(build), building)]);
    });

    test("without the scope, a read-back says that it is forbidden", async () => {
      const build = await posted(someBuild());
      under.forbidReadBacks();
      expect(await slack.readBack(build, started)).toMatchObject({ complete: false, forbidden: true });
      expect(await slack.postMessage(build, building, rich)).toMatchObject({ kind: "sent" });
    });

    test.each(["later", "content", "destination", "unauthorized"] as const)(
      "a message answered by %s has not arrived",
      async (kind) => {
        const build = await posted(someBuild());
        under.answerNext(kind);
        expect(await slack.postMessage(build, building, rich)).toMatchObject({ kind });
        expect(await found(build)).not.toHaveProperty([messageKey(feedId(build), building)]);
      },
    );

    test.each([true, false])(
      "when the answer is unknown, a read-back says whether the message arrived: %s",
      async (stored) => {
        const build = await posted(someBuild());
        under.answerNext("unknown", stored);
        expect(await slack.postMessage(build, building, rich)).toMatchObject({ kind: "unknown" });
        expect(messageKey(feedId(build), building) in (await found(build))).toBe(stored);
      },
    );

    test.each(["later", "unknown", "unauthorized"] as const)(
      "a read-back that is answered by %s is not complete",
      async (kind) => {
        const build = await posted(someBuild());
        under.answerNext(kind);
        expect(await slack.readBack(build, Date.now())).toMatchObject({ complete: false });
      },
    );
  });
}
