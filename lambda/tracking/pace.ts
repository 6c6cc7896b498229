/**
 * How much Slack takes within one tick: about one message a second into a channel with short bursts, and few edits
 * a minute for the whole workspace (facts of Slack's rate limits: Tier 3 for `chat.update`).
 */
export interface Pace {
  /** Reserves up to `wanted` posts into the channel; gives the times when they may start, none after `last`. */
  reserve(channel: string, wanted: number, now: number, last: number): number[];
  /** Slack asked for a pause in this channel; no other is held up. */
  pause(channel: string, until: number): void;
  /** Takes one of the minute's edits. The last quarter is left to the urgent ones: failures and ends. */
  takeEdit(urgent: boolean): boolean;
  /** Nothing at all can be sent any more: the token is refused. */
  stop(): void;
  readonly stopped: boolean;
}

const spacingMillis = 1_000;
const burst = 4;

/** `edits` is this tick's share of the edits that a minute allows. */
export function createPace(edits: number): Pace {
  /** When each channel has taken everything reserved so far, at one post a spacing. */
  const drained = new Map<string, number>();
  const reservedEdits = Math.ceil(edits / 4);
  let editsLeft = edits;
  let stopped = false;

  function nextSlot(channel: string, now: number): number {
    const full = (drained.get(channel) ?? 0) - (burst - 1) * spacingMillis;
    return Math.max(now, full);
  }

  return {
    reserve(channel, wanted, now, last) {
      const slots: number[] = [];
      for (
        let slot = nextSlot(channel, now);
        slots.length < wanted && slot <= last;
        slot = nextSlot(channel, now)
      ) {
        slots.push(slot);
        drained.set(channel, Math.max(drained.get(channel) ?? 0, slot) + spacingMillis);
      }
      return slots;
    },
    pause(channel, until) {
      drained.set(channel, Math.max(drained.get(channel) ?? 0, until + (burst - 1) * spacingMillis));
    },
    takeEdit(urgent) {
      if (editsLeft <= (urgent ? 0 : reservedEdits)) return false;
      editsLeft -= 1;
      return true;
    },
    stop() {
      stopped = true;
    },
    get stopped() {
      return stopped;
    },
  };
}
