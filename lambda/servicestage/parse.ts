import * as z from "zod/mini";
import { withoutAbsent } from "../domain/absent.ts";
import { idPattern } from "../domain/id.ts";
import { branchLength } from "../domain/branches.ts";
import { committerLength } from "../domain/committer.ts";
import {
  jobNameLength,
  type Job,
  type JobBuild,
  type JobBuildsPage,
  type JobsPage,
  type ListedJob,
} from "../domain/job.ts";
import type { BuildDetails } from "../domain/outcome.ts";
import type { ListedPhase } from "../domain/phase.ts";
import { commitPage } from "../domain/repository.ts";
import { isVisible } from "../domain/visible.ts";
import { parse } from "../huawei-cloud/answer.ts";
import type { HttpAnswer } from "../huawei-cloud/exchange.ts";
import { ornament } from "../schemas/ornament.ts";
import type { LogPage } from "./log.ts";
import { pagesOf } from "./pages.ts";

/** A name. It is made well-formed, because DynamoDB stores only well-formed text, and names are compared with stored ones. */
const word = z.string().check(
  z.minLength(1),
  z.maxLength(100),
  z.overwrite((text) => text.toWellFormed()),
);

/** The name of a phase, trimmed. A name that is too long is cut. */
const phaseName = z.string().check(z.overwrite((text) => text.trim().slice(0, 100).toWellFormed()));
const phaseState = z.pipe(
  z.transform((value: unknown) => (typeof value === "string" ? value.trim() : value)),
  word,
);

/**
 * A phase's id. In the table of ServiceStage's page the id is a string, but in the example it is a number. The id is only
 * used to sort phases, so it may be missing. An id of another type counts as missing. A number beyond 2^53 arrives here as
 * text (`huawei-cloud/answer.ts`).
 */
const id = z.pipe(
  ornament(z.union([z.string(), z.number()])),
  z.transform((value) => `${value ?? ""}`.toWellFormed().slice(0, 100)),
);

const phase = z.object({ id, name: phaseName, state: phaseState });

/** Whether a field has no value. Go writes such fields as null or as an empty text. */
const isUnset = (value: unknown): boolean =>
  value === null || (typeof value === "string" && value.trim() === "");

/**
 * A phase without a value for its name or state counts as not listed. A phase without one of these fields is not as
 * documented. The answer's bytes limit the number of phases, and `domain/size.ts` limits what is kept of them.
 */
const phases = z.object({
  list: z.nullable(
    z.array(
      z.pipe(
        z.transform((each: { name?: unknown; state?: unknown } | null) =>
          each === null || isUnset(each.name) || isUnset(each.state) ? undefined : each,
        ),
        z.optional(phase),
      ),
    ),
  ),
});

const anyObject = z.record(z.string(), z.unknown());

/** @throws {ServiceStageError} `notUnderstood`, with the first place that is not as documented */
export function parsePhases(answer: HttpAnswer, about: string): ListedPhase[] {
  return (parse(phases, answer, about).list ?? []).filter((each) => each !== undefined);
}

/**
 * Parses a build's details leniently, because most of them are not essential. A field that is empty or has another type
 * is left out.
 * @throws {ServiceStageError} `notUnderstood` when the answer is not an object
 */
export function parseDetails(answer: HttpAnswer, about: string): BuildDetails {
  const found = parse(anyObject, answer, about);
  const [repository, commitId] = [text(found["repo"], 500), text(found["commit_id"], 100)];
  return withoutAbsent<Found>({
    jobId: parseId(found["job_id"]),
    jobName: text(found["job_name"], jobNameLength),
    index: text(found["index"], 20),
    branch: text(found["branch"], branchLength),
    commitId,
    commitComment: text(found["commit_comment"], 300),
    committer: text(found["committer"], committerLength),
    commitUrl: repository && commitId && commitPage(repository, text(found["repo_type"], 50), commitId),
    creator: text(found["creator"], 100),
    type: text(found["type"], 20),
    state: text(found["build_state"], 100),
    startedAt: parseTime(found["started_at"]),
    endedAt: parseTime(found["ended_at"]),
  });
}

/** A whole number, also written as text. Any other value is left out. */
const count = (most: number) =>
  ornament(
    z.pipe(
      z.union([z.number(), z.string().check(z.regex(/^\d{1,15}$/))]),
      z.pipe(z.transform(Number), z.int().check(z.nonnegative(), z.maximum(most))),
    ),
  );

const logPage = z.object({ buildlog: z.nullable(z.string()), next: count(Number.MAX_SAFE_INTEGER) });

/** An answer without `next` is the end of the log. @throws {ServiceStageError} `notUnderstood` */
export function parseLogPage(answer: HttpAnswer, about: string): LogPage {
  const { buildlog, next = 0 } = parse(logPage, answer, about);
  return { text: buildlog ?? "", next };
}

/** No build takes longer: tracking stops earlier for a build that does not change. */
const durationSecondsAtMost = 30 * 24 * 3_600;

const anyId = z.union([z.string().check(z.minLength(1)), z.number()]);

/** More than any job has. A subscription remembers as many builds. */
const entriesAtMost = 25_000;

const list = z.object({
  list: z.nullable(z.array(z.unknown())),
  total: count(1_000_000),
  per_page: count(10_000),
  page: count(1_000_000),
});

/**
 * A page of a list. `entryOf` returns undefined for an entry that can't be used, which is left out.
 * @param asked the page that was asked for
 * @throws {ServiceStageError} `notUnderstood` when the list has entries, and none can be used
 */
