/**
 * How much Slack takes: about one message a second into a channel with short bursts, and few edits a minute for the
 * whole workspace (Slack's rate limits, Tier 3 for `chat.update`). It lives as long as the process, so that what Slack
 * asked for outlasts the tick. All times are epoch milliseconds.
 */
export interface Pace {
  /** A new tick: its share of the edits that any minute allows, and another try with a token that was refused. */
  begin(editsPerMinute: number): void;
  /** Reserves up to `wanted` posts into the channel; gives the times when they may start, none after `last`. */
  reserve(channel: string, wanted: number, now: number, last: number): number[];
  /** Slack asked for a pause in this channel, which takes no bursts for a while after it; no other is held up. */
  pause(channel: string, until: number): void;
  isPaused(channel: string, now: number): boolean;
  /** Takes one of the minute's edits. The last quarter is left to the urgent ones: failures and ends. */
  takeEdit(urgent: boolean, now: number): boolean;
  /** Slack asked for a pause of the edits, in all channels. */
  pauseEdits(until: number): void;
  /** Nothing at all can be sent in this tick any more: the token is refused. */
  stop(): void;
  readonly stopped: boolean;
}

const spacingMillis = 1_000;
const burst = 4;
/** After a pause that Slack asked for, a channel takes no bursts for this long. */
const withoutBurstsMillis = 10 * 60_000;
const minuteMillis = 60_000;

export function createPace(): Pace {
  /** When each channel has taken everything reserved so far, at one post a spacing. */
  const drained = new Map<string, number>();
  const pausedUntil = new Map<string, number>();
  let share = 0;
  /** When the edits of the last minute were taken. */
  let edits: number[] = [];
  let editsPausedUntil = 0;
  let stopped = false;

  function nextSlot(channel: string, now: number): number {
    const paused = pausedUntil.get(channel) ?? -Infinity;
    const ahead = now - paused < withoutBurstsMillis ? 0 : (burst - 1) * spacingMillis;
    return Math.max(now, (drained.get(channel) ?? 0) - ahead, paused);
  }

  return {
    begin(editsPerMinute) {
      share = editsPerMinute;
      stopped = false;
    },
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
    pause: (channel, until) => void pausedUntil.set(channel, until),
    isPaused: (channel, now) => (pausedUntil.get(channel) ?? 0) > now,
    takeEdit(urgent, now) {
      edits = edits.filter((at) => at > now - minuteMillis);
      const allowed = urgent ? share : Math.floor((share * 3) / 4);
      if (edits.length >= allowed || editsPausedUntil > now) return false;
      edits.push(now);
      return true;
    },
    pauseEdits: (until) => void (editsPausedUntil = until),
    stop: () => void (stopped = true),
    get stopped() {
      return stopped;
    },
  };
}
