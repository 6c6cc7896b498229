import type { Build, ShownStatus } from "../domain/build.ts";
import type { Message, Receipt } from "../domain/delivery.ts";
import type { Feed } from "../domain/feed.ts";
import type { Job, JobBuildsPage, JobsPage } from "../domain/job.ts";
import type { BuildDetails } from "../domain/outcome.ts";
import type { ListedPhase } from "../domain/phase.ts";

/** What the use-cases need of the outside. Adapters implement these and translate, nothing else. */

export interface Clock {
  /** Epoch milliseconds. */
  now: () => number;
  sleep: (millis: number) => Promise<void>;
}

/** One structured line each; never with a secret in it. */
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
  /** The last of the log, some ten thousand characters; empty when its end is out of reach. @throws {ServiceStageError} */
  fetchLogTail(buildId: string): Promise<string>;
  /** @throws {ServiceStageError} */
  fetchJob(jobId: string): Promise<Job>;
  /** @param page from 1. @throws {ServiceStageError} */
  fetchJobBuilds(job: { jobId: string; jobName: string }, page: number): Promise<JobBuildsPage>;
  /**
   * A page of all jobs, or of those whose name is, or contains, the given one: which of both is not documented.
   * @param page from 1. @throws {ServiceStageError}
   */
  fetchJobs(page: number, jobName?: string): Promise<JobsPage>;
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
  /** When it was answered by the other side's clock, epoch milliseconds. */
  readonly answeredAt: number | undefined;

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

/** Credentials from the secret, cached. @throws when the secret can't be read or lacks them, saying which. */
export interface CredentialSource<C> {
  read(): Promise<C>;
  /**
   * Reads the secret again, once for all who ask at the same time.
   * @returns other credentials than the refused ones, or undefined when the secret still holds those.
   */
  renew(refused: C): Promise<C | undefined>;
}

/**
 * What Slack made of a call:
 * `sent` it is there · `later` it is not, try after the pause · `unknown` it may be there: look before sending again ·
 * `content` refused for what it says, for good · `destination` refused for where it goes, until somebody mends that ·
 * `gone` the card (and its thread) was deleted by a person · `unauthorized` the token is refused: nothing can be sent.
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
 * What a look found: the receipts of messages by their keys. `complete: false` when it failed or was cut short;
 * `forbidden` when the app lacks the scope, so that no look will do before somebody adds it; `refused` when Slack refuses
 * the channel.
 */
export type ReadBack =
  | { complete: true; found: Map<string, Receipt> }
  | { complete: false; reason: string; forbidden?: true; refused?: true };

/** `plain` sends the text alone, for a workspace that refuses the blocks. */
export interface Form {
  plain: boolean;
  /** Asked once more right before the request leaves. If it says no, nothing is sent, and the answer is `later`. */
  mayLeave?: () => boolean;
}

/** Never throws for what Slack answers; every call ends within {@link slackTimeoutMillis}, a look page by page. */
export interface Slack {
  /** Posts the build's card as its snapshot is now, under the card's key. */
  postCard(build: Build, form: Form): Promise<SlackAnswer>;
  /** Edits the card at its receipt. */
  editCard(build: Build, form: Form): Promise<SlackAnswer>;
  /** Posts a message of the feed under its key, in the card's thread where there is one to use. */
  postMessage(feed: Feed, message: Message, form: Form): Promise<SlackAnswer>;
  /** Reads back which of the feed's messages arrived since then (epoch milliseconds): its thread, or the channel. */
  readBack(feed: Feed, since: number): Promise<ReadBack>;
}

/** What delivers a feed's messages: reads a feed anew, and writes it. */
export interface FeedStore {
  /** The whole feed, read consistently; undefined when there is none or it has expired. */
  load<F extends Feed>(feed: F): Promise<F | undefined>;
  /**
   * One conditional write of what the writer owns, and of nothing else. Version 0 creates the item.
   * A feed with `expiresAt` leaves the index; that is conditional on both versions, whoever writes it.
   * @param before as it was read. From an index read it lacks the history, which `delivery` must have.
   * @returns the feed as it is now, whole, with what others wrote meanwhile; undefined when the condition failed.
   * @throws when DynamoDB gave no answer: the write may have happened.
   */
  save<F extends Feed>(before: F, after: F, writer: Writer): Promise<F | undefined>;
}

/**
 * Who writes a feed's item. Observing never waits for delivering: each has its version and its attributes.
 * `observation` on the feed's version: what was observed, and the messages that were added · `lease` on both versions:
 * the same, and the lease · `delivery` on the delivery's version: the delivery with its history, and the messages that
 * are gone. Both say why nothing is sent (`setback`), which holds until the delivery is written again.
 */
export type Writer = "observation" | "lease" | "delivery";

/** What the circuit breaker needs. */
export interface CircuitStore {
  /** The circuit as it stands, whether or not its time is over. */
  loadCircuit(): Promise<Circuit | undefined>;
  /** Opens the circuit, or keeps it open; of several who saw the same (or none) one wins. @returns whether this one did */
  openCircuit(circuit: Circuit, seen: Circuit | undefined): Promise<boolean>;
  closeCircuit(): Promise<void>;
}

/** What a tick needs. */
export interface TickStore extends FeedStore, CircuitStore {
  /**
   * The active feeds of these shards, page by page, without their histories. It may be stale: what is decided on it
   * holds only once a conditional write has confirmed it. `rotation` rotates where the reading begins.
   * An item that can't be understood comes as an error that names it, and does not stop the others.
   */
  loadActive(shards: readonly number[], rotation: number): AsyncIterable<Feed | Error>;
}

/** What a registration needs. */
export interface RegistrationStore {
  /** The whole build, like {@link FeedStore.load}. */
  loadBuild(buildId: string): Promise<Build | undefined>;
  /**
   * Puts a new registration in the place of the build at this version, or of none (undefined, or expired).
   * @returns false when something else is there.
   */
  register(build: Build, replaced: Build | undefined): Promise<boolean>;
}

/** What the API needs. */
export interface ApiStore
  extends RegistrationStore, Pick<FeedStore, "load">, Pick<CircuitStore, "loadCircuit"> {
  /** Marks the build; a tick does the rest. @returns false when there is no such build. */
  requestStop(buildId: string, now: number): Promise<boolean>;
  /** Marks the build, like {@link requestStop}; a later request takes the place of an earlier one. */
  requestRedelivery(buildId: string, now: number): Promise<boolean>;
  /**
   * A page of builds, the newest registrations first. The next page begins after the last one shown, whatever was
   * registered meanwhile: it neither repeats nor leaves out a build that was there before.
   */
  list(query: ListQuery): Promise<{ builds: Build[]; cursor?: string }>;
}

/** Both, as one table keeps it. */
export interface Store extends TickStore, ApiStore {}

/** Kept open so that refused credentials don't lock the key: more than five failures in a row do, for five minutes. */
export interface Circuit {
  openUntil: number;
  reason: string;
}

export interface ListQuery {
  status?: ShownStatus;
  /** As a previous page gave it. @throws {RangeError} when it is not one */
  cursor?: string;
  limit: number;
}
