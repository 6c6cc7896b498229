import type { Setback } from "../domain/delivery.ts";

/**
 * Slack's limits: about one message a second for each channel, with short bursts, and few edits a minute for the whole
 * workspace (Tier 3 for `chat.update`). The pace lives as long as the process, so a pause that Slack asked for does not
 * end with the tick. All times are epoch milliseconds.
 */
export interface Pace {
  /** A new tick begins, with its share of a minute's edits, and with another try for a refused token. */
  begin(editsPerMinute: number): void;
  /** A new pass begins. In each pass every feed with pending posts reserves once. */
  beginPass(): void;
  /** The feed will reserve in this pass, so that feeds that reserve earlier leave it its share. */
  announce(claimant: Claimant): void;
  /** Reserves up to the claimant's share of its channel. @returns the times when its posts may start, none after `last` */
  reserve(claimant: Claimant, now: number, last: number): number[];
  /** Slack took a post into the channel. */
  took(channel: string): void;
  /** Whether Slack took a post into the channel in this tick. */
  hasTaken(channel: string): boolean;
  /** Slack asked for a pause in this channel. After the pause the channel takes no bursts for a while. */
  pause(channel: string, until: number, reason: string): void;
  isPaused(channel: string, now: number): boolean;
  /**
   * Takes one of a minute's edits. The last quarter is only for urgent edits: failures and ends.
   * @param at when the edit will be made: now, or after the posts before it
   */
  takeEdit(urgent: boolean, now: number, at?: number): boolean;
  /** Slack asked for a pause of the edits, in all channels. */
  pauseEdits(until: number, reason: string): void;
  /** The token is refused, so this tick sends nothing more. */
  stop(reason: string): void;
  readonly stopped: boolean;
  /** In each tick one feed tries a token that was refused before. The others follow if it is not refused again. */
  readonly mayTryToken: boolean;
  tryToken(): void;
  tokenIsGood(): void;
  /** Why posts into the channel, or edits, can't be sent at this time. */
  blockOf(of: Setback["of"], channel: string, at: number): Block | undefined;
}

/** A feed with pending posts. */
export interface Claimant {
  channel: string;
  /** Unique within the channel. */
  name: string;
  posts: number;
  /** It has a failure or an end to post, so it comes before the others. */
  urgent: boolean;
}

export type Block = Omit<Setback, "since">;

/** A claimant, as it was last announced. */
interface Waiting {
  claimant: Claimant;
  /** The last pass in which it was announced or reserved. */
  heardIn: number;
  /** The last pass in which it reserved. */
  askedIn: number;
  /** How many posts it got. A new claimant begins with the lowest number in its channel. */
  had: number;
  /** The earlier it was first announced, the lower. */
  number: number;
}

interface Pause {
  until: number;
  reason: string;
}

const spacingMillis = 1_000;
const burst = 4;
/** After a pause that Slack asked for, a channel takes no bursts for this long. */
const withoutBurstsMillis = 10 * 60_000;
const minuteMillis = 60_000;

