import type { RegistrationsView } from "../../lambda/builds-api/schemas.ts";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { StoredMessage } from "../../local/slack/workspace.ts";
import { canary, localSigningSecret } from "../../local/canary.ts";
import { sendToApp } from "../../local/slack/send.ts";
import { parseLocalSettings } from "../../local/settings.ts";
import { playedBuilds, startLocalSystem, type LocalSystem } from "../../local/system.ts";
import { until } from "../until.ts";

/** The whole product over real HTTP, with the deployed handlers and the real SDKs. Builds are polled every second. */

const steppedChannel = "C0SEARCH001";
const headlines = {
  succeeds: /^✅ Succeeded/,
  fails: /^❌ Failed/,
  cancelled: /^🚫 Cancelled/,
  timesout: /^⏰ Timed out/,
};
/** The words of the replies for ServiceStage's states. */
const words: Record<string, string> = {
  NotStarted: "Not started",
  Successful: "Succeeded",
  Failed: "Failed",
  Timeout: "Timed out",
  Cancel: "Cancelled",
};
let system: LocalSystem;

beforeAll(async () => {
  const settings = parseLocalSettings([], { PORT: "0" });
  system = await startLocalSystem(settings, { speed: 4, apiToken: `${canary}-api-token` });
  system.startTicking((error) => {
    throw error;
  });
  // These builds run during the first test.
  for (const kind of Object.keys(headlines)) {
    const channel = kind === "fails" ? steppedChannel : system.defaultChannel;
    await call("PUT", `${kind}-9`, { channel });
  }
});
afterAll(() => system.close());

