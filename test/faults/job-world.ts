import type { Build, Retention } from "../../lambda/domain/build.ts";
import { feedId, isActiveFeed, nameOf, type Feed } from "../../lambda/domain/feed.ts";
import type { JobBuild } from "../../lambda/domain/job.ts";
import type { Subscription, SubscriptionSettings } from "../../lambda/domain/subscription.ts";
import { seenHash } from "../../lambda/domain/seen.ts";
import { createLastPolls } from "../../lambda/tracking/last-polls.ts";
import { createPace } from "../../lambda/tracking/pace.ts";
import {
  ServiceStageError,
  type Form,
  type ServiceStage,
  type ServiceStageFailure,
  type Slack,
  type SlackAnswer,
  type TickStore,
} from "../../lambda/tracking/ports.ts";
import { register } from "../../lambda/tracking/register.ts";
import { subscribeJob, unsubscribeJob } from "../../lambda/tracking/subscribe.ts";
import { tick, type TickParts } from "../../lambda/tracking/tick.ts";
import { MemorySlack } from "../../testing/memory-slack.ts";
import { createMemoryStore } from "../../testing/memory-store.ts";
import { silentLog } from "../../testing/silent-log.ts";
import type { Plan } from "./explore.ts";

/** A build as it is, whatever ServiceStage shows of it. All times are minutes after the subscription began. */
export interface JobBuildStory {
  buildId: string;
  starts: number;
  ends: number;
  branch?: string;
  /** From then on ServiceStage does not know it. */
  vanishes?: number;
  /** Its details can't be read. */
  hasNoDetails?: true;
  /** Its details say that it has ended, and not when. */
  hasNoEnd?: true;
  /** Only from then on `last_build_id` names it. */
  namedAt?: number;
  /** In a run without faults it is registered by then. */
  foundBy?: number;
}

/** While it lasts, these calls of ServiceStage fail with the reason. */
export interface Unreadable {
  what: "job" | "list" | "all";
  from: number;
  until: number;
  reason: ServiceStageFailure;
}

/** What a job goes through, how ServiceStage shows it, and which channels are subscribed to it. */
export interface JobScenario {
  name: string;
  builds: JobBuildStory[];
  /** When the ticks run. The plan's faults meet their calls. */
  ticks: number[];
  channels: { channel: string; branches?: string[] }[];
  perPage: number;
  /** `mixed`: a new build may stand anywhere. */
  order: "newest first" | "oldest first" | "mixed";
  /** By how many minutes ServiceStage's answers lag behind. */
  lags: { lastBuildId?: number; list?: number; details?: number };
  unreadable?: Unreadable[];
  /** How many messages about unreadable jobs each channel gets. */
  tellings?: number;
  /** After the first tick there is no more room in `seen` for this build. */
  drops?: string;
}

/** What can go wrong with a call, or happen just before it. */
export type JobFault =
  | "the process dies"
  | "another tick runs"
  | "a build begins"
  | "a build begins, and another tick runs"
  | "the settings change"
  | "the subscription ends"
  | "the subscription ends, and begins again"
  | "PUT of the newest build"
  | "DELETE of the newest build"
  | "DynamoDB throttles"
  | "written, the answer is lost"
  | "written, the retry's condition fails"
  | "the read fails"
  | "the index is behind"
  | "no answer"
  | "as it was five minutes ago"
  | "nothing is listed"
  | "listed the other way round"
  | "unknown"
  | "refused";

type Call =
  | "loadActive"
  | "load"
  | "saveSubscription"
  | "saveBuild"
  | "register"
  | "fetchJob"
  | "fetchJobBuilds"
  | "fetchDetails"
  | "fetchPhases"
  | "slack";

const interruptions: JobFault[] = ["the process dies", "another tick runs"];
const happenings: JobFault[] = [
  ...interruptions,
  "the settings change",
  "the subscription ends",
  "the subscription ends, and begins again",
  "PUT of the newest build",
  "DELETE of the newest build",
];
const writeFaults: JobFault[] = [
  "DynamoDB throttles",
  "written, the answer is lost",
  "written, the retry's condition fails",
];

