import type { Action, ActionRequest } from "../domain/action.ts";
import type { Build, ShownStatus } from "../domain/build.ts";
import type { Committer } from "../domain/committer.ts";
import type { Message, Receipt } from "../domain/delivery.ts";
import type { DigestEntry } from "../domain/digest.ts";
import type { Feed } from "../domain/feed.ts";
import type { Job, JobBuildsPage, JobsPage } from "../domain/job.ts";
import type { BuildDetails } from "../domain/outcome.ts";
import type { ListedPhase } from "../domain/phase.ts";
import type { ToldEnds } from "../domain/row.ts";
import type { Subscription } from "../domain/subscription.ts";

/** The interfaces of everything outside the use cases. Adapters implement them by translation, nothing else. */

export interface Clock {
  /** Epoch milliseconds. */
  now: () => number;
  sleep: (millis: number) => Promise<void>;
}

/** Each call writes one structured line, which never contains a secret. */
export interface Log {
  info(message: string, fields?: Record<string, unknown>): void;
  warn(message: string, fields?: Record<string, unknown>): void;
  error(message: string, fields?: Record<string, unknown>): void;
}

export interface ServiceStage {
  /** @throws {ServiceStageError} */
  fetchPhases(buildId: string): Promise<ListedPhase[]>;
  /** @throws {ServiceStageError} */
  fetchDetails(buildId: string): Promise<BuildDetails>;
  /** The end of the log, at most 65,536 characters; empty if the end can't be reached. @throws {ServiceStageError} */
  fetchLogTail(buildId: string): Promise<string>;
  /** @throws {ServiceStageError} */
  fetchJob(jobId: string): Promise<Job>;
  /** @param page from 1. @throws {ServiceStageError} */
  fetchJobBuilds(job: { jobId: string; jobName: string }, page: number): Promise<JobBuildsPage>;
  /**
   * A page of all jobs, or of those whose name matches `jobName`. It is not documented whether the whole name or a part must
   * match.
   * @param page from 1. @throws {ServiceStageError}
   */
  fetchJobs(page: number, jobName?: string): Promise<JobsPage>;
}

/**
 * What changes builds in ServiceStage. No call is repeated unless it was certainly refused. After an error with
 * {@link ServiceStageError.mayHaveActed} the call may have had its effect.
 */
export interface ServiceStageActions {
  /** @throws {ServiceStageError} */
  cancelBuild(buildId: string): Promise<void>;
  /** @returns the id of the new build. @throws {ServiceStageError} */
  startBuild(jobId: string): Promise<string>;
}

/**
 * Why ServiceStage gave no answer that can be used:
 * `unknownBuild`, `unknownJob` it does not know the build, the job · `refused` it refuses the credentials · `forbidden` they lack a permission
 * for this build · `throttled` too many calls · `unavailable` no answer, or a 5xx · `notUnderstood` an answer of
 * another shape than documented.
 */
export type ServiceStageFailure =
  | "unknownBuild"
  | "unknownJob"
  | "refused"
  | "forbidden"
  | "throttled"
  | "unavailable"
  | "notUnderstood";

/** The message says what happened, to which build, and what to do; it never holds a secret. */
export class ServiceStageError extends Error {
  override name = "ServiceStageError";
  readonly reason: ServiceStageFailure;
  readonly status: number | undefined;
  /** ServiceStage's or the gateway's own code, such as `SVCSTG.CPE.4040401` or `APIGW.0301`. */
  readonly code: string | undefined;
  /** For Huawei Cloud's support. */
  readonly requestId: string | undefined;
  /** The time of the answer by the server's clock, epoch milliseconds. */
  readonly answeredAt: number | undefined;
  /** The answer to a call that changes something was lost, or can't be read: the call may have had its effect. */
  mayHaveActed = false;

  constructor(
    reason: ServiceStageFailure,
    message: string,
    details: {
      status?: number;
      code?: string;
      requestId?: string;
      answeredAt?: number;
      cause?: unknown;
    } = {},
  ) {
    super(message, { cause: details.cause });
    this.reason = reason;
    this.status = details.status;
    this.code = details.code;
    this.requestId = details.requestId;
    this.answeredAt = details.answeredAt;
  }
}

export type HuaweiCredentials =
  | { kind: "accessKey"; accessKey: string; secretKey: string; securityToken?: string }
  | { kind: "password"; user: string; password: string; domain: string };

/** Cached credentials from the secret. @throws if the secret can't be read or lacks credentials; the error names them */
export interface CredentialSource<C> {
  read(): Promise<C>;
  /**
   * Reads the secret again, once for all callers that wait at the same time.
   * @returns the new credentials, or undefined if the secret still holds the refused ones
   */
  renew(refused: C): Promise<C | undefined>;
}

