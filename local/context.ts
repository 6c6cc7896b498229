import { randomUUID } from "node:crypto";
import type { Context } from "aws-lambda";

/** The second argument of a handler on Lambda. */
export function createContext(functionName: string, timeoutMillis = 30_000): Context {
  const end = Date.now() + timeoutMillis;
  return {
    functionName,
    functionVersion: "$LATEST",
    invokedFunctionArn: `arn:aws:lambda:local:local:function:${functionName}`,
    memoryLimitInMB: "512",
    awsRequestId: randomUUID(),
    logGroupName: `/aws/lambda/${functionName}`,
    logStreamName: "local",
    callbackWaitsForEmptyEventLoop: false,
    getRemainingTimeInMillis: () => end - Date.now(),
    done: () => undefined,
    fail: () => undefined,
    succeed: () => undefined,
  };
}
