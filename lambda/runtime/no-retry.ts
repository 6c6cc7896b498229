/** Replaces `p-retry` in the bundles. Slack's client repeats its calls with it, but we allow no repetition. */
export default function callOnce<T>(call: () => Promise<T>): Promise<T> {
  return call();
}

/** The client throws it for a 429, which our own `fetch` never lets through to the client. */
export class AbortError extends Error {}
