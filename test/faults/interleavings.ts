import * as fc from "fast-check";
import { observe, registerBuild, type Build } from "../../lambda/domain/build.ts";
import { cardKey, hasPending, settle, slackTimeoutMillis, takeLease } from "../../lambda/domain/delivery.ts";
import { feedId, nameOf, type Feed } from "../../lambda/domain/feed.ts";
import type { ListedPhase } from "../../lambda/domain/phase.ts";
import { createPace } from "../../lambda/tracking/pace.ts";
import {
  ServiceStageError,
  type Clock,
  type Form,
  type ServiceStage,
  type Slack,
  type SlackAnswer,
  type TickStore,
  type Writer,
} from "../../lambda/tracking/ports.ts";
import { tick, type TickParts } from "../../lambda/tracking/tick.ts";
import { judgeAll, type Verdict } from "./oracle.ts";
import { MemoryServiceStage } from "../../testing/memory-servicestage.ts";
import { MemorySlack } from "../../testing/memory-slack.ts";
import { createMemoryStore } from "../../testing/memory-store.ts";
import { saveWhole } from "../../testing/save-whole.ts";
import { silentLog } from "../../testing/silent-log.ts";

/** What befalls one call. A kind that does not suit the call counts as "it fails". */
const mishaps = [
  "it fails",
  "it is done, the answer is lost",
  "it is done 30 s later, the answer is lost",
  "429",
  "the index is behind",
] as const;
type Mishap = (typeof mishaps)[number];

/** How far an earlier tick came with a build before it died; only the last left no lease behind. */
const beginnings = [
  "registered",
  "leased",
  "card posted",
  "card saved",
  "message posted",
  "settled",
] as const;

interface Beginning {
  come: (typeof beginnings)[number];
  thread: boolean;
  /** How long ago the lease was taken. */
  agoMillis: number;
}

/** Two or three ticks on the same builds, in an order of their awaits that the scheduler chooses. */
interface Interleaving {
  scheduler: fc.Scheduler;
  ticks: number;
  channels: number;
  pollIntervalMillis: number;
  builds: Beginning[];
  /** By the number of the call. */
  mishaps: { call: number; mishap: Mishap }[];
  /** All processes are frozen for a while, after so many turns of theirs. */
  lapses: { afterTurns: number; millis: number }[];
}

const phases = (states: Record<string, string>): ListedPhase[] =>
  Object.entries(states).map(([name, state], id) => ({ id: String(id), name, state }));

/** What each look at a build finds, one after the other; the first build never ends. */
const scripts: ListedPhase[][][] = [
  [
    phases({ Init: "Queuing" }),
    phases({ Init: "Building" }),
    phases({ Init: "Successful", Download: "Building" }),
    phases({ Init: "Successful", Download: "Failed", PreProcess: "Building" }),
    phases({ Init: "Successful", Download: "Building", PreProcess: "Building" }),
    phases({ Init: "Successful", Download: "Successful", PreProcess: "Building", Build: "Queuing" }),
  ],
  [
    phases({ Init: "Building" }),
    phases({ Init: "Successful", Build: "Building" }),
    phases({ Init: "Successful", Build: "Successful", Artifact: "Building" }),
    phases({ Init: "Successful", Build: "Successful", Artifact: "Failed" }),
  ],
  [
    phases({ Build: "Queuing" }),
    phases({ Build: "Building" }),
    phases({ Build: "Successful", Artifact: "Building", PostProcess: "Building" }),
    phases({ Build: "Successful", Artifact: "Cancel", PostProcess: "Cancel" }),
  ],
];

const beginning = (...come: Beginning["come"][]) =>
  fc.record({
    come: fc.constantFrom(...come),
    thread: fc.boolean(),
    agoMillis: fc.constantFrom(20_000, 50_000, 59_000, 61_000, 100_000),
  });

const interleavings: fc.Arbitrary<Interleaving> = fc.record({
  scheduler: fc.scheduler(),
  ticks: fc.integer({ min: 2, max: 3 }),
  channels: fc.integer({ min: 1, max: 2 }),
  pollIntervalMillis: fc.constantFrom(15_000, 60_000),
  builds: fc.oneof(
    fc.tuple(beginning("registered", "settled"), beginning(...beginnings.slice(1, 5))),
    fc.tuple(beginning("registered"), beginning(...beginnings.slice(1, 5)), beginning("settled")),
  ),
  mishaps: fc.array(fc.record({ call: fc.nat(40), mishap: fc.constantFrom(...mishaps) }), { maxLength: 3 }),
  lapses: fc.array(fc.record({ afterTurns: fc.nat(20), millis: fc.constantFrom(3_000, 10_000, 30_000) }), {
    maxLength: 3,
  }),
});

