import { randomUUID } from "node:crypto";
import type { ServerResponse } from "node:http";

/** The faults of the simulated ServiceStage. */

/**
 * `down`: closes the connection before the answer. The client tries again once, so only two of these make a read fail.
 * `cut`: closes the connection in the middle of the answer. `hang`: never answers. `answer`: sends the given answer. The
 * other kinds send a ready-made answer.
 */
export type Fault = {
  /** Only for requests with this text in the path, such as a build's ID or `/v3/auth`. Default: for all requests. */
  path?: string;
  /** Only for requests with this method. Default: for all. */
  method?: string;
  /** For so many requests. Default: until the fault is removed. */
  times?: number;
} & ({ kind: "down" | "cut" | "hang" | FaultyAnswer } | ({ kind: "answer" } & Answer));

export type FaultyAnswer = keyof typeof answers;

export interface Answer {
  status: number;
  /** Text is sent unchanged, anything else as JSON. */
  body?: unknown;
  headers?: Record<string, string>;
}

/** An error in the form of the gateway that stands before the services. */
export const gatewayError = (status: number, code: string, message: string): Answer => ({
  status,
  body: { error_code: code, error_msg: message, request_id: randomUUID().replaceAll("-", "") },
});

/** An error in the form of ServiceStage itself. */
export const serviceError = (status: number, code: string, message: string): Answer => ({
  status,
  body: { errorCode: code, errorMessage: message, detail: "" },
});

const answers = {
  throttled: gatewayError(429, "APIGW.0308", "The throttling threshold has been reached"),
  refused: gatewayError(401, "APIGW.0301", "Incorrect IAM authentication information"),
  forbidden: serviceError(403, "SVCSTG.CPE.4030001", "Insufficient permissions"),
  error: serviceError(500, "SVCSTG.CPE.5004401", "Internal error"),
  html: { status: 502, body: "<html><h1>502 Bad Gateway</h1></html>" },
  redirect: { status: 302, headers: { Location: "/login" } },
  oversized: { status: 200, body: { list: [], padding: "x".repeat(1024 * 1024) } },
} satisfies Record<string, Answer>;

export function commit(fault: Fault, response: ServerResponse): void {
  switch (fault.kind) {
    case "hang":
      return;
    case "down":
      response.destroy();
      return;
    case "cut":
      response.writeHead(200, { "Content-Type": "application/json", "Content-Length": 1_000 });
      response.write('{"total": 6, "list": [', () => response.destroy());
      return;
    case "answer":
      respond(response, fault);
      return;
    case "throttled":
    case "refused":
    case "forbidden":
    case "error":
    case "html":
    case "redirect":
    case "oversized":
      respond(response, answers[fault.kind]);
  }
}

export function respond(response: ServerResponse, { status, body = "", headers }: Answer): void {
  const isText = typeof body === "string";
  response.writeHead(status, {
    "Content-Type": isText ? "text/html" : "application/json",
    "X-Request-Id": randomUUID().replaceAll("-", ""),
    ...headers,
  });
  response.end(isText ? body : JSON.stringify(body));
}
