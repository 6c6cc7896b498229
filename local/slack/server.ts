import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { localBotToken } from "../canary.ts";
import { guard, type Handle } from "../guard.ts";
import { listen, type Listening } from "../listen.ts";
import {
  createWorkspace,
  SlackRefusal,
  type Args,
  type Channel,
  type ChannelSettings,
  type SlackEvent,
} from "./workspace.ts";

/** A local Slack Web API. It keeps messages, refuses what Slack refuses, and has faults that can be switched on. */

export interface SlackServerSettings {
  channels: ChannelSettings[];
  /** The accepted bot tokens. Default: {@link localBotToken}. */
  tokens?: string[];
  /** The app's scopes, which are in every answer. Default: the scopes that the product needs. */
  scopes?: string[];
  honourClientMsgId?: boolean;
  /** The limit of `chat.postMessage` for each channel. Default: no limit. */
  rateLimit?: { perSecond: number; burst: number };
  /** Epoch milliseconds. Default: the system's clock. */
  now?: () => number;
}

/**
 * Replaces Slack's answer. With `stores` the call has its effect first. `cut` closes the connection. `hang` never answers.
 */
export type ServerFault = { stores?: boolean } & (
  | { answer: "rateLimited"; retryAfterSeconds?: number | string }
  | { answer: "error"; code: string }
  | { answer: "status"; status: number }
  | { answer: "body"; body: string }
  | { answer: "redirect"; to: string }
  | { answer: "cut" }
  | { answer: "hang" }
);

/** The calls that get the fault. A field that is left out matches every call. */
export interface FaultScope {
  method?: string;
  channel?: string;
  /** For so many calls. Default: until the fault is cleared. */
  times?: number;
}

export interface Call {
  method: string;
  args: Args;
  /** The call's bearer token. */
  token?: string | undefined;
}

/** A later answer to a command. */
export interface Reply {
  responseUrl: string;
  body: Args;
}

export interface SlackServer {
  /** The SDK's `slackApiUrl`. @throws {Error} before the start */
  readonly url: string;
  /** Every received call, in order. */
  readonly calls: readonly Call[];
  /** What was posted to each `response_url`, in order. */
  readonly replies: readonly Reply[];
  /** @param port default: a free port. @returns the url */
  start(port?: number): Promise<string>;
  close(): Promise<void>;
  /** By id. */
  readonly channels: ReadonlyMap<string, Channel>;
  /** @throws {Error} for an unknown channel */
  channel(id: string): Channel;
  /** Does what a person can do in Slack, such as `chat.delete`. @throws {SlackRefusal} */
  act(method: string, args: Args): void;
  /** @returns a function that clears the fault */
  fail(fault: ServerFault, scope?: FaultScope): () => void;
  clearFaults(): void;
  onEvent(listener: (event: SlackEvent) => void): void;
  /** Calls the listener with every later answer to a command. */
  onReply(listener: (reply: Reply) => void): void;
}

/** The path of every `response_url`. It needs no token. */
export const replyPath = "/commands/";

const allScopes = ["chat:write", "channels:history", "groups:history", "commands"];

export function createSlackServer(settings: SlackServerSettings): SlackServer {
  const { tokens = [localBotToken], scopes = allScopes, now = Date.now } = settings;
  const listeners: ((event: SlackEvent) => void)[] = [];
  const replyListeners: ((reply: Reply) => void)[] = [];
  const calls: Call[] = [];
  const replies: Reply[] = [];
  const faults = createFaults();
  const emit = (event: SlackEvent) => listeners.forEach((listener) => listener(event));
  const { channels, methods } = createWorkspace({ ...settings, now, emit });
  const isTooFast = createRateLimit(settings.rateLimit, now);

  function run(method: string, args: Args): object {
    const carryOut = Object.hasOwn(methods, method) ? methods[method] : undefined;
    if (!carryOut) throw new SlackRefusal("unknown_method");
    return carryOut(args);
  }

  function handle(request: IncomingMessage, response: ServerResponse, body: Buffer): void {
    const [path = ""] = request.url!.split("?");
    if (path.startsWith(replyPath)) {
      const reply = { responseUrl: `${listening!.url}${path}`, body: readArgs(request, body.toString()) };
      replies.push(reply);
      replyListeners.forEach((listener) => listener(reply));
      return void response.end("ok");
    }
    const method = path.replace("/api/", "");
    const args = readArgs(request, body.toString());
    calls.push({ method, args, token: tokenOf(request) });
    const fault = faults.take(method, args);
    if (fault) {
      if (fault.stores) run(method, args);
      return answerFault(response, fault);
    }
    authorize(tokenOf(request), tokens);
    response.setHeader("x-oauth-scopes", scopes.join(","));
    if (method === "chat.postMessage" && isTooFast(String(args["channel"]))) {
      return answerFault(response, { answer: "rateLimited" });
    }
    answer(response, { ok: true, ...run(method, args) });
  }

  let listening: Listening | undefined;
  const answerCall: Handle = (request, response, body) => {
    try {
      handle(request, response, body);
    } catch (error) {
      if (!(error instanceof SlackRefusal)) throw error;
      answerRefusal(response, error);
    }
  };
  const server = guard(createServer(), answerCall, { methods: ["GET", "POST"] });

  return {
    calls,
    replies,
    channels,
    get url() {
      if (!listening) throw new Error("The local Slack is not started");
      return `${listening.url}/api/`;
    },
    async start(port = 0) {
      listening = await listen(server, port);
      return `${listening.url}/api/`;
    },
    close: async () => listening?.close(),
    channel(id) {
      const channel = channels.get(id);
      if (!channel) throw new Error(`The local Slack has no channel ${id}`);
      return channel;
    },
    act: (method, args) => void run(method, args),
    fail: (fault, scope) => faults.add(fault, scope),
    clearFaults: () => faults.clear(),
    onEvent: (listener) => void listeners.push(listener),
    onReply: (listener) => void replyListeners.push(listener),
  };
}