const startMillis = 1_000_000;
/** Less than Slack may take to apply a call that was given up. */
const recoverEveryMillis = 20_000;
const recoveryTicks = 30;
const retention = { abandonAfterMillis: 86_400_000, keepMillis: 86_400_000 };
const details = { jobName: "shop", commitId: "c0" };
/** The request has left: what happens to it is chosen here. */
const sent: Form = { plain: false };
const arrival = Promise.resolve();

/** One interleaving, and then ticks alone until nothing is pending. */
class Overlap {
  #now = startMillis;
  readonly #store = createMemoryStore({ now: () => this.#now });
  readonly #slack = new MemorySlack(() => this.#now);
  readonly #trace: { now: number; tick: string; call: string; mishap?: Mishap | undefined }[] = [];
  readonly #plan: Interleaving;
  readonly #mishaps: Map<number, Mishap>;
  /** How often each build was polled. */
  readonly #polls = new Map<string, number>();
  /** Until when each call to Slack is answered, or given up. */
  readonly #underWay = new Set<{ until: number }>();
  #calls = 0;
  #ids = 0;
  #isAlone = false;

  constructor(plan: Interleaving) {
    this.#plan = plan;
    this.#mishaps = new Map(plan.mishaps.map(({ call, mishap }) => [call, mishap]));
  }

  async run(): Promise<Verdict> {
    for (const [index, build] of this.#plan.builds.entries()) await this.#begin(build, index);
    this.#now = startMillis;
    await this.#overlap();
    this.#isAlone = true;
    for (let turn = 1; turn <= recoveryTicks && !this.#builds.every(hasToldAll); turn++) {
      this.#moveTo(this.#now + recoverEveryMillis);
      await this.#tick(`recovery ${turn}`, 60_000);
    }
    this.#slack.applyLate();
    return judgeAll(this.#builds, this.#store, this.#slack, hasToldAll);
  }

  /** As many lines as there were calls. */
  render(): string[] {
    const lines = this.#trace.map(
      ({ now, tick, call, mishap }) =>
        `  ${(now - startMillis) / 1000} s  ${tick}: ${call}${mishap ? `   ← ${mishap}` : ""}`,
    );
    const builds = this.#plan.builds.map(
      ({ come, thread, agoMillis }, index) =>
        `${idOf(index)} in ${this.#channel(index)}: ${come}${come === "registered" ? "" : ` ${agoMillis / 1000} s ago`}, thread: ${String(thread)}`,
    );
    const shown = this.#slack.messages.map(({ key, says }) => `  ${key}: ${says}`);
    return [...builds, ...lines, "the channels then hold", ...shown];
  }

  get length(): number {
    return this.#trace.length;
  }

