import { subscribe } from "node:diagnostics_channel";

/**
 * What Node tells of the connections that its `fetch` makes. An error's code does not show it: a connection that is
 * reset has the same code in its handshake, where nothing was sent, as after the request.
 */

const connectErrors = new WeakSet<object>();
/** The hosts to which there was a connection at some time. */
const reached = new Set<string>();

subscribe("undici:client:connectError", (message) => {
  connectErrors.add((message as { error: Error }).error);
});
subscribe("undici:client:connected", (message) => {
  reached.add((message as { connectParams: { host: string } }).connectParams.host);
});

/**
 * Whether the request certainly never left: its connection could not be made (no address, refused, a certificate, a
 * handshake), or its time ran out while there was no connection to that host yet.
 */
export const wasNeverSent = (error: unknown, url: string | URL | Request): boolean =>
  isTimeout(error)
    ? !reached.has(new URL(url instanceof Request ? url.url : url).host)
    : isConnectError(error);

const isConnectError = (error: unknown): boolean =>
  typeof error === "object" &&
  error !== null &&
  (connectErrors.has(error) || isConnectError((error as Error).cause));

/** An AbortSignal's. */
export const isTimeout = (error: unknown): boolean => (error as Error | undefined)?.name === "TimeoutError";
