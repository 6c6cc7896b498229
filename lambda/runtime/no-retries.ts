/** Replaces `p-retry` in the bundles. Slack's client could retry its calls, but each is made once (`slack/session.ts`). */

/** The client throws it where it would not retry. */
export class AbortError extends Error {
  readonly originalError: unknown;

  constructor(originalError: unknown) {
    super();
    this.originalError = originalError;
  }
}

export default async function callOnce<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw error instanceof AbortError ? error.originalError : error;
  }
}