  get #builds(): Build[] {
    return this.#plan.builds.map((_, index) => this.#store.readBuild(idOf(index))!);
  }

  readonly #channel = (index: number): string => `C${index % this.#plan.channels}`;

  /** Leaves a build as an earlier tick left it. */
  async #begin({ come, thread, agoMillis }: Beginning, index: number): Promise<void> {
    this.#now = startMillis - agoMillis;
    const settings = { channel: this.#channel(index), mention: [], thread };
    await this.#store.register(registerBuild(idOf(index), `r${index}`, settings, this.#now), undefined);
    let build = this.#store.readBuild(idOf(index))!;
    for (const step of beginnings.slice(1, beginnings.indexOf(come) + 1)) {
      const next = await this.#came(build, step);
      build = next === build ? build : await saveWhole(this.#store, next);
    }
  }

  /** The same build when only Slack knows. */
  async #came(build: Build, step: Beginning["come"]): Promise<Build> {
    const { delivery } = build;
    const [message] = delivery.outbox;
    switch (step) {
      case "leased": {
        const seen = observe(build, this.#look(build.buildId), details, this.#now, retention);
        return { ...seen, delivery: takeLease(seen.delivery, "dead", this.#now) };
      }
      case "card posted":
        await this.#slack.postCard(build, sent);
        return build;
      case "card saved": {
        const { ts } = this.#slack.messages.findLast(
          ({ key }) => key === cardKey(feedId(build), delivery.card!),
        )!;
        const receipt = { channel: build.registration.channel, ts };
        return { ...build, delivery: { ...delivery, card: { ...delivery.card!, receipt, shown: 1 } } };
      }
      case "message posted":
        await this.#slack.postMessage(build, message!, sent);
        return build;
      case "settled": {
        const delivered = [{ message: message!, how: "sent" as const, at: this.#now }];
        return { ...build, delivery: settle(delivery, { delivered }, this.#now) };
      }
      case "registered":
        return build;
    }
  }

  /** Each look at a build finds the next of its states. */
  #look(buildId: string): ListedPhase[] {
    const polls = this.#polls.get(buildId) ?? 0;
    this.#polls.set(buildId, polls + 1);
    const script = scripts[indexOf(buildId)]!;
    return script[Math.min(polls, script.length - 1)]!;
  }

  async #overlap(): Promise<void> {
    const { scheduler, ticks, lapses, pollIntervalMillis } = this.#plan;
    const all = Array.from({ length: ticks }, async (_, index) => {
      await this.#pause();
      await this.#tick(`tick ${index + 1}`, pollIntervalMillis);
    });
    await scheduler.waitFor(Promise.all([...all, this.#lapse(lapses)]));
  }

  async #lapse(lapses: Interleaving["lapses"]): Promise<void> {
    for (const { afterTurns, millis } of lapses) {
      for (let turn = 0; turn < afterTurns; turn++) await this.#pause();
      await this.#sleep(millis);
    }
  }

  async #tick(name: string, pollIntervalMillis: number): Promise<void> {
    const event = { shard: 0, shards: 1, scheduledTime: this.#now, processEnd: this.#now + 75_000 };
    try {
      await tick(event, { ...this.#optionsOf(name), pollIntervalMillis }, 1);
    } catch (error) {
      this.#trace.push({ now: this.#now, tick: name, call: String(error) });
    }
  }

  #optionsOf(tick: string): Omit<TickParts, "pollIntervalMillis"> {
    return {
      clock: { now: () => this.#now, sleep: (millis) => this.#sleep(millis) },
      log: silentLog,
      newId: () => `i${++this.#ids}`,
      // Each tick is another process.
      pace: createPace(),
      retention,
      jobPollMillis: 60_000,
      store: this.#storeOf(tick),
      slack: this.#slackOf(tick),
      serviceStage: this.#serviceStageOf(tick),
    };
  }

  /** Somebody else may go on here, or the others may, for as long as they like. */
  readonly #pause = async (): Promise<void> =>
    this.#isAlone ? undefined : this.#plan.scheduler.schedule(arrival);

  /** Time can't pass the moment at which a call to Slack is given up: the call is answered before. */
  readonly #sleep: Clock["sleep"] = async (millis) => {
    const wake = this.#now + Math.max(0, millis);
    do await this.#pause();
    while ([...this.#underWay].some(({ until }) => until < wake));
    this.#moveTo(wake);
  };

  #moveTo(time: number): void {
    this.#now = Math.max(this.#now, time);
    this.#slack.applyLate();
  }

  /** Both ways take their time: others go on before the call is carried out, and before its answer is there. */
  async #call<T>(
    tick: string,
    call: string,
    act: (mishap?: Mishap) => T | Promise<T>,
    millis = Infinity,
  ): Promise<T> {
    const way = { until: this.#now + millis };
    this.#underWay.add(way);
    await this.#pause();
    const mishap = this.#isAlone ? undefined : this.#mishaps.get(this.#calls++);
    this.#trace.push({ now: this.#now, tick, call, mishap });
    try {
      return await act(mishap);
    } finally {
      await this.#pause();
      this.#underWay.delete(way);
    }
  }

  #storeOf(tick: string): TickStore {
    const store = this.#store;
    const call = <T>(name: string, act: (mishap?: Mishap) => T | Promise<T>) => this.#call(tick, name, act);
    return {
      async *loadActive() {
        yield* await call("loadActive", (mishap) => {
          if (mishap !== undefined && mishap !== "the index is behind") throw new Error("Throttling");
          return store.readIndex(mishap !== undefined);
        });
      },
      load: <F extends Feed>(feed: F) =>
        call(`load ${nameOf(feed)}`, (mishap) => {
          if (mishap !== undefined) throw new Error("ThrottlingException");
          return store.load(feed);
        }),
      save: (before, after, writer) =>
        call(`save ${sayWrite(after, writer)}`, async (mishap) => {
          const isDone = mishap === undefined || mishap.startsWith("it is done");
          const saved = isDone ? await store.save(before, after, writer) : undefined;
          if (mishap !== undefined) throw new Error("ETIMEDOUT");
          return saved;
        }),
      register: (feed, replaced) =>
        call(`register ${nameOf(feed)}`, async (mishap) => {
          const isDone = mishap === undefined || mishap.startsWith("it is done");
          const isNew = isDone && (await store.register(feed, replaced));
          if (mishap !== undefined) throw new Error("ETIMEDOUT");
          return isNew;
        }),
      loadEnds: (jobId, channel) => store.loadEnds(jobId, channel),
      saveEnds: (ends) => store.saveEnds(ends),
      loadCommitter: (name) => store.loadCommitter(name),
      saveCommitter: (committer) => store.saveCommitter(committer),
      loadCircuit: async () => undefined,
      openCircuit: async () => true,
      closeCircuit: async () => undefined,
    };
  }

  #slackOf(tick: string): Slack {
    const slack = this.#slack;
    const send = (name: string, act: () => Promise<SlackAnswer>) =>
      this.#call(tick, name, (mishap) => this.#answer(mishap, act), slackTimeoutMillis);
    return {
      postCard: (build) => send(`postCard ${build.buildId}`, () => slack.postCard(build, sent)),
      editCard: (build) => send(`editCard ${build.buildId}`, () => slack.editCard(build, sent)),
      postMessage: (feed, message) =>
        send(`postMessage ${nameOf(feed)} ${message.number}`, () => slack.postMessage(feed, message, sent)),
      readBack: (feed, since) =>
        this.#call(tick, `readBack ${nameOf(feed)}`, (mishap) =>
          mishap === undefined ? slack.readBack(feed, since) : { complete: false, reason: mishap },
        ),
    };
  }

  async #answer(mishap: Mishap | undefined, act: () => Promise<SlackAnswer>): Promise<SlackAnswer> {
    if (mishap === undefined) return act();
    if (mishap === "429") return { kind: "later", retryAfterMillis: 1_000, reason: "ratelimited" };
    if (mishap === "it is done, the answer is lost") await act();
    if (mishap === "it is done 30 s later, the answer is lost") this.#slack.later(30_000, act);
    return { kind: "unknown", reason: mishap };
  }

  #serviceStageOf(tick: string): ServiceStage {
    return new MemoryServiceStage({
      phasesOf: (buildId) => this.#look(buildId),
      detailsOf: () => details,
      run: (path, answer) =>
        this.#call(tick, `GET ${path}`, (mishap) => {
          if (mishap !== undefined) throw new ServiceStageError("unavailable", mishap);
          return answer();
        }),
    });
  }
}

