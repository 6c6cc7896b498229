import { findFaults, type Content } from "./limits.ts";

/** The state of the local Slack: channels with messages, and the API's methods that read and change them. */

export interface ChannelSettings {
  id: string;
  name: string;
  /** Whether the bot was invited. Default: true. */
  member?: boolean;
  archived?: boolean;
}

export interface StoredMessage extends Content {
  type: "message";
  ts: string;
  user: string;
  text: string;
  thread_ts?: string;
  /** `thread_broadcast` for a reply that also appears in the channel. */
  subtype?: string;
  client_msg_id?: string;
  metadata?: { event_type: string; event_payload: Record<string, unknown> };
  edited?: { user: string; ts: string };
  /** Oldest first. */
  replies: StoredMessage[];
}

export interface Channel extends Required<ChannelSettings> {
  /** Top-level messages, oldest first. */
  messages: StoredMessage[];
}

export interface SlackEvent {
  kind: "posted" | "edited" | "deleted";
  channel: Channel;
  message: StoredMessage;
  /** The first message of the thread, for a reply. */
  parent?: StoredMessage;
}

/** An answer with `ok: false`. */
export class SlackRefusal extends Error {
  readonly details: string[];
  constructor(code: string, details: string[] = []) {
    super(code);
    this.details = details;
  }
}

export type Args = Record<string, unknown>;

export interface WorkspaceSettings {
  channels: ChannelSettings[];
  /** Whether a repeated `client_msg_id` returns the existing message. Slack does not promise this. */
  honourClientMsgId?: boolean;
  now: () => number;
  emit: (event: SlackEvent) => void;
}

const bot = "UBUILDBOT";

export function createWorkspace({ channels: settings, honourClientMsgId, now, emit }: WorkspaceSettings) {
  const channels = new Map(settings.map((channel) => [channel.id, createChannel(channel)]));
  let lastMicros = 0;

  const nextTs = (): string => {
    lastMicros = Math.max(lastMicros + 1, now() * 1_000);
    return (lastMicros / 1_000_000).toFixed(6);
  };

  function channelOf(args: Args): Channel {
    const channel = channels.get(String(args["channel"]));
    if (!channel) throw new SlackRefusal("channel_not_found");
    return channel;
  }

  function writableChannelOf(args: Args): Channel {
    const channel = channelOf(args);
    if (!channel.member) throw new SlackRefusal("not_in_channel");
    if (channel.archived) throw new SlackRefusal("is_archived");
    return channel;
  }

  function postMessage(args: Args) {
    const channel = writableChannelOf(args);
    const parent = args["thread_ts"] === undefined ? undefined : topLevel(channel, args["thread_ts"]);
    if (args["thread_ts"] !== undefined && !parent) throw new SlackRefusal("thread_not_found");
    const content = contentOf(args);
    const repeated = honourClientMsgId && byClientMsgId(channel, args["client_msg_id"]);
    const message =
      repeated || store(channel, parent, { ...content, ...markOf(args) }, isTrue(args, "reply_broadcast"));
    return { channel: channel.id, ts: message.ts, message: shown(message, true) };
  }

  function store(channel: Channel, parent: StoredMessage | undefined, content: Filled, broadcast: boolean) {
    const message: StoredMessage = {
      ...content,
      type: "message",
      ts: nextTs(),
      user: bot,
      replies: [],
      ...(parent && { thread_ts: parent.ts }),
      ...(parent && broadcast && { subtype: "thread_broadcast" }),
    };
    (parent?.replies ?? channel.messages).push(message);
    emit({ kind: "posted", channel, message, ...(parent && { parent }) });
    return message;
  }

  function update(args: Args) {
    const channel = writableChannelOf(args);
    const { message, parent } = find(channel, args["ts"]);
    const content = contentOf(args);
    delete message.blocks;
    delete message.attachments;
    Object.assign(message, content);
    if (!content.blocks) message.edited = { user: bot, ts: nextTs() };
    emit({ kind: "edited", channel, message, ...(parent && { parent }) });
    return { channel: channel.id, ts: message.ts, text: message.text, message: shown(message, true) };
  }

  /** Deletes a message with its whole thread, as a person can in Slack. */
  function remove(args: Args) {
    const channel = channelOf(args);
    const { message, parent } = find(channel, args["ts"]);
    const list = parent?.replies ?? channel.messages;
    list.splice(list.indexOf(message), 1);
    emit({ kind: "deleted", channel, message, ...(parent && { parent }) });
    return { channel: channel.id, ts: message.ts };
  }

  function history(args: Args) {
    const channel = readableChannelOf(args);
    const broadcasts = channel.messages.flatMap(({ replies }) =>
      replies.filter(({ subtype }) => subtype === "thread_broadcast"),
    );
    const newestFirst = [...channel.messages, ...broadcasts].toSorted((a, b) => Number(b.ts) - Number(a.ts));
    return paged(newestFirst.filter(isWithin(args)), args);
  }

  function replies(args: Args) {
    const parent = topLevel(readableChannelOf(args), args["ts"]);
    if (!parent) throw new SlackRefusal("thread_not_found");
    return paged([parent, ...parent.replies.filter(isWithin(args))], args);
  }

  function readableChannelOf(args: Args): Channel {
    const channel = channelOf(args);
    if (!channel.member) throw new SlackRefusal("not_in_channel");
    return channel;
  }

  function info(args: Args) {
    const { id, name, member, archived } = channelOf(args);
    return { channel: { id, name, is_channel: true, is_member: member, is_archived: archived } };
  }

  function permalink(args: Args) {
    const channel = channelOf(args);
    const { message } = find(channel, args["message_ts"]);
    const path = `archives/${channel.id}/p${message.ts.replace(".", "")}`;
    return { channel: channel.id, permalink: `https://local.slack.invalid/${path}` };
  }

  const methods: Record<string, (args: Args) => object> = {
    "auth.test": () => ({
      user_id: bot,
      user: "build-notifier",
      team: "Local",
      url: "https://local.slack.invalid/",
    }),
    "chat.postMessage": postMessage,
    "chat.update": update,
    "chat.delete": remove,
    "chat.getPermalink": permalink,
    "conversations.history": history,
    "conversations.replies": replies,
    "conversations.info": info,
  };
  return { channels, methods };
}

