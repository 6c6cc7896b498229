import type { IncomingMessage, Server, ServerResponse } from "node:http";

/**
 * Protects every listener on this machine. Any page in a browser can send requests to this machine, even under a domain
 * name that leads to this machine. So the guard lets a request through only if it names this listener and comes from no
 * other site. No request can end the process.
 */

/** @param body the whole body */
export type Handle = (request: IncomingMessage, response: ServerResponse, body: Buffer) => unknown;

export interface Rules {
  /** Such as `POST`. Other methods are answered with 405. */
  methods: readonly string[];
  /** The only access key that may call, with AWS's signature. By default no signature is needed. */
  accessKeyId?: string | undefined;
  /** Receives the handler's error. The caller does not see this error. */
  onError?: ((error: unknown) => void) | undefined;
}

/** API Gateway's limit, 10 MB. No other listener needs more. */
export const maxBodyBytes = 10 * 1024 * 1024;
/** Bodies come from this machine. A body that takes longer will never be complete. */
const requestTimeoutMillis = 30_000;

/** Passes the requests that the rules allow to the handler, each with its whole body. */
export function guard(server: Server, handle: Handle, rules: Rules): Server {
  const { onError = console.error } = rules;
  server.requestTimeout = requestTimeoutMillis;
  return server.removeAllListeners("request").on("request", (request, response) => {
    // A caller may close the connection at any time. This is not an error.
    for (const stream of [request, response]) stream.on("error", () => undefined);
    admit(request, response, handle, rules).catch((error: unknown) => {
      onError(error);
      if (response.headersSent) response.destroy();
      else refuse(response, { status: 500, message: "Internal Server Error" });
    });
  });
}

async function admit(request: IncomingMessage, response: ServerResponse, handle: Handle, rules: Rules) {
  const refusal = refusalOf(request, rules);
  const body = await readBody(request, refusal ? 0 : maxBodyBytes);
  if (!body) return response.destroy();
  if (refusal) return refuse(response, refusal);
  if (body === "tooLong") return refuse(response, { status: 413, message: "Request Entity Too Large" });
  return handle(request, response, body);
}

interface Refusal {
  status: number;
  message: string;
}

function refusalOf({ socket, method = "", url = "", headers }: IncomingMessage, rules: Rules) {
  const { host = "", origin } = headers;
  if (!namesOf(socket.localPort).includes(host.toLowerCase())) {
    return forbidden("This listener answers only to 127.0.0.1 and localhost, with its own port.");
  }
  if ((origin !== undefined && origin !== `http://${host}`) || isEmbeddedElsewhere(headers)) {
    return forbidden("Pages of other sites can't call this listener.");
  }
  if (!rules.methods.includes(method)) return { status: 405, message: "Method Not Allowed" };
  if (!isPath(url)) return { status: 400, message: "Bad Request" };
  if (rules.accessKeyId !== undefined && accessKeyIdOf(headers) !== rules.accessKeyId) {
    return forbidden("Only the local system can call this listener.");
  }
  return undefined;
}

const forbidden = (message: string): Refusal => ({ status: 403, message });

/** The allowed values of `Host`. Browsers leave out port 80. */
const namesOf = (port: number | undefined): string[] =>
  ["127.0.0.1", "localhost", "[::1]"].flatMap((name) =>
    port === 80 ? [name, `${name}:80`] : [`${name}:${port}`],
  );

/** Requests for images and scripts have no `Origin`, but browsers say which site's page wants them. Links are allowed from any site. */
function isEmbeddedElsewhere(headers: IncomingMessage["headers"]): boolean {
  const site = headers["sec-fetch-site"] ?? "none";
  return site !== "none" && site !== "same-origin" && headers["sec-fetch-mode"] !== "navigate";
}

/** Whether the url is a path that can be decoded. A proxy's absolute URL is not a path. */
function isPath(url: string): boolean {
  try {
    return url.startsWith("/") && decodeURIComponent(url.split("?")[0]!) !== "";
  } catch {
    return false;
  }
}

const accessKeyIdOf = ({ authorization = "" }: IncomingMessage["headers"]): string | undefined =>
  /^AWS4-HMAC-SHA256 Credential=([^/]+)\//.exec(authorization)?.[1];

/**
 * Reads a body that is too long to its end, so that the caller gets the answer, but does not keep it.
 *
 * @returns undefined if the caller closed the connection
 */
async function readBody(request: IncomingMessage, maxBytes: number): Promise<Buffer | "tooLong" | undefined> {
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      length += chunk.length;
      if (length <= maxBytes) chunks.push(chunk);
      else chunks.length = 0;
    }
  } catch {
    return undefined;
  }
  return length > maxBytes ? "tooLong" : Buffer.concat(chunks);
}

function refuse(response: ServerResponse, { status, message }: Refusal): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify({ message }));
}
