import type { IncomingMessage, Server, ServerResponse } from "node:http";

/**
 * What stands before every listener on this machine. Each page that a browser shows can send requests to this machine,
 * also under a name that was pointed at it. So only what is meant for the listener, and comes from no other site, gets
 * through; and nothing that a request holds ends the process.
 */

/** @param body all of it */
export type Handle = (request: IncomingMessage, response: ServerResponse, body: Buffer) => unknown;

export interface Rules {
  /** Such as `POST`; every other method is answered with 405. */
  methods: readonly string[];
  /** Whose signature by AWS's rules is asked for; by default nobody's. */
  accessKeyId?: string | undefined;
  /** Told what the handler threw, which the caller never sees. */
  onError?: ((error: unknown) => void) | undefined;
}

/** As API Gateway takes it: 10 MB. No other listener has to take more. */
export const maxBodyBytes = 10 * 1024 * 1024;
/** A body comes from this machine, so a slow one never ends. */
const requestTimeoutMillis = 30_000;

/** Hands the server's requests to the handler: those that the rules admit, each with its whole body. */
export function guard(server: Server, handle: Handle, rules: Rules): Server {
  const { onError = console.error } = rules;
  server.requestTimeout = requestTimeoutMillis;
  return server.removeAllListeners("request").on("request", (request, response) => {
    // Callers go away, and that is no fault.
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

/** What `Host` may be. A browser leaves out port 80. */
const namesOf = (port: number | undefined): string[] =>
  ["127.0.0.1", "localhost", "[::1]"].flatMap((name) =>
    port === 80 ? [name, `${name}:80`] : [`${name}:${port}`],
  );

/** Images and scripts send no `Origin`, but browsers tell whose page they are on. A link may come from anywhere. */
function isEmbeddedElsewhere(headers: IncomingMessage["headers"]): boolean {
  const site = headers["sec-fetch-site"] ?? "none";
  return site !== "none" && site !== "same-origin" && headers["sec-fetch-mode"] !== "navigate";
}

/** A path whose percent-encoding can be decoded; a proxy's absolute URL is none. */
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
 * What is too long is read to its end, so that the caller hears the answer, but it is not kept.
 *
 * @returns undefined when the caller broke off
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