/** Nothing is pending, and it has come to the last of its states. */
const hasToldAll = ({ buildId, snapshot, delivery }: Build): boolean =>
  !hasPending(delivery) &&
  scripts[indexOf(buildId)]!.at(-1)!.every((last) =>
    snapshot.some(({ name, state }) => name === last.name && state === last.state),
  );

const idOf = (index: number): string => `b${index}`;
const indexOf = (buildId: string): number => Number(buildId.slice(1));

const sayWrite = (feed: Feed, writer: Writer): string =>
  `${nameOf(feed)}, ${writer}, pending ${feed.delivery.outbox.map(({ number }) => number).join(", ") || "nothing"}`;

export interface Interleavings {
  runs: number;
  broken: number;
  lost: number;
  duplicated: number;
  disordered: number;
  /** The shortest schedule that broke the promise. */
  trace?: string;
}

/** @param seed the same one gives the same interleavings; it stands in the trace */
export async function exploreInterleavings(runs: number, seed = Date.now()): Promise<Interleavings> {
  const counts: Interleavings = { runs: 0, broken: 0, lost: 0, duplicated: 0, disordered: 0 };
  let shortest = Infinity;
  const property = fc.asyncProperty(interleavings, async (plan) => {
    const overlap = new Overlap(plan);
    const verdict = await overlap.run();
    counts.runs += 1;
    if (verdict.faults.length === 0) return;
    counts.broken += 1;
    counts.lost += verdict.lost;
    counts.duplicated += verdict.duplicated;
    counts.disordered += verdict.disordered;
    if (overlap.length >= shortest) return;
    shortest = overlap.length;
    counts.trace = [`seed ${seed}, run ${counts.runs}:`, ...overlap.render(), ...verdict.faults].join("\n");
  });
  await fc.assert(property, { numRuns: runs, seed });
  return counts;
}
