import * as fc from "fast-check";
import { readApiEnvironment, readPollEnvironment } from "../../lambda/runtime/environment.ts";
import { environmentNames } from "../../lambda/names.ts";
import { renderCard } from "../../lambda/slack/card.ts";
import { parseSettings as parse, SettingsError, type Settings } from "../../lib/settings.ts";
import { canary } from "../../local/canary.ts";
import { someBuild } from "../slack/builds.ts";
import type { Target } from "./target.ts";
import { hostileText, hostileValue } from "./texts.ts";

/** Settings that are nearly right. Accepted settings must work everywhere, and each refused key must be named. */

const url = fc.oneof(
  fc.constantFrom(
    "https://servicestage.example.com",
    "https://a..b",
    "https://a.example:99999",
    "https://a.example:0",
    "http://a.example",
    "https://",
    "https:///a",
    "https://[::1]",
    "https://-a.example",
    "https://a.example/",
    "https://a.example/?x={region}",
    "https://a.example/{jobId}/{jobName}?b={buildId}",
    "https://a.example/{build}",
    "https://{region}.example/",
    "https://a.example/|x>y",
    "https://a.example/#x",
    "https://a.example/a b",
    "https://构建.example/",
    `https://${"a".repeat(64)}.example/`,
    `https://a.example/${"a".repeat(300)}/`,
    `https://ci:${canary}@a.example/`,
    `https://${canary}@a.example`,
    `https://ci:a/${canary}@a.example/`,
    `https://ci:a@${canary}@a.example/`,
    "javascript:alert(1)",
  ),
  fc.tuple(fc.constantFrom("https://a.example/", "https://"), hostileText).map((parts) => parts.join("")),
  fc.webUrl(),
);
const nearlyRight: Record<string, fc.Arbitrary<unknown>> = {
  huaweiRegion: fc.constantFrom(
    "cn-north-4",
    "eu-west-101",
    "xy-z",
    "CN-NORTH-4",
    "cn_north",
    `a-${"b".repeat(70)}`,
  ),
  serviceStageEndpoint: url,
  iamEndpoint: url,
  huaweiProjectId: fc.constantFrom("0".repeat(32), "0".repeat(31), "G".repeat(32)),
  defaultChannel: fc.constantFrom(
    "C0123456789",
    "G0123456789",
    "c0123456789",
    "#builds",
    `C${"0".repeat(40)}`,
  ),
  defaultNotify: fc.constantFrom("all", "progress", "changes", "failures", "end", "none"),
  defaultThread: fc.constantFrom<unknown>(true, false, "true"),
  defaultMention: fc.array(fc.constantFrom("U0123456789", "S0123456789", "committer", "@ann", "U1,U2"), {
    maxLength: 12,
  }),
  language: fc.constantFrom("en", "zh", "de"),
  slackApiUrl: url,
  consoleUrlTemplate: url,
  pollIntervalSeconds: fc.constantFrom<unknown>(5, 15, 60, 7, 0, "15"),
  jobPollSeconds: fc.constantFrom<unknown>(15, 60, 300, 5, 90, 0, "60"),
  keepDays: fc.constantFrom<unknown>(1, 365, 366, 0.5, "30"),
  abandonAfterHours: fc.constantFrom<unknown>(1, 168, 169, -1),
  shards: fc.constantFrom<unknown>(1, 16, 17, 0),
  authorization: fc.constantFrom("iam", "token", "none"),
  apiRequestsPerSecond: fc.constantFrom<unknown>(1, 10_000, 10_001),
  apiBurst: fc.constantFrom<unknown>(1, 5_000, 5_001),
  logRetentionDays: fc.constantFrom<unknown>(1, 30, 31, 9_999),
  alarmEmail: fc.oneof(
    fc.constantFrom("on-call@example.com", "a@b", "a b@c.example", `${"a".repeat(250)}@b.example`),
    fc.emailAddress(),
  ),
  runbookUrl: url,
  removalPolicy: fc.constantFrom("retain", "destroy", "snapshot"),
};
const names = Object.keys(nearlyRight);
const token = `xoxb-0123456789-${canary}`;

const changed = fc
  .array(
    fc
      .constantFrom(...names)
      .chain((name) =>
        fc
          .oneof(
            { weight: 8, arbitrary: nearlyRight[name]! },
            { weight: 2, arbitrary: hostileValue },
            { weight: 1, arbitrary: fc.constantFrom<unknown>(token, [token], { token }) },
          )
          .map((value) => [name, value] as const),
      ),
    { maxLength: 5 },
  )
  .map((entries) => Object.fromEntries(entries) as Record<string, unknown>);
