import type { Digest, DigestJob } from "../domain/digest.ts";
import { context, section, table, type Rendered } from "./blocks.ts";
import { noTime } from "./summary.ts";
import { bold, escapeText, literal, renderDay, renderDuration, translate, type Show } from "./text.ts";
import type { Wording } from "./wording/wording.ts";

/** The builds of a channel in a week: what matters in lines, then a table of the jobs. */
export function renderDigest(digest: Digest, words: Wording): Rendered {
  const { since, until, builds, succeeded, failed, atLeast = false, days, jobs, moreJobs } = digest;
  const said = words.digest;
  const others = builds - succeeded - failed;
  const lines = [
    said.heading(renderDay(since), renderDay(until)),
    said.builds(builds, atLeast, [
      said.succeeded(succeeded, renderShare(digest) ?? noTime),
      said.failed(failed),
      ...(others > 0 ? [said.others(others)] : []),
    ]),
    said.days(renderBars(days)),
    ...renderComparisons(digest, words),
  ];
  const rows = (show: Show): string[][] => jobs.map((job) => renderJob(job, show, words));
  const more = moreJobs > 0 ? [said.moreJobs(moreJobs)] : [];
  return {
    text: [...lines, ...rows(literal).map((cells) => cells.join(" · ")), ...more].join("\n"),
    blocks: [
      section(lines.join("\n")),
      table([said.columns, ...rows(escapeText)]),
      ...more.map((line) => context(line)),
    ],
  };
}

function renderComparisons(
  { failed, medianMillis, beforeMillis, failsMost, slowed }: Digest,
  words: Wording,
): string[] {
  const said = words.digest;
  const time = (millis: number): string => renderDuration(millis, words);
  return [
    ...(medianMillis === undefined
      ? []
      : [said.median(time(medianMillis), beforeMillis === undefined ? undefined : time(beforeMillis))]),
    ...(failsMost
      ? [said.failsMost(bold(translate(words.phases, failsMost.phase, nameChars)), failsMost.builds, failed)]
      : []),
    ...(slowed
      ? [
          said.slowed(
            bold(renderName(slowed.job, literal, words)),
            time(slowed.beforeMillis),
            time(slowed.medianMillis),
          ),
        ]
      : []),
  ];
}

/** All rows twice, with JSON's escapes, stay below 12,000 characters. */
const nameChars = 60;

const renderName = (job: string | undefined, show: Show, words: Wording): string =>
  job === undefined ? words.digest.unknownJob : show(job, nameChars);

const renderJob = (job: DigestJob, show: Show, words: Wording): string[] => [
  renderName(job.job, show, words),
  String(job.builds),
  renderShare(job) ?? noTime,
  job.medianMillis === undefined ? noTime : renderDuration(job.medianMillis, words),
];

/** Of the builds that succeeded or failed. Rounded down, so that 100% means that none failed. */
function renderShare({ succeeded, failed }: Pick<DigestJob, "succeeded" | "failed">): string | undefined {
  const counted = succeeded + failed;
  return counted === 0 ? undefined : `${Math.floor((succeeded * 100) / counted)}%`;
}

const bars = "▁▂▃▄▅▆▇█";

/** A bar for each number. Only 0 has the lowest one. */
function renderBars(numbers: readonly number[]): string {
  const most = Math.max(1, ...numbers);
  return numbers.map((number) => bars[Math.ceil((number / most) * (bars.length - 1))]).join("");
}
