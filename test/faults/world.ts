import { actions, type Action } from "../../lambda/domain/action.ts";
import { act } from "../../lambda/tracking/act.ts";
import { withoutAbsent } from "../../lambda/domain/absent.ts";
import { createPace } from "../../lambda/tracking/pace.ts";
import type { Build } from "../../lambda/domain/build.ts";
import { cardKey, messageKey } from "../../lambda/domain/delivery.ts";
import { channelOf, feedId, nameOf, type Feed } from "../../lambda/domain/feed.ts";
import type { JobBuild } from "../../lambda/domain/job.ts";
import type { Notify } from "../../lambda/domain/notify.ts";
import type { BuildDetails } from "../../lambda/domain/outcome.ts";
import type { ListedPhase } from "../../lambda/domain/phase.ts";
import type {
  Clock,
  Form,
  Slack,
  SlackAnswer,
  Store,
  TickStore,
  Writer,
} from "../../lambda/tracking/ports.ts";
import { register } from "../../lambda/tracking/register.ts";
import { tick, type TickParts } from "../../lambda/tracking/tick.ts";
import { atOnce, MemoryServiceStage } from "../../testing/memory-servicestage.ts";
import { MemorySlack, type ReadBacks } from "../../testing/memory-slack.ts";
import { createMemoryStore, type MemoryStore } from "../../testing/memory-store.ts";
import type { Words } from "../../testing/words.ts";
import type { Plan } from "./explore.ts";
import type { Click } from "./oracle.ts";
import { silentLog } from "../../testing/silent-log.ts";

/** What a build goes through: the phases at each tick, and how it is registered. */
export interface Scenario {
  name: string;
  thread: boolean;
  notify: Notify;
  honoursClientMsgId: boolean;
  readBacks: ReadBacks;
  channels: string[];
  /** This channel refuses every message until the others owe nothing. */
  refuses?: string;
  /** With how many faults it is run, at most. */
  faultsAtMost: number;
  /** "Init:Building Build:Queuing", tick by tick. The last one ends the build. */
  steps: string[];
  /** How many minutes lie between two ticks. Without it the ticks follow each other as in a tick with passes. */
  tickMinutes?: number;
  /** How long each of the job's three earlier builds took, in minutes. Without it the build has no job. */
  usualMinutes?: number;
  /** Who made the commit, whom a failure mentions. */
  committer?: string;
}

/** What can go wrong with a call, or happen just before it. */
export type FaultKind =
  | "the process dies"
  | "the process freezes until another tick has taken over its lease"
  | "a person deletes the card"
  | "DELETE"
  | "DELETE, and PUT until it is taken"
  | "another tick runs"
  | "the build moves on, and another tick runs"
  | "POST redeliver"
  | "two people press Mute at once"
  | "a person presses Stop following"
  | "a person presses Build again"
  | "DynamoDB throttles"
  | "written, the answer is lost"
  | "written, the retry's condition fails"
  | "the read fails"
  | "the index is behind"
  | "429"
  | "the channel refuses"
  | "the content is refused"
  | "the token is refused"
  | "stored, the answer is lost"
  | "not stored, the answer is lost"
  | "hangs, stored 30 s after the time-out"
  | "the read-back is cut short";

type Call =
  | "loadActive"
  | "load"
  | "save"
  | "register"
  | "loadEnds"
  | "saveEnds"
  | "loadCommitter"
  | "saveCommitter"
  | "postCard"
  | "postMessage"
  | "editCard"
  | "readBack";

/** Before a send it is an exception to the promise, unless the last check comes after it. */
const freezes: FaultKind = "the process freezes until another tick has taken over its lease";
const happenings: FaultKind[] = [
  "the process dies",
  "a person deletes the card",
  "DELETE",
  "DELETE, and PUT until it is taken",
  "another tick runs",
  "the build moves on, and another tick runs",
  "POST redeliver",
];
/** They change the item like DELETE, so they meet the calls where that makes a difference. */
const clicks: FaultKind[] = [
  "two people press Mute at once",
  "a person presses Stop following",
  "a person presses Build again",
];
const editFaults: FaultKind[] = [
  "429",
  "stored, the answer is lost",
  "not stored, the answer is lost",
  "hangs, stored 30 s after the time-out",
];
const postFaults: FaultKind[] = [
  ...editFaults,
  "the channel refuses",
  "the content is refused",
  "the token is refused",
];