export function createPace(): Pace {
  /** When each channel will have taken all reserved posts, at one post per spacing. */
  const drained = new Map<string, number>();
  const paused = new Map<string, Pause>();
  /** Each channel's claimants, by name. */
  const waiting = new Map<string, Map<string, Waiting>>();
  const taken = new Set<string>();
  let pass = 0;
  let heard = 0;
  let share = 0;
  /** The times of the last minute's edits and of future edits. */
  let edits: number[] = [];
  let editsPaused: Pause = { until: 0, reason: "" };
  let stopped: string | undefined;
  let tokenTried = false;
  let tokenGood = false;

  /** When the channel's next posts may start, none after `last`. */
  function* freeSlots(channel: string, now: number, last: number): Generator<number> {
    const until = paused.get(channel)?.until ?? -Infinity;
    const ahead = now - until < withoutBurstsMillis ? 0 : (burst - 1) * spacingMillis;
    for (let full = drained.get(channel) ?? 0; ; full += spacingMillis) {
      const slot = Math.max(now, full - ahead, until);
      if (slot > last) return;
      full = Math.max(full, slot);
      yield slot;
    }
  }

  function hear(claimant: Claimant): Waiting {
    const { channel, name } = claimant;
    const known = waiting.get(channel) ?? new Map<string, Waiting>();
    waiting.set(channel, known);
    const entry = known.get(name) ?? {
      claimant,
      heardIn: pass,
      askedIn: 0,
      had: fewestOf(known),
      number: ++heard,
    };
    known.set(name, entry);
    return Object.assign(entry, { claimant, heardIn: pass });
  }

  /** Claimants that were announced in this pass or the last one, and have not reserved in this pass yet. */
  const rivalsOf = (entry: Waiting): Waiting[] =>
    [...waiting.get(entry.claimant.channel)!.values()].filter(
      (other) => other !== entry && other.askedIn !== pass && other.heardIn >= pass - 1,
    );

  return {
    begin(editsPerMinute) {
      share = editsPerMinute;
      stopped = undefined;
      tokenTried = false;
      tokenGood = false;
      taken.clear();
    },
    beginPass() {
      pass += 1;
      for (const [channel, known] of waiting) {
        for (const [name, { heardIn }] of known) if (heardIn < pass - 2) known.delete(name);
        if (known.size === 0) waiting.delete(channel);
      }
    },
    announce: (claimant) => void hear(claimant),
    reserve(claimant, now, last) {
      const { channel, posts } = claimant;
      const entry = hear(claimant);
      entry.askedIn = pass;
      const free = [...freeSlots(channel, now, last)];
      const slots = free.slice(0, free.length === 0 ? 0 : shareOf(entry, rivalsOf(entry), free.length));
      for (const slot of slots)
        drained.set(channel, Math.max(drained.get(channel) ?? 0, slot) + spacingMillis);
      entry.had += slots.length;
      // The posts that are left compete in the next pass, in whatever order it reads the feeds.
      entry.claimant = { ...claimant, posts: posts - slots.length };
      return slots;
    },
    took: (channel) => void taken.add(channel),
    hasTaken: (channel) => taken.has(channel),
    pause: (channel, until, reason) => void paused.set(channel, { until, reason }),
    isPaused: (channel, now) => (paused.get(channel)?.until ?? 0) > now,
    takeEdit(urgent, now, at = now) {
      edits = edits.filter((made) => made > now - minuteMillis);
      const allowed = urgent ? share : Math.floor((share * 3) / 4);
      if (edits.length >= allowed || editsPaused.until > now) return false;
      edits.push(at);
      return true;
    },
    pauseEdits: (until, reason) => void (editsPaused = { until, reason }),
    stop: (reason) => void (stopped = reason),
    get stopped() {
      return stopped !== undefined;
    },
    get mayTryToken() {
      return tokenGood || !tokenTried;
    },
    tryToken: () => void (tokenTried = true),
    tokenIsGood: () => void (tokenGood = true),
    blockOf(of, channel, at) {
      if (stopped !== undefined) return { kind: "unauthorized", of: "all", reason: stopped };
      const pause = of === "edits" ? editsPaused : paused.get(channel);
      return pause && pause.until > at ? { kind: "later", of, ...pause } : undefined;
    },
  };
}

const fewestOf = (known: ReadonlyMap<string, Waiting>): number =>
  known.size === 0 ? 0 : Math.min(...[...known.values()].map(({ had }) => had));

/**
 * How many of the free slots the claimant gets. Urgent claimants come first. Then each slot goes to the claimant that had
 * the fewest posts so far. For example, two new feeds have three posts each, and three slots are free: the feed that was
 * announced first gets two slots, the other feed gets one.
 */
function shareOf({ claimant, had, number }: Waiting, rivals: readonly Waiting[], free: number): number {
  const before = (rival: Waiting, share: number): number => {
    const { posts, urgent } = rival.claimant;
    if (urgent !== claimant.urgent) return urgent ? posts : 0;
    const behind = had + share - rival.had + (rival.number < number ? 1 : 0);
    return Math.min(posts, Math.max(0, behind));
  };
  let share = 0;
  while (share < claimant.posts) {
    const others = rivals.reduce((sum, rival) => sum + before(rival, share), 0);
    if (others + share >= free) break;
    share += 1;
  }
  return share;
}
