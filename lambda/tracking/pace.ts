import type { Setback } from "../domain/delivery.ts";

/**
 * How much Slack takes: about one message a second into a channel with short bursts, and few edits a minute for the
 * whole workspace (Slack's rate limits, Tier 3 for `chat.update`). It lives as long as the process, so that what Slack
 * asked for outlasts the tick. All times are epoch milliseconds.
 */
export interface Pace {
  /** A new tick: its share of the edits that any minute allows, and another try with a token that was refused. */
  begin(editsPerMinute: number): void;
  /** A new pass: every feed that owes posts asks once in it. */
  beginPass(): void;
  /** The feed will ask in this pass: whoever asks before it leaves it its share. */
  announce(claimant: Claimant): void;
  /** Reserves up to its share of the channel for the claimant; gives the times when its posts may start, none after `last`. */
  reserve(claimant: Claimant, now: number, last: number): number[];
  /** Slack took a post into the channel. */
  took(channel: string): void;
  /** Whether Slack took a post into the channel in this tick. */
  hasTaken(channel: string): boolean;
  /** Slack asked for a pause in this channel, which takes no bursts for a while after it; no other is held up. */
  pause(channel: string, until: number, reason: string): void;
  isPaused(channel: string, now: number): boolean;
  /**
   * Takes one of the edits of the minute that ends with `at`, when the edit is made: now, or after the posts before it.
   * The last quarter is left to the urgent ones: failures and ends.
   */
  takeEdit(urgent: boolean, now: number, at?: number): boolean;
  /** Slack asked for a pause of the edits, in all channels. */
  pauseEdits(until: number, reason: string): void;
  /** Nothing at all can be sent in this tick any more: the token is refused. */
  stop(reason: string): void;
  readonly stopped: boolean;
  /** Of those whose token was refused one tries again in each tick, and the others once it was not refused. */
  readonly mayTryToken: boolean;
  tryToken(): void;
  tokenIsGood(): void;
  /** What keeps the posts into the channel, or the edits, from being sent at this time. */
  blockOf(of: Setback["of"], channel: string, at: number): Block | undefined;
}

/** A feed that owes posts to its channel. */
export interface Claimant {
  channel: string;
  /** Tells the feed from the channel's others. */
  name: string;
  posts: number;
  /** It comes before those that are not: it tells a failure, or an end. */
  urgent: boolean;
}

export type Block = Omit<Setback, "since">;

/** A claimant, as of the last pass in which it was heard of. */
interface Waiting {
  claimant: Claimant;
  /** The pass in which it was heard of, and the one in which it asked. */
  heardIn: number;
  askedIn: number;
  /** How many posts it had. A new one begins with as many as who had the fewest. */
  had: number;
  /** Who was heard of first has the least. */
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
  /** When each channel has taken everything reserved so far, at one post a spacing. */
  const drained = new Map<string, number>();
  const paused = new Map<string, Pause>();
  /** Who waits in each channel, by name. */
  const waiting = new Map<string, Map<string, Waiting>>();
  const taken = new Set<string>();
  let pass = 0;
  let heard = 0;
  let share = 0;
  /** When the edits of the last minute were made, and when those to come are. */
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

  /** Those who have not asked in this pass yet, and were there in the last one at least. */
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
      // What it still owes competes in the next pass, whether or not it is read there before the others.
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
 * How many of the free slots are the claimant's, when each goes to who had the fewest posts until then, and the urgent
 * ones come before the others.
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