function parseList<T>(
  answer: HttpAnswer,
  { about, asked, key }: { about: string; asked: number; key: string },
  entryOf: (entry: Record<string, unknown>) => T | undefined,
): { entries: T[]; page: number; pages: number } {
  const found = parse(list, answer, about);
  const listed = (found.list ?? []).slice(0, entriesAtMost);
  const entries = listed.flatMap((each) => entryOf(anyObject.safeParse(each).data ?? {}) ?? []);
  if (entries.length === 0 && listed.length > 0)
    parse(z.object({ list: z.array(z.object({ [key]: anyId })) }), answer, about);
  const page = found.page || asked;
  const numbers = { total: found.total, perPage: found.per_page || undefined, page, listed: listed.length };
  return { entries, page, pages: pagesOf(numbers) };
}

/** More IDs that are not valid are not logged. */
const invalidIdsAtMost = 10;

/**
 * A build without a valid ID is left out. A state or a duration (in seconds) that is not as documented is unknown.
 */
export function parseJobBuilds(answer: HttpAnswer, about: string, asked: number): JobBuildsPage {
  const invalidIds: string[] = [];
  const { entries: builds, ...pages } = parseList<JobBuild>(
    answer,
    { about, asked, key: "build_id" },
    (entry) => {
      const buildId = parseId(entry["build_id"]);
      const seconds = z.safeParse(count(durationSecondsAtMost), entry["duration"]).data;
      const state = text(entry["build_state"], 100) ?? "";
      if (buildId === undefined && invalidIds.length < invalidIdsAtMost)
        invalidIds.push(text(entry["build_id"], 200) ?? "none");
      return buildId === undefined
        ? undefined
        : { buildId, state, ...(seconds && { durationMillis: seconds * 1_000 }) };
    },
  );
  return { builds, ...(invalidIds.length > 0 && { invalidIds }), ...pages };
}

/** A job without an ID or a name is left out. */
export function parseJobs(answer: HttpAnswer, about: string, asked: number): JobsPage {
  const { entries: jobs, ...pages } = parseList<ListedJob>(
    answer,
    { about, asked, key: "job_id" },
    (entry) => {
      const jobId = parseId(entry["job_id"]);
      const jobName = text(entry["job_name"], jobNameLength);
      return jobId && jobName ? { jobId, jobName } : undefined;
    },
  );
  return { jobs, ...pages };
}

/**
 * The name is documented below `spec`, and the last build at the top. Both are read in both places.
 * @throws {ServiceStageError} `notUnderstood` when the answer is not an object
 */
export function parseJob(answer: HttpAnswer, about: string, jobId: string): Job {
  const top = parse(anyObject, answer, about);
  const spec = anyObject.safeParse(top["spec"]).data ?? {};
  const jobName = text(spec["job_name"], jobNameLength) ?? text(top["job_name"], jobNameLength);
  const lastBuildId = parseId(top["last_build_id"]) ?? parseId(spec["last_build_id"]);
  return { jobId, ...(jobName && { jobName }), ...(lastBuildId && { lastBuildId }) };
}

const error = z.union([z.object({ error_code: z.string() }), z.object({ errorCode: z.string() })]);
const errors = z.union([error, z.array(error).check(z.minLength(1))]);
const accepted = z.unknown().check(z.refine((body) => !errors.safeParse(body).success, "is an error"));

/**
 * The answer's body is not documented. A page of a proxy is no answer, and an error is none, whatever its status.
 * @throws {ServiceStageError} `notUnderstood`
 */
export function parseCancelled(answer: HttpAnswer, about: string): void {
  if (answer.text.trim() !== "") parse(accepted, answer, about);
}

const started = z.object({ build_id: z.pipe(z.transform(parseId), z.string()) });

/** The id of a build that was started. @throws {ServiceStageError} `notUnderstood` without an id */
export function parseStarted(answer: HttpAnswer, about: string): string {
  return parse(started, answer, about).build_id;
}

function parseId(value: unknown): string | undefined {
  const id = text(value, 200);
  return id !== undefined && idPattern.test(id) ? id : undefined;
}

/**
 * A text, trimmed and cut to its limit, but not within a character. A whole number becomes text. Undefined for a text
 * without a visible character, and for any other type.
 */
function text(value: unknown, maxLength: number): string | undefined {
  const found =
    typeof value === "number" && Number.isSafeInteger(value) && value >= 0 ? String(value) : value;
  if (typeof found !== "string" || !isVisible(found)) return undefined;
  const cut = found
    .trim()
    .slice(0, maxLength)
    .replace(/[\uD800-\uDBFF]$/, "");
  return cut.toWellFormed() || undefined;
}

const earliest = Date.UTC(2000);
const latest = Date.UTC(2100);

/**
 * Parses `2025-06-24 12:10:30 +0000 UTC`, which is Go's format, or ISO 8601. A time without a zone is UTC.
 * Go's zero time, in the year 1, means that there is no time.
 */
function parseTime(value: unknown): number | undefined {
  if (typeof value !== "string") return undefined;
  const [, date, time, zone = "Z"] =
    /^\s*(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d(?:\.\d{1,3})?)\d* ?(Z|[+-]\d\d:?\d\d)?/.exec(value) ?? [];
  const millis = Date.parse(`${date}T${time}${zone}`);
  if (date === undefined || !isInCalendar(date)) return undefined;
  return millis >= earliest && millis < latest ? millis : undefined;
}

/** `Date` reads 31 February as 3 March. */
function isInCalendar(date: string): boolean {
  const midnight = Date.parse(`${date}T00:00:00Z`);
  return !Number.isNaN(midnight) && new Date(midnight).toISOString().startsWith(date);
}

/** Names every field, so that none is forgotten. */
type Found = { [Field in keyof Required<BuildDetails>]: BuildDetails[Field] | undefined };
