import { noteChannel, type Build } from "../domain/build.ts";
import { slackTimeoutMillis } from "../domain/delivery.ts";
import type { DeliverOptions } from "./deliver.ts";
import { guard } from "./guard.ts";
import { pendingPosts } from "./record.ts";

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

/** Asks Slack for the channel's newest messages. What Slack says otherwise than about the channel changes nothing. */
export async function checkChannel(build: Build, options: DeliverOptions): Promise<void> {
  const { slack, store, clock, log, report, deadline } = options;
  if (clock.now() + slackTimeoutMillis > deadline) return;
  await guard(
    build,
    async () => {
      const answer = await slack.readBack(build, clock.now());
      const refusal = answer.complete ? undefined : answer.refused && answer.reason;
      if (!answer.complete && refusal === undefined) return;
      const stored = await store.load(build);
      if (!stored || stored.channelRefusal?.reason === refusal) return;
      await store.save(stored, noteChannel(stored, refusal, clock.now()), "observation");
      if (refusal === undefined) return;
      report.refused += 1;
      const { buildId, registration } = build;
      log.warn("Slack refuses the channel of a build, although no message is pending yet", {
        buildId,
        channel: registration.channel,
        reason: refusal,
      });
    },
    { log, report },
  );
}
