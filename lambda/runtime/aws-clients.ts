import { Readable } from "node:stream";
import { DynamoDBClient, type DynamoDBClientConfig } from "@aws-sdk/client-dynamodb";
import { SecretsManagerClient, type SecretsManagerClientConfig } from "@aws-sdk/client-secrets-manager";

/** Limits for calls to AWS. Without them the SDK waits forever. */
export interface AwsLimits {
  connectMillis: number;
  /** For a single attempt: once for the head of the answer, and once for its body. The SDK makes three attempts. */
  tryMillis: number;
  /** For all attempts, with the pauses between them. */
  callMillis: number;
}

/**
 * The last post of a tick starts 18 s before its function ends. This is enough for a post that times out (8 s) and a write
 * without an answer (8 s). An edit may end 3 s before the end. If the write after it does not fit, the lease runs out and a
 * later tick reads back.
 */
const limits: AwsLimits = { connectMillis: 1_000, tryMillis: 3_000, callMillis: 8_000 };

/** DynamoDB's pages have at most a megabyte of data, which is two megabytes of JSON. */
const maxAnswerBytes = 16 * 1024 * 1024;

const optionsWithin = ({ connectMillis, tryMillis }: AwsLimits) => ({
  requestHandler: {
    connectionTimeout: connectMillis,
    requestTimeout: tryMillis,
    throwOnRequestTimeout: true,
  },
});

export const clientOptions = optionsWithin(limits);

export function createDynamoDbClient(config: DynamoDBClientConfig = {}, within = limits): DynamoDBClient {
  const client = new DynamoDBClient({ ...config, ...optionsWithin(within) });
  // This middleware copies all data to mask it for a log, even without a logger.
  client.middlewareStack.remove("loggerMiddleware");
  return endInTime(client, within);
}

export const createSecretsManagerClient = (
  config: SecretsManagerClientConfig = {},
  within = limits,
): SecretsManagerClient =>
  endInTime(new SecretsManagerClient({ ...config, ...optionsWithin(within) }), within);

/** Makes each call settle in time. The SDK's own limits don't include the body of an answer. */
function endInTime<C extends DynamoDBClient | SecretsManagerClient>(client: C, within: AwsLimits): C {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- Both stacks take this middleware, but a union of them takes none.
  const { middlewareStack } = client as DynamoDBClient;
  const givenUp = new WeakSet();
  middlewareStack.add(
    (next, context) => (args) => settleWithin(within.callMillis, next(args), () => givenUp.add(context)),
    { name: "callEndsInTime", step: "initialize", priority: "high" },
  );
  middlewareStack.add(
    (next, context) => async (args) => {
      // A call that was given up makes no more attempts.
      if (givenUp.has(context)) throw timeIsOver(within.callMillis);
      const result = await next(args);
      const { response } = result;
      if (!hasBody(response)) return result;
      const { body } = response;
      const whole = await settleWithin(within.tryMillis, readWhole(body), () => body.destroy());
      Object.assign(response, { body: whole });
      return result;
    },
    { name: "answerEndsInTime", step: "deserialize", priority: "low" },
  );
  return client;
}

/** @param giveUp called when the time is over */
async function settleWithin<T>(millis: number, work: Promise<T>, giveUp: () => void): Promise<T> {
  const { promise: over, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    giveUp();
    reject(timeIsOver(millis));
  }, millis);
  try {
    return await Promise.race([work, over]);
  } finally {
    clearTimeout(timer);
  }
}

/** The error's name tells the SDK to try again. */
const timeIsOver = (millis: number) =>
  Object.assign(new Error(`AWS did not answer within ${millis} ms`), { name: "TimeoutError" });

const hasBody = (response: unknown): response is { body: Readable } =>
  typeof response === "object" &&
  response !== null &&
  "body" in response &&
  response.body instanceof Readable;

async function readWhole(body: Readable): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body as AsyncIterable<Uint8Array>) {
    bytes += chunk.length;
    if (bytes > maxAnswerBytes) throw new Error(`AWS sent an answer of more than ${maxAnswerBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