async function call(method: string, buildId: string, body?: object) {
  const response = await fetch(`${system.apiUrl}/builds/${buildId}`, {
    method,
    headers: { authorization: `Bearer ${system.apiToken}`, "content-type": "application/json" },
    ...(body && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, body: text ? (JSON.parse(text) as Record<string, unknown>) : undefined };
}

const untilTold = (buildId: string) =>
  until(async () => {
    const { registrations } = (await call("GET", buildId)).body as unknown as RegistrationsView;
    const [{ status, pending } = registrations[0]!, ...others] = registrations;
    expect(others).toEqual([]);
    return status !== "tracking" && pending.length === 0 ? registrations[0] : undefined;
  });

const cardsOf = (title: string): StoredMessage[] =>
  [system.defaultChannel, steppedChannel]
    .flatMap((channel) => system.slack!.channel(channel).messages)
    .filter(({ text, thread_ts }) => !thread_ts && text.includes(title));

/** The transitions that the replies under the card name, in order, such as "Build: Running → Failed". */
const arrowsUnder = (card: StoredMessage): string[] =>
  card.replies.flatMap(({ text }) =>
    [...text.matchAll(/\*(\w+)\*: (Not started|\w+) → (Timed out|\w+)/g)].map(
      ([, phase, from, to]) => `${phase}: ${from} → ${to}`,
    ),
  );

test("the thread of a build that a test moves step by step contains exactly its transitions, in order, under one card", async () => {
  const set = (step: string) =>
    system.serviceStage!.setPhases(
      "stepped",
      step.split(" ").map((entry) => ({ name: entry.split(":")[0]!, state: entry.split(":")[1]! })),
      { job_name: "stepped-by-hand", committer: "Ada Lovelace" },
    );
  const untilArrows = (count: number) =>
    until(async () => {
      const [card] = cardsOf("stepped-by-hand");
      return card && arrowsUnder(card).length >= count ? card : undefined;
    });

  set("Init:NotStarted");
  expect((await call("PUT", "stepped", { channel: steppedChannel, mention: "committer" })).status).toBe(201);
  await untilArrows(0);
  for (const [step, arrows] of [
    ["Init:Queuing", 1],
    ["Init:Building", 2],
    ["Init:Successful Download:Building", 4],
    ["Build:Queuing Init:Successful Download:Successful PreProcess:Building", 7],
    ["Init:Successful Download:Successful PreProcess:Successful Build:Failed Artifact:Building", 10],
    ["Download:Successful Build:Building Artifact:Building", 11],
    ["Init:Successful Download:Successful PreProcess:Successful Build:Failed Artifact:Cancel", 13],
  ] as const) {
    set(step);
    await untilArrows(arrows);
  }
  await untilTold("stepped");

  const cards = cardsOf("stepped-by-hand");
  expect(cards).toHaveLength(1);
  expect(arrowsUnder(cards[0]!)).toEqual([
    "Init: Not started → Queued",
    "Init: Queued → Running",
    "Init: Running → Succeeded",
    "Download: Not started → Running",
    "Download: Running → Succeeded",
    "PreProcess: Not started → Running",
    "Build: Not started → Queued",
    "PreProcess: Running → Succeeded",
    "Build: Queued → Failed",
    "Artifact: Not started → Running",
    "Build: Failed → Running",
    "Build: Running → Failed",
    "Artifact: Running → Cancelled",
  ]);
  expect(cards[0]!.text).toMatch(/^❌ Failed: stepped-by-hand/);
  expect(cards[0]!.replies.at(-1)!.text).toContain(
    "Committed by Ada Lovelace. Is this you? Type `/builds me Ada Lovelace` to be mentioned from now on.",
  );
});

describe("a sample build", () => {
  test.each(Object.entries(headlines))(
    "%s: the thread contains every observed transition once, without a gap, and the card says how the build ended",
    async (kind, headline) => {
      const { job_name } = playedBuilds[kind]!.details;
      const shown = await untilTold(`${kind}-9`);
      const cards = cardsOf(job_name);
      expect(cards).toHaveLength(1);
      expect(cards[0]!.text).toMatch(headline);

      const states = new Map<string, string>();
      for (const arrow of arrowsUnder(cards[0]!)) {
        const [phase, from, to] = arrow.split(/: | → /) as [string, string, string];
        expect([arrow, states.get(phase) ?? "Not started"]).toEqual([arrow, from]);
        states.set(phase, to);
      }
      const phases = shown["phases"] as { name: string; state: string }[];
      expect(phases.map(({ name }) => [name, states.get(name) ?? "Not started"])).toEqual(
        phases.map(({ name, state }) => [name, words[state]]),
      );
    },
  );
});

describe("a command in Slack, signed and sent over HTTP,", () => {
  const type = (text: string, signingSecret = localSigningSecret) =>
    sendToApp(
      `${system.apiUrl}/slack`,
      {
        command: "/builds",
        text,
        channel_id: steppedChannel,
        channel_name: "search-team",
        user_id: "U0JONAS001",
        response_url: `${new URL(system.slack!.url).origin}/commands/T1/${encodeURIComponent(text)}`,
      },
      signingSecret,
    );
  const replyTo = (text: string) =>
    until(async () =>
      system.slack!.replies.find(({ responseUrl }) => responseUrl.endsWith(`/${encodeURIComponent(text)}`)),
    );

  test("subscribes the channel, which sees who did it", async () => {
    const answer = await type("subscribe webshop-search");
    expect({ status: answer.status, text: await answer.text() }).toEqual({ status: 200, text: "" });
    const { body } = await replyTo("subscribe webshop-search");
    expect(body).toEqual({
      response_type: "in_channel",
      text: expect.stringContaining("<@U0JONAS001> subscribed this channel to *webshop-search*"),
    });
    await type("list");
    expect((await replyTo("list")).body["text"]).toContain("*webshop-search* · every change");
  });

  test("links the caller with a committer's name, which only the caller sees", async () => {
    await type("me Ada Lovelace");
    await replyTo("me Ada Lovelace");
    await type("me");
    expect((await replyTo("me")).body).toEqual({
      response_type: "ephemeral",
      text: "*Your names as a committer:*\n• ada lovelace",
    });
  });

  test("is answered at once if nobody has to be asked", async () => {
    const answer = await type("help");
    expect(await answer.json()).toMatchObject({ response_type: "ephemeral" });
  });

  test("is refused if another secret signed it", async () => {
    expect((await type("subscribe webshop-search", "0123456789abcdef")).status).toBe(401);
  });
});
