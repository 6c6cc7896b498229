import type { IncomingMessage, ServerResponse } from "node:http";

/**
 * Keeps other sites' pages away: the buttons are plain POSTs, and every page that a browser shows can send some to
 * this machine.
 */

const localHost = /^(?:127\.0\.0\.1|localhost|\[::1\])(?::\d+)?$/;

/** @returns why the request is refused; undefined when it may pass */
export function refuse({ method, headers }: IncomingMessage): string | undefined {
  const { host = "", origin } = headers;
  // Another name may have been pointed at this machine, to read the page as its own.
  if (!localHost.test(host)) return "This page answers to 127.0.0.1 and localhost only.";
  if (method === "POST" && origin !== `http://${host}`) return "Only the page's own buttons may do this.";
  return undefined;
}

const policy = [
  "default-src 'none'",
  ...["script-src", "style-src", "font-src", "img-src", "connect-src", "form-action"].map(
    (use) => `${use} 'self'`,
  ),
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join("; ");

/** Nothing from elsewhere, nothing inline, in nobody's frame. */
export function setHeaders(response: ServerResponse): void {
  response.setHeader("content-security-policy", policy);
  response.setHeader("x-content-type-options", "nosniff");
  response.setHeader("referrer-policy", "no-referrer");
  response.setHeader("cross-origin-resource-policy", "same-origin");
  response.setHeader("cache-control", "no-store");
}
