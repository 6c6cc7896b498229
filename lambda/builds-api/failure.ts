import { ProblemError } from "./problem.ts";

const throttled = new Set([
  "ThrottlingException",
  "ProvisionedThroughputExceededException",
  "RequestLimitExceeded",
]);

/** Whatever an operation threw, as a problem that says nothing of the inside. */
export function problemOf(error: unknown, requestId: string): ProblemError {
  if (error instanceof ProblemError) return error;
  if (isUnavailable(error)) {
    return new ProblemError("unavailable", "Nothing is wrong with the request: send it again in a moment.", {
      cause: error,
    });
  }
  return new ProblemError("internal", `The function's log says why, under the request id ${requestId}.`, {
    cause: error,
  });
}

/** DynamoDB throttled the call, answered with a 5xx, or gave no answer at all: the next try may succeed. */
function isUnavailable(error: unknown): boolean {
  if (typeof error !== "object" || error === null) return false;
  const { name, cause, $metadata } = error as SdkError;
  return (
    throttled.has(String(name)) ||
    ($metadata !== undefined && ($metadata.httpStatusCode ?? 500) >= 500) ||
    isUnavailable(cause)
  );
}

/** What the AWS SDK throws; the status is absent when no answer came. */
interface SdkError {
  name?: unknown;
  cause?: unknown;
  $metadata?: { httpStatusCode?: number };
}
