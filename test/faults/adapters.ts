import { messageKey, type Message } from "../../lambda/domain/delivery.ts";
import { feedId, isActiveFeed, type Feed } from "../../lambda/domain/feed.ts";
import { renderCard } from "../../lambda/slack/card.ts";
import { createSlack } from "../../lambda/slack/client.ts";
import { renderMessage } from "../../lambda/slack/messages.ts";
import { shardOf } from "../../lambda/store/item.ts";
import { createStore } from "../../lambda/store/store.ts";
import type { Slack, Store } from "../../lambda/tracking/ports.ts";
import { localBotToken } from "../../local/canary.ts";
import { createBuildsTable, localDynamoDbClient } from "../../local/dynamodb.ts";
import { createSlackServer, type SlackServer } from "../../local/slack/server.ts";
import type { Posted } from "../../testing/memory-slack.ts";
import type { Words } from "../../testing/words.ts";
import type { Scenario, WorldSlack, WorldStore } from "./world.ts";
import { silentLog } from "../../testing/silent-log.ts";
import { heldCredentials } from "../../testing/held-credentials.ts";

/** The worlds' backends on the real adapters and SDKs, over HTTP: an embedded DynamoDB and a local Slack. */

const region = "local";

/** The store, with what a world must know of it. */
function watchStore(store: Store): { store: WorldStore; words: Words } {
  const recorded = new Map<string, Message>();
  /** As the last write left them, by their ids: a message's words follow from its own registration. */
  const feeds = new Map<string, Feed>();
  /** What the index held before the last write. */
  let before: Feed[] = [];

  async function readIndex(): Promise<Feed[]> {
    const listed: Feed[] = [];
    for await (const feed of store.loadActive([shardOf("C1")], 0)) {
      if (feed instanceof Error) throw feed;
      listed.push(feed);
    }
    return listed.filter(isActiveFeed);
  }

  const watched: WorldStore = {
    ...store,
    recorded,
    readIndex: async (behind) => (behind ? before : readIndex()),
    async save(seen, feed, writer) {
      before = await readIndex();
      const saved = await store.save(seen, feed, writer);
      if (saved) feeds.set(feedId(feed), saved);
      for (const message of saved?.delivery.outbox ?? [])
        recorded.set(messageKey(feedId(feed), message), message);
      return saved;
    },
  };
  const words: Words = {
    card: (build) => renderCard(build, { region }).text,
    message: (key, message) => renderMessage(feeds.get(key.split("/")[0]!)!, message, { region }).text,
  };
  return { store: watched, words };
}

export class RealSlack implements WorldSlack {
  readonly #server: SlackServer;
  readonly #slack: Slack;
  readonly #now: () => number;
  #late: { at: number; apply: () => unknown }[] = [];

  constructor(server: SlackServer, slack: Slack, now: () => number) {
    this.#server = server;
    this.#slack = slack;
    this.#now = now;
  }

  get messages(): Posted[] {
    const { messages } = this.#server.channel("C1");
    return messages
      .flatMap((message) => [message, ...message.replies])
      .map(({ ts, text, thread_ts, metadata }) => ({
        channel: "C1",
        key: String(metadata?.event_payload["key"]),
        ts,
        says: text,
        at: Number(ts) * 1000,
        ...(thread_ts !== undefined && { thread: thread_ts }),
      }));
  }

  postCard: Slack["postCard"] = (build, form) => this.#slack.postCard(build, form);
  editCard: Slack["editCard"] = (build, form) => this.#slack.editCard(build, form);
  postMessage: Slack["postMessage"] = (feed, message, form) => this.#slack.postMessage(feed, message, form);
  readBack: Slack["readBack"] = (feed, since) => this.#slack.readBack(feed, since);

  later(millis: number, apply: () => unknown): void {
    this.#late.push({ at: this.#now() + millis, apply });
  }

  async applyLate(): Promise<void> {
    const due = this.#late.filter(({ at }) => at <= this.#now());
    this.#late = this.#late.filter(({ at }) => at > this.#now());
    for (const { apply } of due) await apply();
  }

  deleteCard(): void {
    const card = this.#server.channel("C1").messages.findLast(({ replies }) => replies.length === 0);
    if (card) this.#server.act("chat.delete", { channel: "C1", ts: card.ts });
  }
}

function forbidReadBacks(server: SlackServer): void {
  for (const method of ["conversations.history", "conversations.replies"])
    server.fail({ answer: "error", code: "missing_scope" }, { method });
}

/** Everything a run needs, on servers of its own; `close` ends them. */
export async function openAdapters(dynamoDbUrl: string, tableName: string) {
  let now = () => 0;
  const client = localDynamoDbClient(dynamoDbUrl);
  await createBuildsTable(client, tableName);
  const clock = { now: () => now() };
  const { store, words } = watchStore(createStore({ client, tableName, clock, log: silentLog }));
  const server = createSlackServer({ channels: [{ id: "C1", name: "builds" }], now: clock.now });
  const apiUrl = await server.start();
  const token = heldCredentials(localBotToken);
  const slack = createSlack({ token, apiUrl, region, log: silentLog, clock });
  return {
    backend: (worldNow: () => number, { readBacks }: Scenario) => {
      now = worldNow;
      if (readBacks === "forbidden") forbidReadBacks(server);
      return { store, slack: new RealSlack(server, slack, worldNow) };
    },
    words,
    async close() {
      await server.close();
      client.destroy();
    },
  };
}
