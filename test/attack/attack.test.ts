import { afterEach, describe, expect, test } from "@jest/globals";
import { createApiHandler } from "../../lambda/builds-api/handler.ts";
import { createAuthorizer } from "../../lambda/builds-api/authorize.ts";
import { createSlackHandler } from "../../lambda/slack-requests/handler.ts";
import { parseSecret } from "../../lambda/runtime/secret.ts";
import { createServiceStage } from "../../lambda/servicestage/client.ts";
import { parseSettings, SettingsError } from "../../lib/settings.ts";
import { messagesOf } from "../slack/places.ts";
import { targets } from "./all.ts";
import { createApiEvents } from "./api-events.ts";
import { createAuthorizations } from "./authorizations.ts";
import { openCredentials } from "./credentials.ts";
import { createNames } from "./names.ts";
import { createSecretsInLogs } from "./secrets-in-logs.ts";
import { openServiceStageAnswers } from "./service-stage-answers.ts";
import { createSettings } from "./settings.ts";
import { createSlackRequests } from "./slack-requests.ts";
import { openSlackAnswers } from "./slack-answers.ts";
import { attack, type OpenTarget, type Result, type Target } from "./target.ts";

/** A share of the cases of `npm run attack`, and a check that each target finds a planted fault. */

const seed = 20_260_105;
const share = 50;

let opened: Target | undefined;
afterEach(async () => opened?.close?.());

async function run(open: OpenTarget, part: number): Promise<Result> {
  opened = await open();
  return attack(opened, { seed, cases: Math.ceil(opened.cases / part) });
}

describe("no fault is found in", () => {
  test.each(Object.entries(targets))("%s", async (_, open) => {
    expect(await run(open, share)).not.toHaveProperty("fault");
  });
});

describe("a planted fault is found:", () => {
  test.each<[string, OpenTarget, string]>([
    [
      "an API that refuses a long body with a status of its own",
      async () =>
        createApiEvents((parts) => {
          const handle = createApiHandler(parts);
          return async (event, context) => {
            const answer = await handle(event, context);
            return answer.statusCode === 413 ? { ...answer, statusCode: 422 } : answer;
          };
        }),
      "does not document the status 422",
    ],
    [
      "an authorizer that compares the beginnings of tokens",
      async () =>
        createAuthorizations(({ apiTokens, ...parts }) => {
          const authorize = createAuthorizer({ apiTokens, ...parts });
          return async (event, context) => {
            const answer = await authorize(event, context);
            const given = event.headers?.["authorization"]?.replace(/^Bearer /, "") ?? "";
            const isBegun = (await apiTokens.read()).some((token) => token.startsWith(given.slice(0, 20)));
            return { isAuthorized: answer.isAuthorized || (given.length >= 20 && isBegun) };
          };
        }),
      "authorized: true, though it is false",
    ],
    [
      "a function for Slack that answers before it looks at the signature",
      async () =>
        createSlackRequests((parts) => {
          const handle = createSlackHandler(parts);
          return async (event, context) => {
            const answer = await handle(event, context);
            return answer?.statusCode === 401 ? { statusCode: 200 } : answer;
          };
        }),
      "an unsigned request gets 200",
    ],
    [
      "a function for Slack whose replies hold markup",
      async () =>
        createSlackRequests((parts) =>
          createSlackHandler({
            ...parts,
            postReply: (url, reply) =>
              parts.postReply(url, {
                ...reply,
                text: reply.text.replaceAll("&lt;", "<").replaceAll("`", ""),
              }),
          }),
        ),
      "an answer holds <",
    ],
    [
      "a client of ServiceStage that believes durations",
      () =>
        openServiceStageAnswers((options) => {
          const serviceStage = createServiceStage(options);
          return {
            ...serviceStage,
            fetchDetails: async (buildId) => {
              const details = await serviceStage.fetchDetails(buildId);
              return { ...details, ...(details.endedAt !== undefined && { endedAt: -details.endedAt }) };
            },
          };
        }),
      "endedAt is -",
    ],
    [
      "a client of Slack that believes every answer with ok",
      () =>
        openSlackAnswers(({ apiUrl }) => {
          const call = async (method: string) => {
            const answer = await fetch(`${apiUrl}${method}`, { method: "POST" });
            const { ok, channel, ts, error } = (await answer.json()) as Record<string, string>;
            return ok
              ? { kind: "sent" as const, receipt: { channel: channel!, ts: ts! } }
              : { kind: "destination" as const, reason: error! };
          };
          return {
            postCard: () => call("chat.postMessage"),
            editCard: () => call("chat.update"),
            postMessage: () => call("chat.postMessage"),
            readBack: async () => ({ complete: true, found: new Map() }),
          };
        }),
      "a receipt is|it throws",
    ],
    [
      "messages with unescaped text",
      async () =>
        createNames((build, language) =>
          Object.fromEntries(
            Object.entries(messagesOf(build, language)).map(([kind, rendered]) => [
              kind,
              { ...rendered, text: rendered.text.replaceAll("&lt;", "<").replaceAll("&gt;", ">") },
            ]),
          ),
        ),
      "it holds <",
    ],
    [
      "a log's end that masks what is called a password alone",
      async () =>
        createSecretsInLogs((log) =>
          log
            .replaceAll(/(password["=: ]+)\S+/gi, "$1[masked]")
            .split("\n")
            .map((line) => line.slice(0, 160).toWellFormed()),
        ),
      "the secret is shown",
    ],
    [
      "settings whose faults quote the whole value",
      async () =>
        createSettings((given) => {
          try {
            return parseSettings(given);
          } catch (error) {
            const { faults } = error as SettingsError;
            throw new SettingsError(
              "here",
              faults.map((fault) => `${fault}: ${JSON.stringify(given)}`),
            );
          }
        }),
      "an error shows a secret",
    ],
    [
      "settings that take any address",
      async () =>
        createSettings((given) => {
          const { slackApiUrl, ...others } = given as Record<string, unknown>;
          const settings = parseSettings(others);
          return typeof slackApiUrl === "string" ? { ...settings, slackApiUrl } : settings;
        }),
      "no call can go to|it throws",
    ],
    [
      "a check of the secret that quotes a wrong value",
      () =>
        openCredentials((json) => {
          const parsed = parseSecret(json);
          return {
            ...parsed,
            faults: parsed.faults.map((fault) => ({ ...fault, says: `${fault.says}: ${json}` })),
          };
        }),
      "an error shows a value",
    ],
  ])("%s", async (_, open, says) => {
    const { fault } = await run(open, 1);
    expect(fault).toMatch(new RegExp(says));
  });
});