/** Every fault that can meet a call. What can go wrong with the delivery of a build is the other worlds' matter. */
export const jobFaultsOf: Record<Call, JobFault[]> = {
  loadActive: [...happenings, "the read fails", "the index is behind"],
  load: [...interruptions, "the read fails"],
  saveSubscription: [...happenings, ...writeFaults],
  saveBuild: [...interruptions, ...writeFaults],
  register: [...happenings, ...writeFaults],
  fetchJob: [
    ...interruptions,
    "a build begins, and another tick runs",
    "no answer",
    "as it was five minutes ago",
    "unknown",
  ],
  fetchJobBuilds: [
    ...happenings,
    "a build begins",
    "a build begins, and another tick runs",
    "no answer",
    "as it was five minutes ago",
    "nothing is listed",
    "listed the other way round",
    "refused",
  ],
  fetchDetails: [...interruptions, "no answer", "as it was five minutes ago", "unknown", "refused"],
  fetchPhases: interruptions,
  slack: interruptions,
};

/** A registration of a build, as the store took it. */
export interface Registered {
  id: string;
  buildId: string;
  channel: string;
  by: "tick" | "hand";
  at: number;
}

export const jobId = "j1";
const jobName = "shop";
const startMillis = Date.parse("2026-01-05T10:00:00Z");
const minute = 60_000;
const hour = 60;
const day = 24 * hour;
/** From one whole listing to the next, in minutes: a long list is read once a day. */
const listingOf = ({ builds, perPage, drops }: JobScenario): number =>
  builds.length > 5 * perPage && drops === undefined ? day : hour;
/** After the faults there are some ticks, and then whole listings until nothing is left, but so many at least. */
const listingsAtLeast = 3;
const listingsAtMost = 8;

const sent: Form = { plain: false };
const never = new Promise<never>(() => undefined);

interface Process {
  dead: boolean;
  die: () => void;
}

type Awaitable<T> = T | Promise<T>;

/** One run: a scenario, met by the faults of a plan, then ticks without any. */
export class JobWorld {
  now = startMillis;
  readonly calls: Call[] = [];
  /** Only kept when asked for. */
  readonly trace: string[] = [];
  readonly slack = new MemorySlack(() => this.now);
  readonly store = createMemoryStore({ now: () => this.now });
  readonly registered: Registered[] = [];
  /** Each registration as it was written the last time: its item expires. */
  readonly builds = new Map<string, Build>();
  /** Of each channel, the settings that its subscription ever had. */
  readonly settings = new Map<string, SubscriptionSettings[]>();
  /** The channels that a user subscribed last, and did not unsubscribe. */
  readonly subscribed = new Set<string>();
  /** Each subscription as it was when it ended. */
  readonly ended: Subscription[] = [];
  /** The job's builds, with those that a plan begins. */
  readonly stories: JobBuildStory[];
  readonly scenario: JobScenario;
  readonly #plan: Plan<JobFault>;
  readonly #traced: boolean;
  #ids = 0;
  /** How many calls the plan's faults can meet. */
  storyCalls = 0;
  /** In the last tick, when nothing was new. */
  idleListReads = 0;
  /** What the process remembers. The one that dies may have been another one. */
  readonly #lastPolls = createLastPolls();

  constructor(scenario: JobScenario, plan: Plan<JobFault>, { traced = false } = {}) {
    this.scenario = scenario;
    this.stories = [...scenario.builds];
    this.#plan = plan;
    this.#traced = traced;
  }

  async run(): Promise<void> {
    for (const { channel, branches } of this.scenario.channels)
      await this.#subscribe({ channel, mention: [], thread: true, ...(branches && { branches }) });
    for (const [index, at] of this.scenario.ticks.entries()) {
      await this.#turn(startMillis + at * minute);
      if (index === 0) await this.#drop();
    }
    this.storyCalls = this.calls.length;
    for (let turns = 0; turns < 3; turns++) await this.#turn(this.now + minute);
    for (let listings = 0; listings < listingsAtMost; listings++) {
      if (listings >= listingsAtLeast && this.isQuiet()) break;
      await this.#turn(this.now + (listingOf(this.scenario) + 1) * minute);
      const before = this.calls.length;
      await this.#turn(this.now + minute);
      this.idleListReads = this.calls.slice(before).filter((call) => call === "fetchJobBuilds").length;
    }
  }

  get isFaultless(): boolean {
    return this.#plan.size === 0;
  }

  isQuiet(): boolean {
    return this.store.readIndex().every((feed) => feed.kind === "subscription" && isDecided(feed));
  }

  async subscriptionOf(channel: string): Promise<Subscription | undefined> {
    return this.store.loadSubscription(jobId, channel);
  }

