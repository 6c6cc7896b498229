import type { Agent, ClientRequest, IncomingHttpHeaders, IncomingMessage } from "node:http";
import * as https from "node:https";
import { codeOf, failureOfCall } from "./failure.ts";

/** An `import` of it reads its `WebSocket` too, and with that loads the whole of fetch, at every cold start. */
const http = process.getBuiltinModule("node:http");

/** The documented answers have a few kilobytes. */
export const maxAnswerBytes = 256 * 1024;
/** Huawei's pages name tokens of more than 20,000 characters, and IAM answers them in a header; Node takes 16 KB. */
const maxHeaderSize = 64 * 1024;

export interface HttpRequest {
  method: "GET" | "POST";
  url: URL;
  headers: Record<string, string>;
  body?: string;
}

export interface HttpAnswer {
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
  /** There was more than the call's `maxBytes`: the rest was not read. */
  cutOff: boolean;
}

/**
 * One call, whatever the status of its answer; a redirect is an answer too and not followed.
 * @param about what the call is for, such as `build abc`, to begin an error's message
 * @param timeoutMillis for everything, the last byte of the body included
 * @param maxBytes of the body; a longer one is cut off
 * @throws {ServiceStageError} `unavailable` when there was no answer, or only a part of one
 */
export async function exchange(
  request: HttpRequest,
  about: string,
  timeoutMillis: number,
  maxBytes = maxAnswerBytes,
): Promise<HttpAnswer> {
  const limit = limitTime(timeoutMillis);
  try {
    return await Promise.race([limit.over, sendAndRead(request, limit, maxBytes)]);
  } catch (error) {
    throw failureOfCall(error, about, request.url.host, limit.isOver);
  } finally {
    limit.end();
  }
}

async function sendAndRead(request: HttpRequest, limit: TimeLimit, maxBytes: number): Promise<HttpAnswer> {
  const response = await sendAgainAfterReset(request, limit);
  const { statusCode: status = 0, headers } = response;
  return { status, headers, ...(await readText(response, maxBytes)) };
}

interface TimeLimit {
  readonly isOver: boolean;
  /** Rejects once the time is over, whether or not Node tells the end of the call: it does not in all cases. */
  readonly over: Promise<never>;
  /** The call that is broken off once the time is over. */
  call?: ClientRequest;
  end(): void;
}

/** A timer in place of an AbortSignal, which costs as much as the rest of a call. */
function limitTime(timeoutMillis: number): TimeLimit {
  const { promise: over, reject } = Promise.withResolvers<never>();
  let isOver = false;
  const timer = setTimeout(() => {
    isOver = true;
    limit.call?.destroy();
    reject(new Error("The time is over"));
  }, timeoutMillis);
  const limit: TimeLimit = {
    get isOver() {
      return isOver;
    },
    over,
    end: () => clearTimeout(timer),
  };
  return limit;
}

/** Connections live on from pass to pass, so that a pass need not open its own. */
const agents = {
  "http:": new http.Agent({ keepAlive: true }),
  "https:": new https.Agent({ keepAlive: true }),
};

/**
 * A Lambda that was frozen wakes with connections which the other side closed meanwhile, and only using one shows it.
 * So a GET is made again. A POST may have been done, and is never made twice: it opens a connection of its own.
 */
async function sendAgainAfterReset(request: HttpRequest, limit: TimeLimit): Promise<IncomingMessage> {
  if (request.method !== "GET") return send(request, limit, false);
  try {
    return await send(request, limit, agents[request.url.protocol as keyof typeof agents]);
  } catch (error) {
    if (limit.isOver || !["ECONNRESET", "EPIPE"].includes(codeOf(error) ?? "")) throw error;
    return send(request, limit, false);
  }
}

/** @param agent false opens a connection for this call alone */
function send({ url, body, ...options }: HttpRequest, limit: TimeLimit, agent: Agent | false) {
  const { request } = url.protocol === "https:" ? https : http;
  return new Promise<IncomingMessage>((resolve, reject) => {
    limit.call = request(url, { ...options, agent, maxHeaderSize }, resolve);
    limit.call
      .on("error", reject)
      // After `101 Switching Protocols` this is all that Node tells.
      .on("close", () => reject(closed("NO_ANSWER")))
      .end(body);
  });
}

/** An error with a code, like those of Node. */
const closed = (code: string) => Object.assign(new Error("The connection was closed"), { code });

const decoder = new TextDecoder();

function readText(response: IncomingMessage, maxBytes: number) {
  return new Promise<Pick<HttpAnswer, "text" | "cutOff">>((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    const end = (cutOff: boolean) => resolve({ text: decoder.decode(Buffer.concat(chunks)), cutOff });
    response.on("data", (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= maxBytes) {
        chunks.push(chunk);
      } else {
        end(true);
        response.destroy();
      }
    });
    response
      .on("end", () => end(false))
      .on("error", reject)
      .on("close", () => reject(closed("INCOMPLETE_ANSWER")));
  });
}