function createFaults() {
  let active: { fault: ServerFault; scope: FaultScope; left: number }[] = [];
  return {
    add(fault: ServerFault, scope: FaultScope = {}) {
      const entry = { fault, scope, left: scope.times ?? Infinity };
      active.push(entry);
      return () => void (active = active.filter((other) => other !== entry));
    },
    clear: () => void (active = []),
    /** Finds the first fault for this call, and counts it down. */
    take(method: string, args: Args): ServerFault | undefined {
      const entry = active.find(
        ({ scope, left }) =>
          left > 0 &&
          (scope.method ?? method) === method &&
          (scope.channel === undefined || scope.channel === args["channel"]),
      );
      if (entry) entry.left -= 1;
      return entry?.fault;
    },
  };
}

/** Each channel has a bucket of tokens that fills again with time. */
function createRateLimit(limit: SlackServerSettings["rateLimit"], now: () => number) {
  const buckets = new Map<string, { tokens: number; at: number }>();
  return (channel: string): boolean => {
    if (!limit) return false;
    const { tokens, at } = buckets.get(channel) ?? { tokens: limit.burst, at: now() };
    const filled = Math.min(limit.burst, tokens + ((now() - at) / 1_000) * limit.perSecond);
    const isEmpty = filled < 1;
    buckets.set(channel, { tokens: isEmpty ? filled : filled - 1, at: now() });
    return isEmpty;
  };
}

const tokenOf = ({ headers }: IncomingMessage): string | undefined =>
  /^Bearer (.+)$/.exec(headers.authorization ?? "")?.[1];

function authorize(token: string | undefined, tokens: string[]): void {
  if (token === undefined) throw new SlackRefusal("not_authed");
  if (!tokens.includes(token)) throw new SlackRefusal("invalid_auth");
}

/** The SDK sends forms that contain JSON. Other callers may send JSON. */
function readArgs({ headers }: IncomingMessage, body: string): Args {
  if (headers["content-type"]?.startsWith("application/json")) {
    const args = parseJson(body);
    if (typeof args !== "object" || args === null) throw new SlackRefusal("json_not_object");
    return args as Args;
  }
  const form: Args = Object.fromEntries(new URLSearchParams(body));
  for (const name of ["blocks", "attachments", "metadata"]) {
    if (typeof form[name] === "string") form[name] = parseJson(form[name]);
  }
  return form;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new SlackRefusal("invalid_json");
  }
}

function answerFault(response: ServerResponse, fault: ServerFault): void {
  switch (fault.answer) {
    case "rateLimited": {
      response.writeHead(429, { "retry-after": String(fault.retryAfterSeconds ?? 1) });
      response.end(JSON.stringify({ ok: false, error: "ratelimited" }));
      break;
    }
    case "error":
      answerRefusal(response, new SlackRefusal(fault.code));
      break;
    case "status":
      response.writeHead(fault.status).end("upstream trouble");
      break;
    case "body":
      response.writeHead(200, { "content-type": "application/json; charset=utf-8" }).end(fault.body);
      break;
    case "redirect":
      response.writeHead(307, { location: fault.to }).end();
      break;
    case "cut":
      response.destroy();
      break;
    case "hang":
  }
}

const answerRefusal = (response: ServerResponse, { message, details }: SlackRefusal): void =>
  answer(response, {
    ok: false,
    error: message,
    ...(details.length > 0 && { response_metadata: { messages: details } }),
  });

const answer = (response: ServerResponse, body: object): void =>
  void response
    .writeHead(200, { "content-type": "application/json; charset=utf-8" })
    .end(JSON.stringify(body));
