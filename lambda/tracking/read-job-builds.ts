import type { Job, JobBuild, JobBuildsPage } from "../domain/job.ts";
import { hasSeen, seenHash } from "../domain/seen.ts";
import { isNewestEndDue, isWholeListDue, type Listing, type Subscription } from "../domain/subscription.ts";
import { ServiceStageError, type Clock, type Log } from "./ports.ts";
import type { SharedCalls } from "./shared-calls.ts";
import { isTooLateToPoll, type Times } from "./times.ts";

export interface ReadJobBuildsParts {
  serviceStage: Pick<SharedCalls, "fetchJobBuilds">;
  clock: Pick<Clock, "now">;
  /** Logs each line once in a tick. */
  logOnce: Log;
  times: Times;
}

/** What was read of the list of a job's builds. `failure`: why the reading broke off. */
export interface JobBuildsListing extends Listing {
  failure?: ServiceStageError;
}

/** At most this many pages of a list are read in one pass. */
const pagesAtMost = 20;
/** So many pages are read from time to time, if the whole list is not. A page without new builds may hide one with a new one. */
const newestPagesAtLeast = 5;
/** What remains of a pass for the builds that were read. Without it a slow list would leave no time for them in any pass. */
const decideMillis = 15_000;

/**
 * Undefined when `last_build_id` was seen, so that only undecided builds are left. The whole list may be read in several
 * passes. If `last_build_id` changes meanwhile, other new builds may be on pages that were already read. So the end of the
 * list with the new builds is read as well.
 * @throws {ServiceStageError} when the credentials are refused
 */
export async function readJobBuilds(
  subscription: Subscription,
  job: Job,
  parts: ReadJobBuildsParts,
): Promise<JobBuildsListing | undefined> {
  const { seen, nextPage, listLeads, trouble } = subscription;
  const hasNew = job.lastBuildId !== undefined && !hasSeen(seen, job.lastBuildId);
  const isWhole = isWholeListDue(subscription, parts.clock.now());
  const isNewestDue = isNewestEndDue(subscription, parts.clock.now());
  if (!isWhole && !isNewestDue && !hasNew && !listLeads && !trouble) return undefined;
  const list = new JobBuildsList(subscription, job, parts);
  const whole = isWhole ? await failureOf(() => list.readFrom(nextPage ?? 1)) : undefined;
  // If an old page can't be read, new builds must not wait for it.
  const isEndNeeded = !isWhole || whole !== undefined || (nextPage !== undefined && (hasNew || listLeads));
  const newest = isEndNeeded
    ? await failureOf(() => list.readNewest(isNewestDue ? newestPagesAtLeast : 1))
    : undefined;
  const failure = whole ?? newest ?? (list.isUnusable ? unusable(subscription, job) : undefined);
  return { ...list.listing, ...(failure && { failure }) };
}

/** @throws {ServiceStageError} when the credentials are refused */
async function failureOf(read: () => Promise<void>): Promise<ServiceStageError | undefined> {
  try {
    await read();
    return undefined;
  } catch (error) {
    if (!(error instanceof ServiceStageError) || error.reason === "refused") throw error;
    return error;
  }
}

/** Without this, nobody would notice that no build of the job is ever told. */
const unusable = ({ jobId }: Subscription, { jobName = jobId }: Job): ServiceStageError =>
  new ServiceStageError("notUnderstood", `the builds of job ${jobName}: none of them has a valid ID`);

/** The list of a job's builds, as far as it was read. */
class JobBuildsList {
  readonly #subscription: Subscription;
  readonly #job: Job;
  readonly #parts: ReadJobBuildsParts;
  readonly #seen: ReadonlySet<string>;
  readonly #builds = new Map<string, JobBuild>();
  #hasInvalidIds = false;
  #pages: number;
  #whole: Listing["whole"];

  constructor(subscription: Subscription, job: Job, parts: ReadJobBuildsParts) {
    this.#subscription = subscription;
    this.#job = job;
    this.#parts = parts;
    this.#seen = new Set(subscription.seen);
    this.#pages = subscription.pages ?? 1;
  }