  async #drop(): Promise<void> {
    const { channels, drops } = this.scenario;
    if (drops === undefined) return;
    for (const { channel } of channels) {
      const known = await this.subscriptionOf(channel);
      if (known?.status !== "active") continue;
      const seen = known.seen!.filter((hash) => hash !== seenHash(drops));
      await this.store.save(known, { ...known, seen, dropped: true }, "observation");
    }
  }

  millisOf = (minutes: number): number => startMillis + minutes * minute;

  async #turn(at: number): Promise<void> {
    this.now = Math.max(this.now, at);
    this.#say(`— tick at ${this.#minutes(this.now)} min`);
    await this.#tick();
  }

  /** An item is gone before the second whole listing: that a build is registered must not be known by its item alone. */
  get #retention(): Retention {
    return { abandonAfterMillis: 30 * day * minute, keepMillis: 1.5 * listingOf(this.scenario) * minute };
  }

  readonly #minutes = (time: number): number => (time - startMillis) / minute;

  async #tick(): Promise<void> {
    const process: Process = { dead: false, die: () => undefined };
    const death = new Promise<void>((resolve) => (process.die = resolve));
    const event = { shard: 0, shards: 1, scheduledTime: this.now, processEnd: this.now + minute };
    const ended = tick(event, this.#partsOf(process), 1).catch((error: unknown) =>
      this.#say(`  ${String(error)}`),
    );
    await Promise.race([ended, death]);
  }

  #partsOf(process: Process): TickParts {
    return {
      clock: {
        now: () => this.now,
        sleep: async (millis) => {
          this.now += Math.max(0, millis);
        },
      },
      log: silentLog,
      newId: this.#newId,
      pace: createPace(),
      lastPolls: this.#lastPolls,
      retention: this.#retention,
      // One pass a tick.
      jobPollMillis: minute,
      pollIntervalMillis: minute,
      store: this.#storeOf(process),
      slack: this.#slackOf(process),
      serviceStage: this.#serviceStageOf(process),
    };
  }

  readonly #newId = (): string => `i${++this.#ids}`;

  #storeOf(process: Process): TickStore {
    const { store } = this;
    const call = <T>(...[name, says, act]: [Call, string, (fault?: JobFault) => Awaitable<T>]) =>
      this.#call(process, name, says, async (fault) => {
        if (fault === "the read fails" || fault === "DynamoDB throttles")
          throw new Error("ThrottlingException");
        const answer = await act(fault);
        if (fault === "written, the answer is lost") throw new Error("ETIMEDOUT");
        return answer;
      });
    return {
      async *loadActive() {
        yield* await call("loadActive", "", (fault) => store.readIndex(fault === "the index is behind"));
      },
      load: async <F extends Feed>(feed: F) => call("load", nameOf(feed), () => store.load(feed)),
      save: async (before, after, writer) =>
        call(
          before.kind === "subscription" ? "saveSubscription" : "saveBuild",
          nameOf(after),
          async (fault) => {
            const saved = await store.save(before, after, writer);
            if (saved?.kind === "build") this.builds.set(feedId(saved), saved);
            return fault === "written, the retry's condition fails" ? undefined : saved;
          },
        ),
      register: async (feed, replaced) =>
        call("register", nameOf(feed), async (fault) => {
          const isNew = await this.#register(feed, replaced, "tick");
          return fault === "written, the retry's condition fails" ? false : isNew;
        }),
      loadEnds: (jobId, channel) => store.loadEnds(jobId, channel),
      saveEnds: (ends) => store.saveEnds(ends),
      loadCommitter: (name) => store.loadCommitter(name),
      saveCommitter: (committer) => store.saveCommitter(committer),
      addDigestEntry: (channel, entry) => store.addDigestEntry(channel, entry),
      loadDigestEntries: (channel) => store.loadDigestEntries(channel),
      loadCircuit: async () => undefined,
      openCircuit: async () => true,
      closeCircuit: async () => undefined,
    };
  }

  async #register<F extends Build | Subscription>(feed: F, replaced: F | undefined, by: Registered["by"]) {
    const isNew = await this.store.register(feed, replaced);
    if (isNew && feed.kind === "build") {
      const { channel, id } = feed.registration;
      this.registered.push({ id, buildId: feed.buildId, channel, by, at: this.#minutes(this.now) });
      this.builds.set(id, feed);
    }
    return isNew;
  }

  #slackOf(process: Process): Slack {
    const { slack } = this;
    const send = (says: string, act: () => Promise<SlackAnswer>) => this.#call(process, "slack", says, act);
    return {
      postCard: (build) => send(`postCard ${build.buildId}`, () => slack.postCard(build, sent)),
      editCard: (build) => send(`editCard ${build.buildId}`, () => slack.editCard(build, sent)),
      postMessage: (feed, message) =>
        send(`postMessage ${nameOf(feed)} ${message.number}`, () => slack.postMessage(feed, message, sent)),
      readBack: (feed, since) =>
        this.#call(process, "slack", `readBack ${nameOf(feed)}`, () => slack.readBack(feed, since)),
    };
  }

  #serviceStageOf(process: Process): ServiceStage {
    const { lags, perPage } = this.scenario;
    const call = <T>(
      name: Call,
      says: string,
      lag: number | undefined,
      act: (at: number, fault?: JobFault) => T,
    ) =>
      this.#call(process, name, says, (fault) => {
        if (fault === "no answer") throw new ServiceStageError("unavailable", "no answer");
        if (fault === "refused") throw new ServiceStageError("refused", "refused");
        this.#throwIfUnreadable(name);
        if (fault === "unknown")
          throw new ServiceStageError(name === "fetchJob" ? "unknownJob" : "unknownBuild", "unknown");
        const stale = fault === "as it was five minutes ago" ? 5 : 0;
        return act(this.#minutes(this.now) - (lag ?? 0) - stale, fault);
      });
    return {
      fetchJob: () =>
        call("fetchJob", "", lags.lastBuildId, (at) => {
          const named = this.#listed(at).filter(({ namedAt = -Infinity }) => namedAt <= at);
          const lastBuildId = named.toSorted((a, b) => b.starts - a.starts)[0]?.buildId;
          return { jobId, jobName, ...(lastBuildId !== undefined && { lastBuildId }) };
        }),
      fetchJobBuilds: (_job, page) =>
        call("fetchJobBuilds", `page ${page}`, lags.list, (at, fault) => {
          if (fault === "nothing is listed") return { builds: [], page, pages: 1 };
          const all = this.#inOrder(this.#listed(at), fault === "listed the other way round");
          const builds = all
            .slice((page - 1) * perPage, page * perPage)
            .map(({ buildId, ends }): JobBuild => ({ buildId, state: at < ends ? "Building" : "Cancel" }));
          return { builds, page, pages: Math.max(page, Math.ceil(all.length / perPage)) };
        }),
      fetchDetails: (buildId) =>
        call("fetchDetails", buildId, lags.details, (at) => {
          const { starts, ends, branch, hasNoDetails, hasNoEnd } = this.#storyOf(buildId, at);
          if (hasNoDetails) throw new ServiceStageError("unavailable", `build ${buildId}: no details`);
          return {
            jobId,
            jobName,
            commitId: "c0",
            state: at < ends ? "Building" : "Cancel",
            startedAt: this.millisOf(starts),
            ...(branch !== undefined && { branch }),
            ...(at >= ends && !hasNoEnd && { endedAt: this.millisOf(ends) }),
          };
        }),
      fetchPhases: (buildId) =>
        call("fetchPhases", buildId, lags.details, (at) => {
          const { ends } = this.#storyOf(buildId, at);
          return [{ id: "1", name: "Build", state: at < ends ? "Building" : "Cancel" }];
        }),
      fetchLogTail: async () => "",
      fetchJobs: async () => ({ jobs: [], page: 1, pages: 1 }),
    };
  }

  #throwIfUnreadable(name: Call): void {
    const of = { job: "fetchJob", list: "fetchJobBuilds", all: name };
    const at = this.#minutes(this.now);
    const now = this.scenario.unreadable?.find(
      ({ what, from, until }) => of[what] === name && from <= at && at < until,
    );
    if (now) throw new ServiceStageError(now.reason, `${name}: ${now.reason}`);
  }

  #listed(at: number): JobBuildStory[] {
    return this.stories.filter(({ starts, vanishes = Infinity }) => starts <= at && at < vanishes);
  }

  #inOrder(builds: JobBuildStory[], isReversed: boolean): JobBuildStory[] {
    const place = {
      "newest first": ({ starts }: JobBuildStory) => -starts,
      "oldest first": ({ starts }: JobBuildStory) => starts,
      mixed: ({ buildId }: JobBuildStory) => placeOf(buildId),
    }[this.scenario.order];
    const sorted = builds.toSorted((a, b) => place(a) - place(b));
    return isReversed ? sorted.toReversed() : sorted;
  }

  #storyOf(buildId: string, at: number): JobBuildStory {
    const story = this.#listed(at).find((each) => each.buildId === buildId);
    if (!story) throw new ServiceStageError("unknownBuild", `build ${buildId}: unknown`);
    return story;
  }

  async #subscribe(settings: SubscriptionSettings): Promise<void> {
    const parts = { store: this.store, clock: { now: () => this.now }, newId: this.#newId };
    await subscribeJob(parts, jobId, jobName, settings);
    this.subscribed.add(settings.channel);
    this.settings.set(settings.channel, [...(this.settings.get(settings.channel) ?? []), settings]);
  }

  async #unsubscribe(channel: string): Promise<void> {
    this.subscribed.delete(channel);
    const subscription = await this.subscriptionOf(channel);
    if (subscription?.status === "active") this.ended.push(subscription);
    await unsubscribeJob(
      { store: this.store, clock: { now: () => this.now }, retention: this.#retention },
      jobId,
      channel,
    );
  }

  /** Every call of a tick comes by here: it is counted, and meets its fault. */
  async #call<T>(
    process: Process,
    call: Call,
    says: string,
    act: (fault?: JobFault) => Awaitable<T>,
  ): Promise<T> {
    if (process.dead) return never;
    const fault = this.#plan.get(this.calls.length);
    this.calls.push(call);
    if (this.#traced) this.#say(`  ${call} ${says}${fault ? `   ← ${fault}` : ""}`);
    if (fault !== undefined) await this.#happen(fault, process);
    if (process.dead) return never;
    return act(fault);
  }

  async #happen(fault: JobFault, process: Process): Promise<void> {
    const [{ channel, branches }] = this.scenario.channels as [JobScenario["channels"][number]];
    const newest = this.#listed(this.#minutes(this.now)).toSorted((a, b) => b.starts - a.starts)[0]!;
    // oxlint-disable-next-line typescript/switch-exhaustiveness-check -- The other faults happen within the call.
    switch (fault) {
      case "the process dies":
        process.dead = true;
        process.die();
        break;
      case "another tick runs":
        await this.#tick();
        break;
      case "a build begins":
        this.#beginBuild();
        break;
      case "a build begins, and another tick runs":
        this.#beginBuild();
        await this.#tick();
        break;
      case "the settings change":
        // The filter, if there is one, goes.
        await this.#subscribe({ channel, mention: ["U1"], thread: true });
        break;
      case "the subscription ends":
        await this.#unsubscribe(channel);
        break;
      case "the subscription ends, and begins again":
        await this.#unsubscribe(channel);
        await this.#subscribe({ channel, mention: [], thread: true, ...(branches && { branches }) });
        break;
      case "PUT of the newest build": {
        const { store } = this;
        const taken = {
          ...store,
          register: <F extends Build | Subscription>(feed: F, replaced: F | undefined) =>
            this.#register(feed, replaced, "hand"),
        };
        const parts = { store: taken, clock: { now: () => this.now }, newId: this.#newId };
        await register(parts, newest.buildId, { channel, mention: [], thread: true });
        break;
      }
      case "DELETE of the newest build":
        await this.store.requestStop(newest.buildId, channel, this.now);
        break;
    }
  }

  #beginBuild(): void {
    const starts = this.#minutes(this.now);
    this.stories.push({ buildId: `x${this.stories.length}`, starts, ends: starts + 1.5 });
  }

  #say(line: string): void {
    if (this.#traced) this.trace.push(line);
  }
}

/** Nothing of it is left to be done. */
export const isDecided = (subscription: Subscription): boolean =>
  subscription.undecided === undefined &&
  subscription.trouble === undefined &&
  (subscription.status !== "active" || subscription.since !== undefined) &&
  subscription.delivery.outbox.length === 0 &&
  subscription.delivery.lease === undefined;

export const isOver = (build: Build): boolean => !isActiveFeed(build);

/** Somewhere in the list, always at the same place beside the others. */
function placeOf(buildId: string): number {
  let place = 7;
  for (const character of buildId) place = (place * 31 + character.codePointAt(0)! * 17) % 101;
  return place;
}
