import { isFull, nothingPending, addPending, hasPending, type Delivery } from "./delivery.ts";

/**
 * What a channel is told beside its builds: that ServiceStage is out of reach, and that it is back.
 * It is pending and delivered like a build's messages. All times are epoch milliseconds.
 */
export interface Notices {
  kind: "notices";
  channel: string;
  /** Random: tells these messages from those of an earlier item of the same channel. */
  id: string;
  /** 0 for an item that was never saved. */
  version: number;
  outage?: Outage;
  delivery: Delivery;
  /** From then on the item counts as gone; only set when nothing is pending. */
  expiresAt?: number;
}

export interface Outage {
  reason: string;
  since: number;
  /** It lasted long enough for the channel to be told. */
  announced: boolean;
}

/** An outage that is over sooner is not told. */
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

/** A pass could read nothing; the very same object when there is nothing to record. */
export function outOfReach(notices: Notices, reason: string, now: number): Notices {
  const { expiresAt: _again, ...active } = notices;
  if (!notices.outage) return { ...active, outage: { reason, since: now, announced: false } };
  const { since, announced } = notices.outage;
  if (announced || now - since < tellOutageAfterMillis || isFull(notices.delivery)) return notices;
  return {
    ...notices,
    outage: { reason, since, announced: true },
    delivery: addPending(notices.delivery, [{ kind: "outOfReach", since, reason }], now),
  };
}

/** A pass could read again; the very same object when there is nothing to record. */
export function backInReach(notices: Notices, now: number): Notices {
  const { outage, ...rest } = notices;
  if (!outage) return notices;
  if (!outage.announced) return rest;
  // Its end is told once there is room for it.
  if (isFull(notices.delivery)) return notices;
  return {
    ...rest,
    delivery: addPending(notices.delivery, [{ kind: "backInReach", since: outage.since }], now),
  };
}

/** Nobody follows a build in the channel any more: an outage that it was not told of is none of its concern. */
export function forgetUntold(notices: Notices): Notices {
  const { outage, ...rest } = notices;
  return outage && !outage.announced ? rest : notices;
}
