import { subscribe } from "node:diagnostics_channel";

/**
 * Watches the connections of Node's `fetch`. An error's code does not show whether the request was sent: a connection
 * that is reset during its handshake has the same code as one that is reset after the request.
 */

const connectErrors = new WeakSet<object>();
/** The hosts to which a connection was made at some time. */
const reached = new Set<string>();

subscribe("undici:client:connectError", (message) => {
  connectErrors.add((message as { error: Error }).error);
});
subscribe("undici:client:connected", (message) => {
  reached.add((message as { connectParams: { host: string } }).connectParams.host);
});

/**
 * Whether the request was certainly never sent: the connection failed (no address, refused, certificate, handshake), or
 * the request timed out before there was any connection to the host.
 */
export const wasNeverSent = (error: unknown, url: string | URL | Request): boolean =>
  isTimeout(error)
    ? !reached.has(new URL(url instanceof Request ? url.url : url).host)
    : isConnectError(error);

const isConnectError = (error: unknown): boolean =>
  typeof error === "object" &&
  error !== null &&
  (connectErrors.has(error) || isConnectError((error as Error).cause));

/** Whether the error is the time-out of an AbortSignal. */
export const isTimeout = (error: unknown): boolean => (error as Error | undefined)?.name === "TimeoutError";
