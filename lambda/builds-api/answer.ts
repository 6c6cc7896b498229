import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from "aws-lambda";
import type { routes } from "../names.ts";
import { ProblemError } from "./problem.ts";

export type Answer = APIGatewayProxyStructuredResultV2;
/** One for each route. */
export type Operations = Record<(typeof routes)[keyof typeof routes], Operation>;
export type Operation = (event: APIGatewayProxyEventV2) => Promise<Answer>;

export const json = (statusCode: number, body: object, headers: Record<string, string> = {}): Answer => ({
  statusCode,
  headers: { "content-type": "application/json", "cache-control": "no-store", ...headers },
  // With the line break a terminal shows its prompt on a new line.
  body: `${JSON.stringify(body)}\n`,
});

/** @throws {ProblemError} when the store refuses the cursor */
export async function readPage<T>(page: Promise<T>): Promise<T> {
  try {
    return await page;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    const faults = [{ parameter: "cursor", detail: "must be the value of `next` from an earlier page" }];
    throw new ProblemError("invalidRequest", "The request has one error: see errors.", {
      faults,
      cause: error,
    });
  }
}
