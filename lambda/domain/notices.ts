import type { Digest } from "./digest.ts";
import { isFull, nothingPending, addPending, hasPending, type Delivery } from "./delivery.ts";
import type { Week } from "./week.ts";

/**
 * A channel's messages that are not about a build: ServiceStage can't be read, it can be read again, and the
 * digest of a week.
 * They are sent like a build's messages. All times are epoch milliseconds.
 */
export interface Notices {
  kind: "notices";
  channel: string;
  /** Random: distinguishes these messages from those of an earlier item of the same channel. */
  id: string;
  /** 0 for an item that was never saved. */
  version: number;
  outage?: Outage;
  /** The end of the last week whose digest was recorded. */
  digestUntil?: number;
  delivery: Delivery;
  /** From this time on the item counts as gone. Only set when nothing is pending. */
  expiresAt?: number;
}

export interface Outage {
  reason: string;
  since: number;
  /** It lasted long enough for a message to the channel. */
  announced: boolean;
}

/** A shorter outage causes no message. */
const tellOutageAfterMillis = 3 * 60_000;

export const noNotices = (channel: string, id: string): Notices => ({
  kind: "notices",
  channel,
  id,
  version: 0,
  delivery: nothingPending,
});

export const isActiveNotices = (notices: Notices): boolean =>
  notices.outage !== undefined || hasPending(notices.delivery);

/**
 * After a pass that could read nothing; the very same object when there is nothing to record.
 * @param roundMillis how long it takes until each job was polled. Until then, ServiceStage may still answer for others
 */
export function outOfReach(notices: Notices, reason: string, now: number, roundMillis = 0): Notices {
  const { expiresAt: _again, ...active } = notices;
  if (!notices.outage) return { ...active, outage: { reason, since: now, announced: false } };
  const { since, announced } = notices.outage;
  if (announced || now - since < Math.max(tellOutageAfterMillis, roundMillis) || isFull(notices.delivery))
    return notices;
  return {
    ...notices,
    outage: { reason, since, announced: true },
    delivery: addPending(notices.delivery, [{ kind: "outOfReach", since, reason }], now),
  };
}

/** After a pass that could read again; the very same object when there is nothing to record. */
export function backInReach(notices: Notices, now: number): Notices {
  const { outage, ...rest } = notices;
  if (!outage) return notices;
  if (!outage.announced) return rest;
  // The message about the outage's end waits until there is room.
  if (isFull(notices.delivery)) return notices;
  return {
    ...rest,
    delivery: addPending(notices.delivery, [{ kind: "backInReach", since: outage.since }], now),
  };
}

/** With the digest of a week that {@link isDigestTold was not told}. The very same object as long as there is no room for it. */
export function tellDigest(notices: Notices, digest: Digest, now: number): Notices {
  const { expiresAt: _again, ...active } = notices;
  if (isFull(notices.delivery)) return notices;
  return {
    ...active,
    digestUntil: digest.until,
    delivery: addPending(notices.delivery, [{ kind: "digest", ...digest }], now),
  };
}

/** If the setting changes, an earlier week may be the last one. It is not told after a later one. */
export const isDigestTold = ({ digestUntil = 0 }: Notices, { until }: Pick<Week, "until">): boolean =>
  digestUntil >= until;

/** Until when the week's digest must not be told again. The clocks of a zone may be put back in the week. */
const rememberDigestMillis = 9 * 24 * 3_600_000;

/** Until when the notices are needed although nothing is pending. */
export const areNoticesNeededUntil = ({ digestUntil }: Notices): number =>
  digestUntil === undefined ? 0 : digestUntil + rememberDigestMillis;

/** The notices of a channel that follows no build or job any more. An outage that was not announced is removed. */
export function forgetUntold(notices: Notices): Notices {
  const { outage, ...rest } = notices;
  return outage && !outage.announced ? rest : notices;
}
