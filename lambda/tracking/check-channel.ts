import { noteChannel, type Build } from "../domain/build.ts";
import type { Clock, FeedStore, Log, Slack } from "./ports.ts";
import { pendingPosts } from "./record.ts";
import type { Count } from "./tally.ts";
import { isTooLateForSlack, type Times } from "./times.ts";

export interface CheckChannelParts {
  slack: Pick<Slack, "readBack">;
  store: FeedStore;
  clock: Pick<Clock, "now">;
  log: Log;
  count: Count;
  times: Times;
}

/**
 * A build whose settings leave out its first messages sends nothing to its channel, maybe for hours. So its channel is
 * checked after the first poll, and again with each change while Slack refuses it.
 */
export function needsChannelCheck(before: Build, next: Build): boolean {
  const isFirst = before.observedAt === undefined && next.observedAt !== undefined;
  return (
    next.status === "tracking" &&
    pendingPosts(next) === 0 &&
    (isFirst || (before.channelRefusal !== undefined && next !== before))
  );
}

/** Asks Slack for the channel's newest messages. An answer that is not about the channel changes nothing. */
export async function checkChannel(build: Build, parts: CheckChannelParts): Promise<void> {
  const { slack, store, clock, log, count, times } = parts;
  if (isTooLateForSlack(clock.now(), times)) return;
  const answer = await slack.readBack(build, clock.now());
  const refusal = answer.complete ? undefined : answer.refused && answer.reason;
  if (!answer.complete && refusal === undefined) return;
  const stored = await store.load(build);
  if (!stored || stored.channelRefusal?.reason === refusal) return;
  await store.save(stored, noteChannel(stored, refusal, clock.now()), "observation");
  if (refusal === undefined) return;
  count({ refused: 1 });
  log.warn("Slack refuses the channel of a build, although no message is pending yet", {
    buildId: build.buildId,
    channel: build.registration.channel,
    reason: refusal,
  });
}