/**
 * What a call led to:
 * `sent` the message is in Slack · `later` it is not, try again after the pause · `unknown` it may be in Slack: read back
 * before sending again · `content` refused for good because of its text · `destination` the channel refuses it until a
 * person solves the problem · `gone` a person deleted the card (and its thread) · `unauthorized` Slack refuses the token,
 * so nothing can be sent.
 */
export type SlackAnswer =
  | { kind: "sent"; receipt: Receipt }
  | { kind: "later"; retryAfterMillis: number; reason: string }
  | { kind: "unknown"; reason: string }
  | { kind: "content"; reason: string }
  | { kind: "destination"; reason: string }
  | { kind: "gone"; reason: string }
  | { kind: "unauthorized"; reason: string };

/**
 * What was read back: the receipts of messages by their keys. `complete: false`: it failed or was cut short ·
 * `forbidden`: the app lacks the scope, so reading back fails until a person adds it · `refused`: Slack refuses the channel.
 */
export type ReadBack =
  | { complete: true; found: Map<string, Receipt> }
  | { complete: false; reason: string; forbidden?: true; refused?: true };

/** `plain` sends only the text, because Slack refused the blocks. */
export interface Form {
  plain: boolean;
  /** Called right before the request leaves. If it returns false, nothing is sent, and the answer is `later`. */
  mayLeave?: () => boolean;
}

/**
 * Never throws for an answer of Slack. Every call ends within {@link slackTimeoutMillis}. In a read back, this limit is
 * for the call for each page.
 */
export interface Slack {
  /** Posts the build's card with its current state, under the card's key. */
  postCard(build: Build, form: Form): Promise<SlackAnswer>;
  /** Edits the card at its receipt. */
  editCard(build: Build, form: Form): Promise<SlackAnswer>;
  /** Posts a message of the feed under its key, in the card's thread if the feed uses it. */
  postMessage(feed: Feed, message: Message, form: Form): Promise<SlackAnswer>;
  /** Reads back which of the feed's messages arrived since this time (epoch milliseconds), in its thread or the channel. */
  readBack(feed: Feed, since: number): Promise<ReadBack>;
}

/** Whether the bot can write to channels. Never throws for an answer of Slack. */
export interface SlackChannels {
  /**
   * `refused`: a person must do something first; the reason begins with Slack's code · `unknown`: Slack gave no answer that
   * is about the channel.
   */
  check(channel: string): Promise<ChannelCheck>;
}

export type ChannelCheck = { kind: "fine" } | { kind: "refused" | "unknown"; reason: string };

/** What a delivery needs. */
export interface FeedStore {
  /** The whole feed, read consistently; undefined if there is none or it has expired. */
  load<F extends Feed>(feed: F): Promise<F | undefined>;
  /**
   * One conditional write of only what the writer owns. Version 0 creates the item.
   * If `after` has `expiresAt`, the item leaves the index. For every writer this needs both versions.
   * @param before the feed as it was read. A feed from the index lacks the history, which the writer `delivery` needs
   * @returns the whole feed as it is now, with what other writers wrote meanwhile; undefined if the condition failed
   * @throws if DynamoDB gave no answer: the write may have happened
   */
  save<F extends Feed>(before: F, after: F, writer: Writer): Promise<F | undefined>;
}

/**
 * Who writes a feed's item. Observing never waits for delivering, because each has its own version and attributes.
 * `observation`, on the feed's version: what was observed, and new messages · `lease`, on both versions: the same, and
 * the lease · `delivery`, on the delivery's version: the delivery with its history, and the removal of messages. All of
 * them may write why nothing is sent (`setback`), which is valid until the delivery is written again.
 */
export type Writer = "observation" | "lease" | "delivery";

/** What the circuit breaker needs. */
export interface CircuitStore {
  /** The stored circuit, also if its time is over. */
  loadCircuit(): Promise<Circuit | undefined>;
  /** Opens the circuit, or keeps it open. Of several callers that saw the same circuit (or none), one gets true. */
  openCircuit(circuit: Circuit, seen: Circuit | undefined): Promise<boolean>;
  closeCircuit(): Promise<void>;
}

/** How the builds of each job ended that each channel was told. */
export interface EndsStore {
  /** Read consistently; undefined if there are none, or if they have expired. */
  loadEnds(jobId: string, channel: string): Promise<ToldEnds | undefined>;
  /**
   * Replaces the ends at their version.
   * @returns false if another version is stored
   */
  saveEnds(ends: ToldEnds): Promise<boolean>;
}