const writeFaults: FaultKind[] = [
  "DynamoDB throttles",
  "written, the answer is lost",
  "written, the retry's condition fails",
];

/** Every fault that can meet a call. */
export const faultsOf: Record<Call, FaultKind[]> = {
  loadActive: [...happenings, ...clicks, freezes, "the read fails", "the index is behind"],
  load: ["the process dies", freezes, "the build moves on, and another tick runs", "the read fails"],
  save: [...happenings, ...clicks, freezes, ...writeFaults],
  register: [...happenings, freezes, ...writeFaults],
  loadEnds: ["the process dies", freezes, "the read fails"],
  saveEnds: ["the process dies", freezes, "another tick runs", ...writeFaults],
  loadCommitter: ["the process dies", freezes, "another tick runs", "the read fails"],
  saveCommitter: ["the process dies", freezes, "another tick runs", ...writeFaults],
  postCard: [...happenings, ...postFaults],
  postMessage: [...happenings, ...clicks, ...postFaults],
  editCard: [...happenings, ...editFaults],
  readBack: [
    "the process dies",
    freezes,
    "a person deletes the card",
    "the build moves on, and another tick runs",
    "the read-back is cut short",
  ],
};

export const buildId = "b1";
const jobId = "j1";
/** Slack's, not the code's: were that wrong, the suite must see it. */
const slackTimeoutMillis = 8_000;
const lateApplyMillis = 30_000;
const leaseMillis = 60_000;
const blindTriesAtMost = 5;
const tickEveryMillis = 15_000;
const beganAt = 1_000_000;
const withoutJob: BuildDetails = { jobName: "shop", commitId: "c0ffee" };
const ofJob: BuildDetails = { ...withoutJob, jobId, startedAt: beganAt };
/** Enough for two leases to run out, one after the other, with read-backs and pauses between them. */
const recoveryTicks = 40;

/** The request has left: what happens to it is in the plan. */
const sent: Form = { plain: false };
const never = new Promise<never>(() => undefined);
const refused: SlackAnswer = { kind: "destination", reason: "is_archived" };

async function someTurns(): Promise<void> {
  for (let turns = 0; turns < 30; turns++) await Promise.resolve();
}

interface Process {
  dead: boolean;
  die: () => void;
  /** The keys of what Slack confirmed, until a write of it is confirmed too. */
  unsaved: string[];
}

type Awaitable<T> = T | Promise<T>;

/** DynamoDB, as a world needs it. */
export interface WorldStore extends Store, Pick<MemoryStore, "recorded"> {
  readIndex(behind: boolean): Awaitable<Feed[]>;
}

/** Slack, as a world needs it. */
export interface WorldSlack extends Slack, Pick<MemorySlack, "messages" | "later" | "deleteCard"> {
  applyLate(): Awaitable<void>;
}

export interface WorldOptions {
  /** Keeps the trace. */
  traced?: boolean;
  /** Simulated in memory by default. */
  backend?: (now: () => number, scenario: Scenario) => { store: WorldStore; slack: WorldSlack };
  /** What the messages say there. */
  words?: Words;
}

const simulated = (now: () => number, { honoursClientMsgId, readBacks }: Scenario) => ({
  store: createMemoryStore({ now }),
  slack: new MemorySlack(now, { honoursClientMsgId, readBacks }),
});

