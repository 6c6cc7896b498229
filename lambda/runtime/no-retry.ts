/** Replaces `p-retry` in the bundles. Slack's client repeats its calls with it, but we allow no repetition. */
export class AbortError extends Error {
  /** What the client wants its caller to get. */
  readonly abortedBy: Error;

  constructor(abortedBy: Error) {
    super(abortedBy.message);
    this.abortedBy = abortedBy;
  }
}

export default async function callOnce<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw error instanceof AbortError ? error.abortedBy : error;
  }
}
