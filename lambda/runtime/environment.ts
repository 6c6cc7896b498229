import * as z from "zod/mini";
import type { Action } from "../domain/action.ts";
import {
  environmentNames,
  isTimeZone,
  jobPollIntervals,
  languages,
  minutesOf,
  notifications,
  pollIntervals,
  slackActions,
  slackIds,
  weekdays,
  type SlackActions,
} from "../names.ts";

/** Reads the functions' environment once. One error reports all problems. */

const text = z.string("is missing");
const url = z
  .string("is missing")
  .check(z.refine(isProtected, "is not an https URL (http works only for this machine)"));
const wholeNumber = (least: number, most: number) => {
  const error = `is not a whole number from ${least} to ${most}`;
  return z.coerce.number(error).check(z.int(error), z.gte(least, error), z.lte(most, error));
};

const oneOf = (numbers: readonly number[]) =>
  z.coerce
    .number()
    .check(z.refine((value) => numbers.includes(value), `is not one of ${numbers.join(", ")}`));
const slackApiUrl = z._default(url, "https://slack.com/api/");

const settings = {
  keepDays: z._default(wholeNumber(1, 3650), 30),
  abandonAfterHours: z._default(wholeNumber(1, 720), 24),
};

/** What a function needs to call ServiceStage. */
const serviceStageVariables = {
  credentialsSecretId: text,
  serviceStageEndpoint: url,
  iamEndpoint: url,
  huaweiRegion: text,
  huaweiProjectId: z.optional(text),
};

const language = z._default(z.enum(languages, `is not one of ${languages.join(", ")}`), languages[0]);

const allowed = z._default(
  z.enum(slackActions, `is not one of ${slackActions.map((each) => `"${each}"`).join(", ")}`),
  slackActions[0],
);

/** What a function needs to register builds and to subscribe channels for its callers. */
const callersVariables = {
  tableName: text,
  ...serviceStageVariables,
  slackApiUrl,
  defaultChannel: z.optional(text),
  defaultNotify: z.optional(z.enum(notifications, `is not one of ${notifications.join(", ")}`)),
  defaultThread: z.optional(z.stringbool({ error: "is not true or false" })),
  defaultMention: z.optional(
    z.pipe(
      text,
      z.transform((ids) => ids.split(",")),
    ),
  ),
  ...settings,
};

const apiVariables = z.object(callersVariables);

const slackVariables = z.object({ ...callersVariables, functionName: text, language, slackActions: allowed });

const authorizerVariables = z.object({ credentialsSecretId: text });

/** Undefined for a text of another form than `C0123456789 monday 09:00 Europe/Berlin`. */
function parseDigest(text: string) {
  const [channel = "", day, time = "", zone = ""] = text.split(" ");
  const [dayNumber, minutes] = [weekdays.findIndex((each) => each === day), minutesOf(time)];
  const isValid = slackIds.channel.test(channel) && dayNumber !== -1 && isTimeZone(zone);
  return isValid && minutes !== undefined ? { channel, day: dayNumber, minutes, zone } : undefined;
}

const parseDigests = (list: string) => list.split(",").map(parseDigest);

const digests = z._default(
  z.pipe(
    text.check(
      z.refine(
        (list) => !parseDigests(list).includes(undefined),
        "is not a list of digests such as C0123456789 monday 09:00 Europe/Berlin",
      ),
    ),
    z.transform((list) => parseDigests(list).filter((each) => each !== undefined)),
  ),
  [],
);

const pollVariables = z.object({
  tableName: text,
  ...serviceStageVariables,
  slackApiUrl,
  consoleUrlTemplate: z.optional(text),
  /** Only the doctor uses it: it checks whether the bot is in the channel. */
  defaultChannel: z.optional(text),
  pollIntervalSeconds: z._default(oneOf(pollIntervals), 15),
  jobPollSeconds: z._default(oneOf(jobPollIntervals), 60),
  language,
  slackActions: allowed,
  digests,
  ...settings,
});

/** @throws {Error} with every missing or wrong variable, and its valid values */
export const readApiEnvironment = (env = process.env) => read(apiVariables, env);

/** @throws {Error} like {@link readApiEnvironment} */
export const readSlackEnvironment = (env = process.env) => read(slackVariables, env);

/** @throws {Error} like {@link readApiEnvironment} */
export const readAuthorizerEnvironment = (env = process.env) => read(authorizerVariables, env);

/** @throws {Error} like {@link readApiEnvironment} */
export const readPollEnvironment = (env = process.env) => read(pollVariables, env);

/** Whether data for this address is protected on its way: by https, or because it stays on this machine. */
export function isProtected(address: string): boolean {
  const { protocol, hostname } = URL.parse(address) ?? {};
  return protocol === "https:" || (protocol === "http:" && loopback.has(hostname ?? ""));
}

const loopback = new Set(["localhost", "127.0.0.1", "[::1]"]);

const variables = new Map<unknown, string>(Object.entries(environmentNames));

function read<T extends z.core.$ZodShape>(schema: z.ZodMiniObject<T>, env: NodeJS.ProcessEnv) {
  // An empty variable counts as missing.
  const values = Object.fromEntries(
    [...variables].map(([name, variable]) => [name, env[variable] || undefined]),
  );
  const result = z.safeParse(schema, values);
  if (result.success) return result.data;
  const faults = result.error.issues.map(({ path, message }) => `${variables.get(path[0])} ${message}`);
  throw new Error(
    `The function's environment has errors: ${faults.join("; ")}. The stack sets these variables: deploy it again.`,
  );
}

/** The defaults for fields that a registration's body leaves out. */
export const defaultsOf = (environment: ReturnType<typeof readApiEnvironment>) => ({
  channel: environment.defaultChannel,
  notify: environment.defaultNotify,
  thread: environment.defaultThread,
  mention: environment.defaultMention,
});

/** Where ServiceStage is, and what of it is meant. */
export const serviceStageOf = ({
  serviceStageEndpoint: endpoint,
  iamEndpoint,
  huaweiRegion: region,
  huaweiProjectId: projectId,
}: Pick<
  ReturnType<typeof readApiEnvironment>,
  "serviceStageEndpoint" | "iamEndpoint" | "huaweiRegion" | "huaweiProjectId"
>) => ({ endpoint, iamEndpoint, region, projectId });

const inServiceStage: Record<SlackActions, Action[]> = {
  none: [],
  cancel: ["cancel"],
  "cancel, start": ["cancel", "start"],
};

/** What the buttons of a card may do. */
export const actionsOf = (environment: { slackActions: SlackActions }): Action[] => [
  "mute",
  "stop",
  ...inServiceStage[environment.slackActions],
];

/** The settings in the domain's units. */
export const retentionOf = ({
  keepDays,
  abandonAfterHours,
}: {
  keepDays: number;
  abandonAfterHours: number;
}) => ({
  keepMillis: keepDays * 24 * 3_600_000,
  abandonAfterMillis: abandonAfterHours * 3_600_000,
});
