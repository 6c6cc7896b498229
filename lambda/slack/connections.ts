import { subscribe } from "node:diagnostics_channel";

/**
 * Watches the connections of Node's `fetch`. An error's code does not show whether the request was sent: a connection
 * that is reset during its handshake has the same code as one that is reset after the request.
 */

const connectErrors = new WeakSet<object>();
/** The hosts to which a connection was made at some time. */
const reached = new Set<unknown>();

const isObject = (value: unknown): value is object => typeof value === "object" && value !== null;
const has = <K extends string>(value: unknown, key: K): value is Record<K, unknown> =>
  isObject(value) && key in value;

subscribe("undici:client:connectError", (message) => {
  if (has(message, "error") && isObject(message.error)) connectErrors.add(message.error);
});
subscribe("undici:client:connected", (message) => {
  if (has(message, "connectParams") && has(message.connectParams, "host"))
    reached.add(message.connectParams.host);
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
  isObject(error) && (connectErrors.has(error) || (has(error, "cause") && isConnectError(error.cause)));

/** Whether the error is the time-out of an AbortSignal. */
export const isTimeout = (error: unknown): boolean => has(error, "name") && error.name === "TimeoutError";