const createChannel = (settings: ChannelSettings): Channel => ({
  member: true,
  archived: false,
  ...settings,
  messages: [],
});

const topLevel = (channel: Channel, ts: unknown): StoredMessage | undefined =>
  channel.messages.find((message) => message.ts === ts);

function find(channel: Channel, ts: unknown): { message: StoredMessage; parent?: StoredMessage } {
  const message = topLevel(channel, ts);
  if (message) return { message };
  for (const parent of channel.messages) {
    const reply = parent.replies.find((reply) => reply.ts === ts);
    if (reply) return { message: reply, parent };
  }
  throw new SlackRefusal("message_not_found");
}

const byClientMsgId = (channel: Channel, id: unknown): StoredMessage | undefined =>
  id === undefined
    ? undefined
    : channel.messages
        .flatMap((top) => [top, ...top.replies])
        .find((message) => message.client_msg_id === id);

type Filled = Content & { text: string };

/** @throws {SlackRefusal} for content over Slack's limits */
function contentOf({ text, blocks, attachments }: Args): Filled {
  const [fault] = findFaults({ text, blocks, attachments });
  if (fault) throw new SlackRefusal(fault.error, [fault.detail]);
  return {
    text: typeof text === "string" ? text : "",
    ...(blocks !== undefined && { blocks }),
    ...(attachments !== undefined && { attachments }),
  };
}

function markOf({ client_msg_id, metadata }: Args): Pick<StoredMessage, "client_msg_id" | "metadata"> {
  const id = typeof client_msg_id === "string" ? { client_msg_id } : {};
  if (metadata === undefined) return id;
  const { event_type, event_payload } = metadata as Partial<NonNullable<StoredMessage["metadata"]>>;
  if (typeof event_type !== "string" || typeof event_payload !== "object") {
    throw new SlackRefusal("invalid_metadata_format");
  }
  if (JSON.stringify(metadata).length > 8_000) throw new SlackRefusal("metadata_too_large");
  return { ...id, metadata: { event_type, event_payload } };
}

const textOf = (args: Args, name: string): string => {
  const value = args[name];
  return typeof value === "string" ? value : "";
};

const isTrue = (args: Args, name: string): boolean => String(args[name]) === "true";

const isWithin =
  ({ oldest, latest }: Args) =>
  ({ ts }: StoredMessage): boolean =>
    Number(ts) > Number(oldest ?? 0) && Number(ts) < Number(latest ?? Infinity);

/** A cursor is the position of the page's first message. */
function paged(messages: StoredMessage[], args: Args) {
  const start = Number(Buffer.from(textOf(args, "cursor"), "base64").toString() || 0);
  if (!Number.isSafeInteger(start)) throw new SlackRefusal("invalid_cursor");
  const end = start + Math.min(Math.max(Number(args["limit"] ?? 100), 1), 999);
  const hasMore = end < messages.length;
  return {
    messages: messages
      .slice(start, end)
      .map((message) => shown(message, isTrue(args, "include_all_metadata"))),
    has_more: hasMore,
    response_metadata: { next_cursor: hasMore ? Buffer.from(String(end)).toString("base64") : "" },
  };
}

function shown({ replies, metadata, ...message }: StoredMessage, withMetadata: boolean) {
  return {
    ...message,
    ...(replies.length > 0 && { thread_ts: message.ts, reply_count: replies.length }),
    ...(withMetadata && metadata && { metadata }),
  };
}
