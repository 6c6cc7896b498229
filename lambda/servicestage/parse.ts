import * as z from "zod/mini";
import type { JobBuild } from "../domain/closing.ts";
import type { BuildDetails } from "../domain/outcome.ts";
import type { ListedPhase } from "../domain/phase.ts";
import { isVisible } from "../domain/visible.ts";
import { parse } from "../huawei-cloud/answer.ts";
import type { HttpAnswer } from "../huawei-cloud/exchange.ts";
import { ornament } from "../schemas/ornament.ts";
import type { LogPage } from "./log.ts";

/** Well-formed, since DynamoDB stores no other: it would be another name when it is compared with the stored one. */
const word = z.string().check(
  z.minLength(1),
  z.maxLength(100),
  z.overwrite((text) => text.toWellFormed()),
);

/** Without the white space around it, and cut: a phase is told under the beginning of a name that is too long. */
const phaseName = z.string().check(z.overwrite((text) => text.trim().slice(0, 100).toWellFormed()));
const phaseState = z.pipe(
  z.transform((value: unknown) => (typeof value === "string" ? value.trim() : value)),
  word,
);

/**
 * A string by the page's table, a number in its example. It only puts phases in order: none is as good as one, and one
 * of another type is none. A number beyond 2^53 is its digits here (`huawei-cloud/answer.ts`).
 */
const id = z.pipe(
  ornament(z.union([z.string(), z.number()])),
  z.transform((value) => `${value ?? ""}`.toWellFormed().slice(0, 100)),
);

const phase = z.object({ id, name: phaseName, state: phaseState });

/** Go's zero values, as a field has them that nobody has set: they say nothing. */
const isUnset = (value: unknown): boolean =>
  value === null || (typeof value === "string" && value.trim() === "");

/**
 * A phase whose name or state is not set yet is as good as not listed; one that has no such field is not as documented.
 * How many there are is bounded by the answer's bytes, and what is kept of them in `domain/size.ts`.
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

/** @throws {ServiceStageError} `notUnderstood`, naming the first place that is not as documented */
export function parsePhases(answer: HttpAnswer, about: string): ListedPhase[] {
  return (parse(phases, answer, about).list ?? []).filter((each) => each !== undefined);
}

/**
 * Lenient, since most of it is decoration: a field that is empty or of another type is absent.
 * @throws {ServiceStageError} `notUnderstood` when it is no object at all
 */
export function parseDetails(answer: HttpAnswer, about: string): BuildDetails {
  const found = parse(anyObject, answer, about);
  return withoutAbsent({
    jobId: text(found["job_id"], 100),
    jobName: text(found["job_name"], 100),
    index: text(found["index"], 20),
    branch: text(found["branch"], 200),
    commitId: text(found["commit_id"], 100),
    commitComment: text(found["commit_comment"], 300),
    committer: text(found["committer"], 100),
    state: text(found["build_state"], 100),
    startedAt: parseTime(found["started_at"]),
    endedAt: parseTime(found["ended_at"]),
  });
}

/** A whole number, or its digits as text; anything else is absent. */
const count = (most: number) =>
  ornament(
    z.pipe(
      z.union([z.number(), z.string().check(z.regex(/^\d{1,15}$/))]),
      z.pipe(z.transform(Number), z.int().check(z.nonnegative(), z.maximum(most))),
    ),
  );

const logPage = z.object({ buildlog: z.nullable(z.string()), next: count(Number.MAX_SAFE_INTEGER) });

/** Without a `next` the log ends here. @throws {ServiceStageError} `notUnderstood` */
export function parseLogPage(answer: HttpAnswer, about: string): LogPage {
  const { buildlog, next = 0 } = parse(logPage, answer, about);
  return { text: buildlog ?? "", next };
}

/** No build lasts longer: a build that did not change for so long was given up before. */
const durationSecondsAtMost = 30 * 24 * 3_600;

const listedBuild = z.object({ build_id: word, build_state: word, duration: count(durationSecondsAtMost) });
const anyList = z.object({ list: z.nullable(z.array(z.unknown())) });
const jobBuilds = z.object({ list: z.array(listedBuild) });

/**
 * Durations are in seconds by the page. A build without one, or that is not understood, is left out.
 * @throws {ServiceStageError} `notUnderstood` when none of them is
 */
export function parseJobBuilds(answer: HttpAnswer, about: string): JobBuild[] {
  const list = parse(anyList, answer, about).list ?? [];
  const understood = list.flatMap((each) => listedBuild.safeParse(each).data ?? []);
  if (understood.length === 0 && list.length > 0) parse(jobBuilds, answer, about);
  return understood.flatMap(({ build_id: buildId, build_state: state, duration }) =>
    duration ? [{ buildId, state, durationMillis: duration * 1_000 }] : [],
  );
}

/**
 * Trimmed and cut, not within a character; nothing is left of one that is empty or can't be seen, or of anything but
 * text or a count.
 */
function text(value: unknown, maxLength: number): string | undefined {
  const found = Number.isSafeInteger(value) && Number(value) >= 0 ? `${value as number}` : value;
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
 * `2025-06-24 12:10:30 +0000 UTC`, as Go prints it, or ISO 8601; without a zone it is UTC.
 * Go's zero time, the year 1, means that there is none.
 */
function parseTime(value: unknown): number | undefined {
  if (typeof value !== "string") return undefined;
  const [, date, time, zone = "Z"] =
    /^\s*(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d(?:\.\d{1,3})?)\d* ?(Z|[+-]\d\d:?\d\d)?/.exec(value) ?? [];
  const millis = Date.parse(`${date}T${time}${zone}`);
  if (date === undefined || !isInCalendar(date)) return undefined;
  return millis >= earliest && millis < latest ? millis : undefined;
}

/** `Date` takes 31 February for 3 March. */
function isInCalendar(date: string): boolean {
  const midnight = Date.parse(`${date}T00:00:00Z`);
  return !Number.isNaN(midnight) && new Date(midnight).toISOString().startsWith(date);
}

type Absent<T> = { [K in keyof T]: T[K] | undefined };

const withoutAbsent = (fields: Absent<Required<BuildDetails>>): BuildDetails =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