const settings = fc
  .record({
    changed,
    strays: fc.dictionary(
      fc.constantFrom("shard", "defaultChanel", "colour", "toString", "x y"),
      hostileValue,
      {
        maxKeys: 1,
      },
    ),
    hasRegion: fc.oneof(
      { weight: 9, arbitrary: fc.constant(true) },
      { weight: 1, arbitrary: fc.constant(false) },
    ),
  })
  .map(({ changed, strays, hasRegion }): Record<string, unknown> => ({
    ...(hasRegion && { huaweiRegion: "cn-north-4" }),
    ...changed,
    ...strays,
  }));

export type Parse = (given: unknown) => Settings;

/** Long enough to find the value, and short enough for a terminal. */
const faultChars = 1_500;

export function createSettings(parseSettings: Parse = parse): Target<Record<string, unknown>> {
  return {
    name: "settings",
    cases: 5_000,
    arbitrary: settings,
    async check(given) {
      try {
        return faultOfAccepted(parseSettings(given));
      } catch (error) {
        return error instanceof SettingsError ? faultOfRefusal(error, given) : `it throws ${String(error)}`;
      }
    },
  };
}

function faultOfRefusal(
  { message, faults }: SettingsError,
  given: Record<string, unknown>,
): string | undefined {
  if (message.includes(canary)) return `an error shows a secret: ${message.replaceAll(canary, "…")}`;
  if (faults.length === 0) return "nothing is named";
  const keys = faults.map((fault) => fault.split(/ is (?:no setting|)/)[0]!);
  if (new Set(faults).size < faults.length) return `a fault is listed twice: ${message}`;
  const unknown = keys.find((key) => !Object.hasOwn(given, key) && key !== "huaweiRegion");
  if (unknown !== undefined) return `${unknown} was not given: ${message}`;
  const long = faults.find((fault) => fault.length > faultChars || fault.includes("\n"));
  return long === undefined ? undefined : `a fault is no line: ${long}`;
}

/** Lambda's limit for all variables of a function. The names and ARNs of resources need a part of it. */
const environmentBytes = 4 * 1024 - 512;
const descriptionChars = 1_024 - 200;

/** The functions, Slack, IAM and the alarms must be able to use the settings. */
function faultOfAccepted(settings: Settings): string | undefined {
  const environment = environmentOf(settings);
  const bytes = Object.entries(environment).join("").length;
  if (bytes > environmentBytes) return `the environment has ${bytes} bytes`;
  const poll = readPollEnvironment(environment);
  readApiEnvironment(environment);
  for (const address of [poll.serviceStageEndpoint, poll.iamEndpoint, poll.slackApiUrl]) {
    const { protocol, username, password, search, hash } = new URL(`${address}v3/auth`);
    if (protocol !== "https:" || username || password || search || hash)
      return `no call can go to ${address}`;
  }
  if ((settings.runbookUrl ?? "").length > descriptionChars)
    return "an alarm can't hold the runbook's address";
  const build = someBuild({ details: { jobId: "j/1", jobName: "a|b>&c" } });
  const { attachments } = renderCard(build, {
    region: poll.huaweiRegion,
    consoleUrlTemplate: poll.consoleUrlTemplate,
  });
  const [, link = ""] = /<(https:[^|>\s]*)\|[^|>]*>/.exec(JSON.stringify(attachments)) ?? [];
  if (!URL.canParse(link.replaceAll("&amp;", "&"))) return `the card's link is ${link}`;
  const parts = [settings.alarmEmail, settings.huaweiProjectId, settings.defaultChannel];
  return parts.some((part) => part !== undefined && !/^[\x21-\x7E]+$/.test(part))
    ? `something can't be written: ${JSON.stringify(parts)}`
    : undefined;
}

/** The environment as the stack sets it. */
const environmentOf = (settings: Settings): Record<string, string> =>
  Object.fromEntries(
    Object.entries({ ...settings, tableName: "table", credentialsSecretId: "secret" }).flatMap(
      ([key, value]) => {
        const name = environmentNames[key as keyof typeof environmentNames];
        return name === undefined || value === undefined ? [] : [[name, String(value)]];
      },
    ),
  );