/** One run: a scenario, met by the faults of a plan, then ticks without any until nothing is pending. */
export class World {
  now = beganAt;
  readonly calls: Call[] = [];
  /** Readable lines; only kept when asked for. */
  readonly trace: string[] = [];
  readonly slack: WorldSlack;
  readonly store: WorldStore;
  readonly scenario: Scenario;
  readonly #plan: Plan<FaultKind>;
  readonly #traced: boolean;
  /** What is still to come of the scenario. */
  readonly #steps: string[];
  #listed: ListedPhase[] = [];
  readonly #serviceStage = new MemoryServiceStage({
    phasesOf: () => this.#listed,
    detailsOf: () => ({
      ...(this.scenario.usualMinutes === undefined ? { ...withoutJob, jobId } : ofJob),
      ...withoutAbsent({ committer: this.scenario.committer }),
    }),
    run: atOnce,
  });
  #ids = 0;
  readonly #putAgain = new Set<string>();
  /** The channels that refuse. */
  readonly #refusing: Set<string>;
  /** A channel owed something although only another one refused. */
  heldUp = false;
  /** The store gave no answer about the committer: the message has the name alone. */
  hintMayBeLost = false;
  /** The ids of each channel's registrations, wherever they came. */
  readonly registrations = new Map<string, string[]>();
  /** The clicks that were carried out. */
  readonly clicks: Click[] = [];
  /** Of each key, how often the notifier could not know whether it had arrived. */
  readonly #doubts = new Map<string, number>();
  readonly #running = new Set<Process>();
  #sendsUnderWay = 0;
  /** Of each channel, what each lease covered since one was released. */
  readonly #covered = new Map<string, string[][]>();
  /** Reads back of what was certainly never sent: they hold up what is pending. */
  needlessReadBacks = 0;

  constructor(
    scenario: Scenario,
    plan: Plan<FaultKind>,
    { traced = false, backend = simulated }: WorldOptions = {},
  ) {
    this.scenario = scenario;
    this.#refusing = new Set(scenario.refuses);
    this.#steps = [...scenario.steps];
    const builds = scenario.usualMinutes === undefined ? [] : earlierBuilds(scenario);
    this.#serviceStage.setJob({ jobId, jobName: "shop", builds });
    this.#plan = plan;
    this.#traced = traced;
    ({ store: this.store, slack: this.slack } = backend(() => this.now, scenario));
  }

  async run(): Promise<void> {
    for (const channel of this.scenario.channels) await this.#put(channel);
    while (this.#steps.length > 0) await this.#turn(this.#steps.shift());
    await this.#recover();
    this.heldUp = !(await this.isQuiet());
    this.#refusing.clear();
    await this.#recover();
    await this.slack.applyLate();
  }

  async #recover(): Promise<void> {
    for (let turns = 0; turns < recoveryTicks && !(await this.isQuiet()); turns++) await this.#turn();
  }

  /** Nothing is owed, but to the channels that refuse. */
  async isQuiet(channel?: string): Promise<boolean> {
    const isLeft = (each: string) => (channel === undefined || each === channel) && !this.#refusing.has(each);
    const active = (await this.store.readIndex(false)).map(channelOf);
    return ![...this.#putAgain, ...active].some(isLeft);
  }

  /** How often a message may stand in Slack again: only where Slack lets no app read back, and only if it was in doubt. */
  mayRepeat = (key: string): number =>
    this.scenario.readBacks === "forbidden" && !this.scenario.honoursClientMsgId
      ? Math.min(this.#doubts.get(key) ?? 0, blindTriesAtMost)
      : 0;

  /** Over a lease that was not released, only what that one covered is leased again, if any of it is pending. */
  #cover(feed: Feed): void {
    const [covered, pending] = [this.#coveredOf(feed), pendingKeys(feed)];
    const earlier = new Set(covered.flat());
    const doubtful = pending.filter((key) => earlier.has(key));
    this.#covered.set(channelOf(feed), [...covered, doubtful.length > 0 ? doubtful : pending]);
  }

  readonly #coveredOf = (feed: Feed): string[][] => this.#covered.get(channelOf(feed)) ?? [];

  #doubt(...keys: string[]): void {
    for (const key of keys) this.#doubts.set(key, (this.#doubts.get(key) ?? 0) + 1);
  }

  loadBuild = async (channel: string): Promise<Build> => (await this.store.loadBuild(buildId, channel))!;

  async #turn(step?: string): Promise<void> {
    if (step !== undefined) this.#listed = parseStep(step);
    this.#say(`— tick at ${(this.now - beganAt) / 1000} s${step === undefined ? "" : `: ${step}`}`);
    for (const channel of this.#putAgain) await this.#put(channel);
    const started = this.now;
    await this.#tick();
    const { tickMinutes } = this.scenario;
    const everyMillis = tickMinutes === undefined ? tickEveryMillis : tickMinutes * 60_000;
    this.now = Math.max(this.now, started + everyMillis);
    await this.slack.applyLate();
  }

  /** A tick of one pass; what it throws is Lambda's to log. */
  async #tick(): Promise<void> {
    const process: Process = { dead: false, die: () => undefined, unsaved: [] };
    const death = new Promise<void>((resolve) => (process.die = resolve));
    const event = { shard: 0, shards: 1, scheduledTime: this.now, processEnd: this.now + 60_000 };
    const ended = tick(event, this.#optionsOf(process), 1).catch((error: unknown) =>
      this.#say(`  ${String(error)}`),
    );
    this.#running.add(process);
    await Promise.race([ended, death]);
    this.#running.delete(process);
  }

  async #put(channel: string): Promise<void> {
    const { thread, notify, committer } = this.scenario;
    const settings = { channel, mention: committer === undefined ? [] : ["committer"], thread, notify };
    const id = `r${++this.#ids}`;
    this.registrations.set(channel, [...(this.registrations.get(channel) ?? []), id]);
    const parts = { store: this.store, clock: this.#clock, newId: () => id };
    const { kind } = await register(parts, buildId, settings);
    if (kind === "registered") this.#putAgain.delete(channel);
    else this.#putAgain.add(channel);
    this.#say(`  PUT: ${kind}`);
  }

  /** Whatever the card offers. The new build of a start is left to the channel's subscription. */
  async #press(action: Action, channel: string): Promise<void> {
    const by = `U${++this.#ids}`;
    const build = await this.loadBuild(channel);
    // Nobody presses the buttons of a card that is not there yet.
    if (!build.delivery.card?.receipt) return;
    const registration = build.registration.id;
    const { kind } = await act(
      { action, buildId, channel, registrationId: registration, userId: by },
      {
        store: { ...this.store, register: async () => true },
        serviceStage: () => this.#serviceStage,
        clock: this.#clock,
        newId: () => `i${++this.#ids}`,
        allowed: actions,
        log: silentLog,
      },
    );
    if (kind === "done" || kind === "started" || kind === "begun")
      this.clicks.push({ registration, action, by });
    this.#say(`  ${action}: ${kind}`);
  }

  readonly #clock: Clock = {
    now: () => this.now,
    sleep: async (millis) => {
      this.now += Math.max(0, millis);
      await this.slack.applyLate();
    },
  };

  #optionsOf(process: Process): TickParts {
    return {
      clock: this.#clock,
      log: silentLog,
      newId: () => `i${++this.#ids}`,
      // Each tick might be another process.
      pace: createPace(),
      retention: { abandonAfterMillis: 86_400_000, keepMillis: 86_400_000 },
      // One pass a tick.
      jobPollMillis: 60_000,
      pollIntervalMillis: 60_000,
      store: this.#storeOf(process),
      slack: this.#slackOf(process),
      takesCommands: async () => true,
      serviceStage: this.#serviceStage,
    };
  }

  #storeOf(process: Process): TickStore {
    const { store } = this;
    const { channels } = this.scenario;
    const readPage = (channel: string) =>
      this.#call(process, "loadActive", "", async (fault) => {
        if (fault === "the read fails") throw new Error("ProvisionedThroughputExceeded");
        const feeds = await store.readIndex(fault === "the index is behind");
        return feeds.filter((feed) => channelOf(feed) === channel);
      });
    return {
      /** Each channel is on a page of its own. A page takes longer than an answer of ServiceStage. */
      async *loadActive() {
        for (const channel of channels) {
          if (channel !== channels[0]) await someTurns();
          yield* await readPage(channel);
        }
      },
      load: async <F extends Feed>(feed: F) =>
        this.#call(process, "load", nameOf(feed), async (fault) => {
          if (fault === "the read fails") throw new Error("ProvisionedThroughputExceeded");
          return store.load(feed);
        }),
      save: async (before, after, writer) =>
        this.#call(process, "save", sayWrite(after, writer), async (fault) => {
          const isOurs = (key: string) => key.startsWith(`${feedId(after)}/`);
          const isDelivery = writer !== "observation";
          const forget = () => (process.unsaved = process.unsaved.filter((key) => !isOurs(key)));
          if (isDelivery && isLostWrite(fault)) {
            this.#doubt(...process.unsaved.filter(isOurs));
            forget();
          }
          if (fault === "DynamoDB throttles") throw new Error("ThrottlingException");
          const saved = await store.save(before, after, writer);
          if (isDelivery && saved) forget();
          if (saved && writer === "lease") this.#cover(saved);
          if (saved && writer === "delivery" && !saved.delivery.lease) this.#covered.delete(channelOf(saved));
          if (fault === "written, the answer is lost") throw new Error("ETIMEDOUT");
          return fault === "written, the retry's condition fails" ? undefined : saved;
        }),
      register: async (feed, replaced) =>
        this.#call(process, "register", nameOf(feed), async (fault) => {
          if (fault === "DynamoDB throttles") throw new Error("ThrottlingException");
          const isNew = await store.register(feed, replaced);
          if (fault === "written, the answer is lost") throw new Error("ETIMEDOUT");
          return fault === "written, the retry's condition fails" ? false : isNew;
        }),
      loadEnds: async (jobId, channel) =>
        this.#call(process, "loadEnds", "", async (fault) => {
          if (fault === "the read fails") throw new Error("ProvisionedThroughputExceeded");
          return store.loadEnds(jobId, channel);
        }),
      saveEnds: async (ends) =>
        this.#call(process, "saveEnds", ends.ends.map(({ of }) => of).join(", "), async (fault) => {
          if (fault === "DynamoDB throttles") throw new Error("ThrottlingException");
          const isSaved = await store.saveEnds(ends);
          if (fault === "written, the answer is lost") throw new Error("ETIMEDOUT");
          return fault === "written, the retry's condition fails" ? false : isSaved;
        }),
      loadCommitter: async (name) =>
        this.#call(process, "loadCommitter", name, async (fault) => {
          if (fault === "the read fails") this.hintMayBeLost = true;
          if (fault === "the read fails") throw new Error("ProvisionedThroughputExceeded");
          return store.loadCommitter(name);
        }),
      saveCommitter: async (committer) =>
        this.#call(process, "saveCommitter", committer.hintedBy ?? "", async (fault) => {
          if (isLostWrite(fault)) this.hintMayBeLost = true;
          if (fault === "DynamoDB throttles") throw new Error("ThrottlingException");
          const isSaved = await store.saveCommitter(committer);
          if (fault === "written, the answer is lost") throw new Error("ETIMEDOUT");
          return fault === "written, the retry's condition fails" ? false : isSaved;
        }),
      loadCircuit: async () => undefined,
      openCircuit: async () => true,
      closeCircuit: async () => undefined,
    };
  }

  #slackOf(process: Process): Slack {
    const { slack } = this;
    const send = (feed: Feed, call: Call, says: string, act: () => Awaitable<SlackAnswer>) =>
      this.#call(process, call, says, (fault) =>
        this.#answer(fault, () => (this.#refusing.has(channelOf(feed)) ? refused : act())),
      );
    const post = async (key: string, ...[feed, call, says, act]: Parameters<typeof send>) => {
      const answer = await send(feed, call, says, act);
      if (answer.kind === "unknown") this.#doubt(key);
      if (answer.kind === "sent") process.unsaved.push(key);
      return answer;
    };
    return {
      postCard: (build) =>
        post(cardKey(feedId(build), build.delivery.card!), build, "postCard", "", () =>
          slack.postCard(build, sent),
        ),
      editCard: (build) => send(build, "editCard", "", () => slack.editCard(build, sent)),
      postMessage: (feed, message) =>
        post(messageKey(feedId(feed), message), feed, "postMessage", String(message.number), () =>
          slack.postMessage(feed, message, sent),
        ),
      readBack: (feed, since) => {
        // The check of a quiet build's channel holds no lease, and holds up nothing.
        const isDelivery = feed.delivery.lease !== undefined;
        const doubtful = new Set(this.#coveredOf(feed).slice(0, -1).flat());
        if (isDelivery && !pendingKeys(feed).some((key) => doubtful.has(key))) this.needlessReadBacks += 1;
        return this.#call(process, "readBack", "", (fault) =>
          fault === "the read-back is cut short"
            ? { complete: false, reason: "ratelimited" }
            : slack.readBack(feed, since),
        );
      },
    };
  }

  async #answer(fault: FaultKind | undefined, act: () => Awaitable<SlackAnswer>): Promise<SlackAnswer> {
    // oxlint-disable-next-line typescript/switch-exhaustiveness-check -- The other faults leave Slack's answer as it is.
    switch (fault) {
      case "429":
        return { kind: "later", retryAfterMillis: 1_000, reason: "ratelimited" };
      case "the channel refuses":
        return refused;
      case "the token is refused":
        return { kind: "unauthorized", reason: "invalid_auth" };
      case "the content is refused":
        return { kind: "content", reason: "invalid_blocks" };
      case "stored, the answer is lost":
        await act();
        return { kind: "unknown", reason: "ECONNRESET" };
      case "not stored, the answer is lost":
        return { kind: "unknown", reason: "503" };
      case "hangs, stored 30 s after the time-out":
        this.now += slackTimeoutMillis;
        this.slack.later(lateApplyMillis, act);
        return { kind: "unknown", reason: "timeout" };
      default:
        return act();
    }
  }

  /** Every call of a tick comes by here: it is counted, and meets its fault. */
  async #call<T>(
    process: Process,
    call: Call,
    says: string,
    act: (fault?: FaultKind) => Awaitable<T>,
  ): Promise<T> {
    if (process.dead) return never;
    const fault = this.#plan.get(this.calls.length);
    this.calls.push(call);
    if (this.#traced) this.#say(`  ${call} ${says}${fault ? `   ← ${fault}` : ""}`);
    const isSend = call === "postCard" || call === "postMessage" || call === "editCard";
    if (isSend) this.#sendsUnderWay += 1;
    if (fault !== undefined) await this.#happen(fault, process);
    if (isSend) this.#sendsUnderWay -= 1;
    if (process.dead) return never;
    return act(fault);
  }

  async #happen(fault: FaultKind, process: Process): Promise<void> {
    const channel = this.scenario.channels.at(-1)!;
    // oxlint-disable-next-line typescript/switch-exhaustiveness-check -- The other faults happen within the call.
    switch (fault) {
      case "the process dies":
        process.dead = true;
        this.#doubt(...process.unsaved);
        process.die();
        break;
      case "a person deletes the card":
        this.slack.deleteCard();
        break;
      case "DELETE, and PUT until it is taken":
        this.#putAgain.add(channel);
        await this.store.requestStop(buildId, channel, this.now);
        break;
      case "DELETE":
        await this.store.requestStop(buildId, channel, this.now);
        break;
      case "POST redeliver":
        await this.store.requestRedelivery(buildId, channel, this.now);
        break;
      case "two people press Mute at once":
        await Promise.all([this.#press("mute", channel), this.#press("mute", channel)]);
        break;
      case "a person presses Stop following":
        await this.#press("stop", channel);
        break;
      case "a person presses Build again":
        await this.#press("start", channel);
        break;
      case "another tick runs":
        await this.#tick();
        break;
      case "the process freezes until another tick has taken over its lease":
        // Time can't pass between another process's last check and its send.
        if (this.#sendsUnderWay > 0) break;
        for (const { unsaved } of this.#running) this.#doubt(...unsaved);
        this.now += leaseMillis;
        await this.slack.applyLate();
        await this.#tick();
        break;
      case "the build moves on, and another tick runs":
        this.#listed = this.#steps.length > 0 ? parseStep(this.#steps.shift()!) : this.#listed;
        await this.#tick();
        break;
    }
  }

  #say(line: string): void {
    if (this.#traced) this.trace.push(line);
  }
}

/** Newest first. */
const earlierBuilds = ({ usualMinutes = 1 }: Scenario): JobBuild[] => [
  { buildId, state: "Building" },
  ...["e3", "e2", "e1"].map((earlierId) => ({
    buildId: earlierId,
    state: "Successful",
    durationMillis: usualMinutes * 60_000,
  })),
];

function pendingKeys(feed: Feed): string[] {
  const { card, outbox } = feed.delivery;
  const id = feedId(feed);
  return [
    ...(card && !card.receipt ? [cardKey(id, card)] : []),
    ...outbox.map((message) => messageKey(id, message)),
  ];
}

export const parseStep = (step: string): ListedPhase[] =>
  step
    .split(" ")
    .map((entry, id) => ({ id: String(id), name: entry.split(":")[0]!, state: entry.split(":")[1]! }));

const isLostWrite = (fault: FaultKind | undefined): boolean =>
  fault === "DynamoDB throttles" ||
  fault === "written, the answer is lost" ||
  fault === "written, the retry's condition fails";

const sayWrite = (feed: Feed, writer: Writer): string =>
  `${writer}, pending ${feed.delivery.outbox.map(({ number }) => number).join(", ") || "nothing"}`;