/** Which Slack user commits under which name. */
export interface CommitterStore {
  /** Read consistently; undefined if nothing is known of the name. */
  loadCommitter(name: string): Promise<Committer | undefined>;
  /**
   * Replaces what is known at its version. Without a link it is forgotten after a year.
   * @returns false if another version is stored
   */
  saveCommitter(committer: Committer): Promise<boolean>;
  /** Those with a link, in the order of their names. */
  listCommitters(): Promise<Committer[]>;
}

/** The ended builds that the digests of the channels count. */
export interface DigestStore {
  /** Stores the entry, unless there is one of the same build and channel. */
  addDigestEntry(channel: string, entry: DigestEntry): Promise<void>;
  /** The entries of the last three weeks, page by page, in no order. One that can't be understood is left out, and logged. */
  loadDigestEntries(channel: string): AsyncIterable<DigestEntry[]>;
}

/** What a tick needs. */
export interface TickStore
  extends
    FeedStore,
    CircuitStore,
    EndsStore,
    DigestStore,
    Pick<CommitterStore, "loadCommitter" | "saveCommitter">,
    Pick<RegistrationStore, "register"> {
  /**
   * The active feeds of these shards, one shard after the other, page by page, without their histories. They may be stale,
   * so a decision holds only after a conditional write has confirmed it. The jobs of a shard come one after another.
   * `rotation` changes which builds of a shard come first.
   * For an item that can't be understood it yields an error that names the item, and goes on.
   */
  loadActive(shards: readonly number[], rotation: number): AsyncIterable<Feed | Error>;
}

/** What a registration of a build or a subscription to a job needs. */
export interface RegistrationStore {
  /** The whole build, like {@link FeedStore.load}. */
  loadBuild(buildId: string, channel: string): Promise<Build | undefined>;
  /** The whole subscription, like {@link FeedStore.load}. */
  loadSubscription(jobId: string, channel: string): Promise<Subscription | undefined>;
  /**
   * Stores a new registration or subscription. It replaces the feed at this version, or none (undefined, or expired).
   * @returns false if another feed or version is stored
   */
  register<F extends Build | Subscription>(feed: F, replaced: F | undefined): Promise<boolean>;
}

/** What the API needs. */
export interface ApiStore
  extends RegistrationStore, FeedStore, CommitterStore, Pick<CircuitStore, "loadCircuit"> {
  /**
   * The build in all its channels, in the order of their ids; whole, like {@link FeedStore.load}.
   * @throws for an item that this version does not understand
   */
  loadRegistrations(buildId: string): Promise<Build[]>;
  /** Marks the build; a tick does the rest. @returns false if there is no such build */
  requestStop(buildId: string, channel: string, now: number): Promise<boolean>;
  /** Marks the build, like {@link requestStop}. A later request replaces an earlier one. */
  requestRedelivery(buildId: string, channel: string, now: number): Promise<boolean>;
  /**
   * Stores a request that somebody made with a button of the build's card, or removes it. Of several callers that read the
   * same build, one succeeds. The build becomes active, so that a tick tells the request.
   * @param build as it was read
   * @returns the build as it is now; undefined if the build was observed, replaced or requested since it was read
   */
  requestAction(build: Build, action: Action, request: ActionRequest | undefined): Promise<Build | undefined>;
  /** The active feeds of the channel, without their histories. Like a page of the index, they may be a moment old. */
  loadChannel(channel: string): Promise<Feed[]>;
  /**
   * A page of builds, the newest registrations first. The next page begins after the last build of this page, so builds
   * that are registered meanwhile cause no repetition and no gap.
   * @throws {RangeError} for a text that is no cursor
   */
  list(query: ListQuery): Promise<{ builds: Build[]; cursor?: string }>;
  /**
   * A page of the active subscriptions, without what they have seen. A subscription that was stored a moment ago may be
   * missing.
   * @throws {RangeError} for a text that is no cursor
   */
  listSubscriptions(query: SubscriptionQuery): Promise<{ subscriptions: Subscription[]; cursor?: string }>;
}

/** One table stores everything. */
export interface Store extends TickStore, ApiStore {}

/** While it is open, no one calls ServiceStage: more than five refused calls in a row lock the key for five minutes. */
export interface Circuit {
  openUntil: number;
  reason: string;
}

export interface SubscriptionQuery {
  channel?: string;
  jobId?: string;
  /** The cursor of the page before. */
  cursor?: string;
  limit: number;
}

export interface ListQuery {
  status?: ShownStatus;
  channel?: string;
  jobId?: string;
  /** The cursor of the page before. */
  cursor?: string;
  limit: number;
}
