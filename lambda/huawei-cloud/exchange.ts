import type { Agent, ClientRequest, IncomingHttpHeaders, IncomingMessage } from "node:http";
import * as https from "node:https";
import { codeOf, failureOfCall } from "./failure.ts";

/** An `import` of `node:http` would also load its `WebSocket`, and with it all of fetch, at every cold start. */
const http = process.getBuiltinModule("node:http");

/** The documented answers have a few kilobytes. */
export const maxAnswerBytes = 256 * 1024;
/** Huawei's pages mention tokens of more than 20,000 characters, which IAM sends in a header. Node's default is 16 KB. */
const maxHeaderSize = 64 * 1024;

export interface HttpRequest {
  method: "GET" | "POST" | "PATCH";
  url: URL;
  headers: Record<string, string>;
  body?: string;
}

export interface HttpAnswer {
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
  /** Whether the body was longer than the call's `maxBytes`, so that the rest was not read. */
  cutOff: boolean;
}

/**
 * Makes one call, and returns the answer with any status. A redirect is an answer too, and is not followed.
 * @param about what the call is for, such as `build abc`; error messages begin with it
 * @param timeoutMillis the limit for the whole call, to the last byte of the body
 * @param maxBytes the limit for the body; a longer body is cut off
 * @throws {ServiceStageError} `unavailable` without an answer, or with an incomplete answer
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
  /** Rejects when the time is over. Node does not always report the end of a call. */
  readonly over: Promise<never>;
  /** The call, which is stopped when the time is over. */
  call?: ClientRequest;
  end(): void;
}

/** Uses a timer, because an AbortSignal costs as much as the rest of a call. */
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

/** Connections are kept between passes, so that a pass need not open new ones. */
const agents = {
  http: new http.Agent({ keepAlive: true }),
  https: new https.Agent({ keepAlive: true }),
};

/**
 * While a Lambda is frozen, the other side may close its connections. The next call on such a connection fails. So a GET
 * is repeated once. Any other call may have been carried out, so it is never repeated, and it uses a new connection.
 */
async function sendAgainAfterReset(request: HttpRequest, limit: TimeLimit): Promise<IncomingMessage> {
  if (request.method !== "GET") return send(request, limit, false);
  try {
    return await send(request, limit, request.url.protocol === "https:" ? agents.https : agents.http);
  } catch (error) {
    if (limit.isOver || !["ECONNRESET", "EPIPE"].includes(codeOf(error) ?? "")) throw error;
    return send(request, limit, false);
  }
}

/** @param agent false opens a new connection for this call */
function send({ url, body, ...options }: HttpRequest, limit: TimeLimit, agent: Agent | false) {
  const { request } = url.protocol === "https:" ? https : http;
  return new Promise<IncomingMessage>((resolve, reject) => {
    limit.call = request(url, { ...options, agent, maxHeaderSize }, resolve);
    limit.call
      .on("error", reject)
      // After `101 Switching Protocols`, Node sends only this event.
      .on("close", () => reject(closed("NO_ANSWER")))
      .end(body);
  });
}

/** An error with a code, like Node's errors. */
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
