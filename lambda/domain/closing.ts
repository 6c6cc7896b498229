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
  const others = builds.filter((build) => build.buildId !== buildId && build.state === "Successful");
  const durations = others.map(({ durationMillis }) => durationMillis).toSorted((a, b) => a - b);
  const middle = durations.slice((durations.length - 1) >> 1, (durations.length >> 1) + 1);
  if (middle.length === 0) return undefined;
  return {
    medianMillis: middle.reduce((sum, each) => sum + each, 0) / middle.length,
    builds: durations.length,
  };
}

const tailLines = 12;
const lineChars = 160;

/** The last lines of a log that say something: without colours, each cut, with what looks like a secret masked. */
export function tailOf(log: string): string[] {
  const lines = log
    .slice(-tailLines * 4_000)
    .replaceAll(ansiSequence, "")
    .split(/[\r\n]+/)
    .map((line) => line.trimEnd())
    .filter((line) => line !== "");
  return maskSecrets(lines.slice(-tailLines * 2).join("\n"))
    .split("\n")
    .filter((line) => line !== "")
    .slice(-tailLines)
    .map((line) => (line.length > lineChars ? `${line.slice(0, lineChars - 1)}…` : line).toWellFormed());
}

// eslint-disable-next-line no-control-regex -- That is what a colour in a log begins with.
const ansiSequence = /\u001B(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001B]*(?:\u0007|\u001B\\)|[@-Z\\-_])/g;

const mask = "[masked]";

const secretName =
  "(?:password|passwd|pwd|passphrase|secret|token|credentials?|auth(?:orization)?|signature|(?:api|access|secret|private)[-_]?key)";

/** Each keeps its first group, which stands before the secret. */
const secretPatterns: RegExp[] = [
  /()-----BEGIN [A-Z ]*PRIVATE KEY-----[^]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g,
  /(\b(?:Bearer|Basic) +)[\w+/.=~-]{8,}/gi,
  // https://user:password@host
  /(\b[a-z][a-z0-9+.-]*:\/\/)[^\s/@]+(?=@)/gi,
  // DB_PASSWORD=…, "api_key": "…", X-Auth-Token: …, --token …
  new RegExp(`(${secretName}["']?\\s*[:=]\\s*["']?)(?!\\[masked\\]|(?:Bearer|Basic) )[^\\s"',;&]{4,}`, "gi"),
  new RegExp(`(--?[\\w-]*${secretName}\\s+["']?)[^\\s"']{4,}`, "gi"),
  // Keys that say what they are: AWS, GitHub, GitLab, Slack, npm, and JSON web tokens.
  /()\b(?:A[KS]IA[A-Z0-9]{12,}|gh[a-z]_\w{20,}|github_pat_\w{20,}|glpat-[\w-]{15,}|xox[a-z]-[\w-]{8,}|npm_\w{20,}|eyJ[\w-]{8,}\.[\w-]+(?:\.[\w-]*)?)/g,
  // A line of base64, such as one of a key whose beginning is cut off, and an AWS secret key.
  /^()[A-Za-z0-9+/=]{40,}$/gm,
  /()(?<![\w/.@:+-])(?=\S*\d)(?=\S*[a-z])(?=\S*[A-Z])[A-Za-z0-9+/]{40}(?![\w/+.-])/g,
  // A long run of letters and digits that is no path and no image's digest.
  /()(?<![\w/.@:-])(?=[\w+=-]*\d)(?=[\w+=-]*[A-Za-z])[\w+=-]{32,}(?![\w/.-])/g,
];

const maskSecrets = (text: string): string =>
  secretPatterns.reduce((masked, pattern) => masked.replaceAll(pattern, `$1${mask}`), text);
