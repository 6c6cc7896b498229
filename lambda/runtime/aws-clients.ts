import type { Readable } from "node:stream";
import { DynamoDBClient, type DynamoDBClientConfig } from "@aws-sdk/client-dynamodb";
import { SecretsManagerClient, type SecretsManagerClientConfig } from "@aws-sdk/client-secrets-manager";

/** How long is waited for AWS. By itself the SDK waits without end. */
export interface AwsLimits {
  connectMillis: number;
  /** Of a single try: for the head of its answer, and for the rest of it. The SDK makes three tries. */
  tryMillis: number;
  /** With all tries and the pauses between them. */
  callMillis: number;
}

/**
 * A tick begins nothing after its deadline, and its function lives for 18 s longer: a write that gets no answer, and the
 * read that looks whether it happened, take no longer than that.
 */
const limits: AwsLimits = { connectMillis: 1_000, tryMillis: 3_000, callMillis: 8_000 };

/** DynamoDB's pages have a megabyte, twice that with their JSON. */
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
  // Without a logger too it copies whatever is read, to mask it.
  client.middlewareStack.remove("loggerMiddleware");
  return endInTime(client, within);
}

export const createSecretsManagerClient = (
  config: SecretsManagerClientConfig = {},
  within = limits,
): SecretsManagerClient =>
  endInTime(new SecretsManagerClient({ ...config, ...optionsWithin(within) }), within);

/** Makes each call settle in time: the SDK's own limits end where an answer's body begins. */
function endInTime<C extends DynamoDBClient | SecretsManagerClient>(client: C, within: AwsLimits): C {
  const { middlewareStack } = client as DynamoDBClient;
  const givenUp = new WeakSet();
  middlewareStack.add(
    (next, context) => (args) => settleWithin(within.callMillis, next(args), () => givenUp.add(context)),
    { name: "callEndsInTime", step: "initialize", priority: "high" },
  );
  middlewareStack.add(
    (next, context) => async (args) => {
      // A call that was given up makes no more tries.
      if (givenUp.has(context)) throw timeIsOver(within.callMillis);
      const result = await next(args);
      const response = result.response as { body: Readable };
      const { body } = response;
      const whole = await settleWithin(within.tryMillis, readWhole(body), () => body.destroy());
      Object.assign(response, { body: whole });
      return result;
    },
    { name: "answerEndsInTime", step: "deserialize", priority: "low" },
  );
  return client;
}

/** @param giveUp is called when the time is over */
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

/** By its name the SDK knows that another try makes sense. */
const timeIsOver = (millis: number) =>
  Object.assign(new Error(`AWS did not answer within ${millis} ms`), { name: "TimeoutError" });

async function readWhole(body: Readable): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body as AsyncIterable<Uint8Array>) {
    bytes += chunk.length;
    if (bytes > maxAnswerBytes) throw new Error(`AWS answered more than ${maxAnswerBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
