import type { ServerResponse } from "node:http";

const policy = [
  "default-src 'none'",
  ...["script-src", "style-src", "font-src", "img-src", "connect-src", "form-action"].map(
    (use) => `${use} 'self'`,
  ),
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join("; ");

/** The page loads nothing from other sites, has nothing inline, and can't be framed. */
export function setHeaders(response: ServerResponse): void {
  response.setHeader("content-security-policy", policy);
  response.setHeader("x-content-type-options", "nosniff");
  response.setHeader("referrer-policy", "no-referrer");
  response.setHeader("cross-origin-resource-policy", "same-origin");
  response.setHeader("cache-control", "no-store");
}
