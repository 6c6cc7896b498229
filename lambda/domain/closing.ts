import type { Build } from "./build.ts";
import { clockedMillis, isPlausible } from "./duration.ts";

/** What is told with a build's end beside its phases; each part is there when ServiceStage gave it. */
export interface Closing {
  /** The last lines of a failed build's log, masked and cut. */
  logTail?: string[];
  /** How long the job's builds take as a rule. */
  usual?: Usual;
}

export interface Usual {
  medianMillis: number;
  /** How many builds it is the median of. */
  builds: number;
}

/** A build of a job, as its list of builds tells (API page 0219). */
export interface JobBuild {
  buildId: string;
  state: string;
  durationMillis: number;
}

/** The median of the job's other builds that succeeded; undefined when there are none. */
export function usualOf(builds: readonly JobBuild[], buildId: string): Usual | undefined {
  const others = builds.filter(
    (build) => build.buildId !== buildId && build.state === "Successful" && isPlausible(build.durationMillis),
  );
  const durations = others.map(({ durationMillis }) => durationMillis).toSorted((a, b) => a - b);
  const middle = durations.slice((durations.length - 1) >> 1, (durations.length >> 1) + 1);
  if (middle.length === 0) return undefined;
  return {
    medianMillis: Math.round(middle.reduce((sum, each) => sum + each, 0) / middle.length),
    builds: durations.length,
  };
}

/** Less than this is no difference: durations are whole seconds, and no two builds are alike. */
const leastPercent = 5;

/**
 * How much longer than usual a build took, in percent; 0 for as long, below 0 for shorter. Undefined for one that did not
 * succeed, since the usual time is that of builds which did, and where ServiceStage does not tell both times.
 */
export function percentMoreThanUsual(build: Build): number | undefined {
  const tookMillis = clockedMillis(build);
  const medianMillis = build.closing?.usual?.medianMillis;
  if (build.outcome !== "succeeded" || tookMillis === undefined) return undefined;
  if (medianMillis === undefined || !isPlausible(medianMillis)) return undefined;
  const percent = Math.round((tookMillis / medianMillis - 1) * 100);
  return Math.abs(percent) < leastPercent ? 0 : percent;
}

const tailLines = 12;
const lineChars = 160;
/** A line is masked before it is cut; but no further than this, since the patterns' time grows with its square. */
const maskedChars = 1_000;
/** More than a private key has. */
const maskedLines = 100;

/** The last lines of a log that say something: without colours, each cut, with what looks like a secret masked. */
export function tailOf(log: string): string[] {
  const lines = log
    .slice(-maskedLines * maskedChars)
    .replaceAll(ansiSequence, "")
    .split(/\r*\n/)
    // As a terminal shows it: a progress bar writes its line anew after each carriage return.
    .map((line) =>
      line
        .slice(line.lastIndexOf("\r") + 1)
        .trimEnd()
        .slice(0, maskedChars),
    )
    .filter((line) => line !== "");
  return maskSecrets(lines.slice(-maskedLines).join("\n"))
    .split("\n")
    .filter((line) => line !== "")
    .slice(-tailLines)
    .map((line) => (line.length > lineChars ? `${line.slice(0, lineChars - 1)}…` : line).toWellFormed());
}

const ansiSequence =
  // oxlint-disable-next-line no-control-regex -- That is what a colour in a log begins with.
  /\u001B(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001B]*(?:\u0007|\u001B\\)|[ -/]+[0-~]|[@-Z\\-_])/g;

const mask = "[masked]";

const secretName =
  "(?:pass(?:w(?:or)?d|phrase|code)?|pwd|secret|token|credentials?|auth|signature|sig|(?:api|access|secret|private|account)[-_]?key|access[-_]?key[-_]?id|(?<![a-z])[as]k|密码|口令|密钥|令牌)(?:_\\w+|\\d+)?";
const quote = `\\\\?["']`;

/** Each keeps its first group, which stands before the secret. */
const secretPatterns: RegExp[] = [
  /()-----BEGIN [A-Z ]*PRIVATE KEY[^]*?(?:-----END [A-Z ]*PRIVATE KEY[A-Z ]*-----|$)/g,
  // Of a key that began before.
  /()^[^]*-----END [A-Z ]*PRIVATE KEY[A-Z ]*-----/g,
  /(\bauthorization\\?["']?\s*[:=]\s*\\?["']?)[^"'\\\n]+/gi,
  /(\b(?:Bearer|Basic) +)[\w+/.=~-]{8,}/gi,
  /(\b[a-z][a-z0-9+.-]{0,20}:\/\/)[^\s/@]+(?=@)/gi,
  /(hooks\.slack\.com\/services\/|\/hook\/)\S+/g,
  // DB_PASSWORD=…, "api_key": "…", X-Auth-Token: …, 'password' => …
  new RegExp(`(${secretName}(?:${quote})?[ \\t]*(?:[:=：]|=>)[ \\t]*(\\\\?["']))(?:(?!\\2).)+`, "gi"),
  new RegExp(
    `((?<!unexpected |invalid |bad )${secretName}(?:${quote})?[ \\t]*(?:[:=：]|=>)[ \\t]*)(?!\\[masked\\]|\\\\?["'])[^\\s"',;&]{4,}`,
    "gi",
  ),
  new RegExp(`(<${secretName}>)[^<]+`, "gi"),
  new RegExp(`(--?[\\w-]*${secretName}[ \\t]+["']?)[^\\s"'<-][^\\s"']{3,}`, "gi"),
  // .netrc; docker login -p …, sshpass -p …, mysql -p…, curl -u user:…
  /(\blogin +\S+ +password +)\S+/gi,
  /(\b(?:login|sshpass|mysql\w*)\b.* -p ?)[^\s-]\S*/gi,
  /( (?:-u|--user)[ =]?["']?[^\s:"']+:)[^\s"']+/g,
  /()\b(?:A[KS]IA[A-Z0-9]{12,}|LTAI\w{12,}|gh[a-z]_\w{20,}|github_pat_\w{20,}|glpat-[\w-]{15,}|xox[a-z]-[\w-]{8,}|npm_\w{20,}|eyJ[\w-]{8,}\.[\w-]+(?:\.[\w-]*)?)/g,
  // A line of a key, and an AWS secret key.
  /()(?<![\w/+.@:-])(?=\S*\d)(?=\S*[a-z])(?=\S*[A-Z])(?:[A-Za-z0-9+/]{40}|[A-Za-z0-9+/]{60,}={0,2})(?![\w/+.-])/g,
  // A long run of letters and digits, these in three places, that is no path and no image's digest.
  /()(?<![\w/.@:-])(?=(?:[A-Za-z_+=-]*\d+[A-Za-z_+=-]+){2}[A-Za-z_+=-]*\d)[\w+=-]{32,}(?![\w/.-])/g,
];

const maskSecrets = (text: string): string =>
  secretPatterns.reduce((masked, pattern) => masked.replaceAll(pattern, `$1${mask}`), text);
