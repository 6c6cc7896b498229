import { ProblemError } from "./problem.ts";

const throttled = new Set([
  "ThrottlingException",
  "ProvisionedThroughputExceededException",
  "RequestLimitExceeded",
]);

/** Turns anything that an operation threw into a problem without internal details. */
export function problemOf(error: unknown, requestId: string): ProblemError {
  if (error instanceof ProblemError) return error;
  if (isUnavailable(error)) {
    return new ProblemError("unavailable", "The request is correct. Send it again in a moment.", {
      cause: error,
    });
  }
  return new ProblemError(
    "internal",
    `The log of the API function says why. The request ID is ${requestId}.`,
    {
      cause: error,
    },
  );
}

/** Whether DynamoDB throttled the call, answered with a 5xx status or did not answer: a retry may succeed. */
function isUnavailable(error: unknown): boolean {
  if (typeof error !== "object" || error === null) return false;
  const { name, cause, $metadata } = error as SdkError;
  return (
    throttled.has(String(name)) ||
    ($metadata !== undefined && ($metadata.httpStatusCode ?? 500) >= 500) ||
    isUnavailable(cause)
  );
}

/** An error of the AWS SDK. The status is absent when no answer came. */
interface SdkError {
  name?: unknown;
  cause?: unknown;
  $metadata?: { httpStatusCode?: number };
}
