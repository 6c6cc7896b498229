import * as z from "zod/mini";

const count = (least: number) => z.number().check(z.int(), z.gte(least));
const pollEvent = z.object({
  shard: z._default(count(0), 0),
  shards: z._default(count(1), 1),
  scheduledTime: z.optional(z.iso.datetime({ offset: true })),
});

/**
 * Parses the schedule's event `{ shard, shards, scheduledTime }`. The defaults are shard 0 of 1, now.
 * @throws {Error} with every error of the event
 */
export function parsePollEvent(event: unknown, now: number) {
  const result = z.safeParse(pollEvent, event ?? {});
  if (!result.success) throw new Error(`The poll event is not valid: ${z.prettifyError(result.error)}`);
  const { shard, shards, scheduledTime } = result.data;
  return { shard, shards, scheduledTime: scheduledTime === undefined ? now : Date.parse(scheduledTime) };
}