  get listing(): Omit<Listing, "failure"> {
    const whole = this.#whole;
    return { builds: [...this.#builds.values()], pages: this.#pages, ...(whole && { whole }) };
  }

  /** It has builds, and none can be followed. */
  get isUnusable(): boolean {
    return this.#hasInvalidIds && this.#builds.size === 0;
  }

  /**
   * The whole list, from this page on, as far as there is time. The next pass begins with the last page that was read: if
   * builds left the list meanwhile, the others moved up.
   */
  async readFrom(start: number): Promise<void> {
    await this.#readPages(start, (whole) => (this.#whole = whole));
  }

  async #readPages(start: number, note: (whole: Listing["whole"]) => void): Promise<void> {
    let isRepeated = false;
    for (let page = start; ; page++) {
      const known = this.#builds.size;
      const answer = await this.#fetchPage(page);
      note({ nextPage: page });
      // ServiceStage may give the same page for every number. A single repetition may be a list that grows.
      const isRepetition = this.#builds.size === known;
      const isEmpty = answer.builds.length === 0 && !answer.invalidIds?.length;
      if (isLastPage(answer, page) || isEmpty || (isRepetition && isRepeated)) {
        if (isEmpty) await this.#readPageZero();
        return note({});
      }
      isRepeated = isRepetition;
      const { clock, times } = this.#parts;
      // The next pass begins with the last page of this one. So without a second page no pass would come further.
      const isLate = page > start && isTooLateToPoll(clock.now() + decideMillis, times);
      if (page - start + 1 >= pagesAtMost || isLate) return;
    }
  }

  /**
   * Reads from the end of the list that has new builds, until a page has none, but so many pages at least. If neither end has new builds, the whole list
   * is read.
   */
  async readNewest(pagesAtLeast: number): Promise<void> {
    const first = await this.#fetchPage(1);
    if (first.builds.length === 0) return this.#readPageZero();
    if (first.page !== 1 || first.pages <= 1 || this.#isNewestEnd(first))
      return this.#readOn(first, 1, pagesAtLeast);
    const last = await this.#fetchPage(first.pages);
    if (this.#isNewestEnd(last)) return this.#readOn(last, -1, pagesAtLeast);
    const { listLeads, dropped } = this.#subscription;
    // If `listLeads` is set, every poll comes here. If builds were dropped from what was seen, they would look new.
    if (listLeads || dropped) return;
    // The reading of the whole list may be under way. It goes on where it was.
    await (this.#whole ? this.#readPages(1, () => undefined) : this.readFrom(1));
  }

  async #readOn(end: JobBuildsPage, step: 1 | -1, pagesAtLeast: number): Promise<void> {
    let page = step === 1 ? 2 : end.page - 1;
    for (let read = 1; page >= 1 && page <= this.#pages && read < pagesAtMost; read++, page += step) {
      const answer = await this.#fetchPage(page);
      if (answer.page !== page || (read >= pagesAtLeast && !this.#hasNews(answer))) return;
    }
  }

  /** Whether pages are numbered from 0 or from 1 is not documented. From 0, a list ends with an empty page. */
  async #readPageZero(): Promise<void> {
    try {
      await this.#fetchPage(0);
    } catch (error) {
      if (!(error instanceof ServiceStageError) || !refusals.has(error.reason)) throw error;
    }
  }

  async #fetchPage(page: number): Promise<JobBuildsPage> {
    const { serviceStage, logOnce } = this.#parts;
    const { jobId } = this.#subscription;
    const jobName = this.#job.jobName ?? this.#subscription.jobName ?? jobId;
    const answer = await serviceStage.fetchJobBuilds({ jobId, jobName }, page);
    for (const each of answer.builds) this.#builds.set(each.buildId, each);
    this.#hasInvalidIds ||= answer.invalidIds !== undefined;
    for (const id of answer.invalidIds ?? [])
      logOnce.warn(`ServiceStage lists a build whose ID is not valid, so it is not followed: ${id}`, {
        jobId,
      });
    this.#pages = answer.pages;
    return answer;
  }

  /** Builds that were dropped from what was seen look new. Then only `last_build_id` shows which end is the newest. */
  #isNewestEnd(page: JobBuildsPage): boolean {
    const { lastBuildId } = this.#job;
    return this.#subscription.dropped && lastBuildId !== undefined
      ? page.builds.some(({ buildId }) => buildId === lastBuildId)
      : this.#hasNews(page);
  }

  #hasNews = ({ builds }: JobBuildsPage): boolean =>
    builds.some(({ buildId }) => !this.#seen.has(seenHash(buildId)));
}

/** If another page is answered than the one that was asked for, ServiceStage ignores page numbers. */
const isLastPage = (answer: JobBuildsPage, page: number): boolean =>
  answer.page !== page || page >= answer.pages;

/** So ServiceStage answers when there is no such page. */
const refusals: ReadonlySet<string> = new Set(["unknownJob", "notUnderstood", "forbidden"]);
