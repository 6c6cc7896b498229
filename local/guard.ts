import type { IncomingMessage, Server, ServerResponse } from "node:http";

/**
 * Protects every listener on this machine. Any page in a browser can send requests to this machine, also under a foreign
 * host name that leads here. So the guard accepts only requests for this listener, and none from other sites. No request
 * can end the process.
 */

/** @param body the whole body */
export type Handle = (request: IncomingMessage, response: ServerResponse, body: Buffer) => unknown;

export interface Rules {
  /** The accepted methods, such as `POST`. Every other method gets 405. */
  methods: readonly string[];
  /** The access key with which AWS requests must be signed. Default: no signature is needed. */
  accessKeyId?: string | undefined;
  /** Gets the errors that the handler throws. The caller never sees them. */
  onError?: ((error: unknown) => void) | undefined;
}

/** The limit of API Gateway: 10 MB. No other listener needs more. */
export const maxBodyBytes = 10 * 1024 * 1024;
/** A body comes from this machine. So a body that takes longer will never end. */
const requestTimeoutMillis = 30_000;

/** Passes each request that the rules allow to the handler, with its whole body. */
export function guard(server: Server, handle: Handle, rules: Rules): Server {
  const { onError = console.error } = rules;
  server.requestTimeout = requestTimeoutMillis;
  return server.removeAllListeners("request").on("request", (request, response) => {
    // It is not an error if a caller closes the connection.
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

/** The accepted values of `Host`. A browser leaves out port 80. */
const namesOf = (port: number | undefined): string[] =>
  ["127.0.0.1", "localhost", "[::1]"].flatMap((name) =>
    port === 80 ? [name, `${name}:80`] : [`${name}:${port}`],
  );

/** Images and scripts send no `Origin`, but browsers say which site's page contains them. Links may come from any site. */
function isEmbeddedElsewhere(headers: IncomingMessage["headers"]): boolean {
  const site = headers["sec-fetch-site"] ?? "none";
  return site !== "none" && site !== "same-origin" && headers["sec-fetch-mode"] !== "navigate";
}

/** Whether it is a path whose percent-encoding can be decoded. The absolute URL of a proxy request is not a path. */
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
 * A body that is too long is read to its end but not kept. Otherwise the caller would not get the answer.
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
