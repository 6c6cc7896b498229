import middy from "@middy/core";
import type {
  APIGatewayRequestAuthorizerEventV2,
  APIGatewaySimpleAuthorizerResult,
  Context,
} from "aws-lambda";
import type { Clock, CredentialSource, Log } from "../tracking/ports.ts";
import { createRenewal } from "../tracking/renew.ts";
import { isOneOf, parseBearer } from "./bearer.ts";

export interface AuthorizerParts {
  /** Several tokens may be valid at once: this allows rotation. */
  apiTokens: CredentialSource<string[]>;
  clock: Pick<Clock, "now">;
  log: Log;
}

export type AuthorizerHandler = (
  event: APIGatewayRequestAuthorizerEventV2,
  context: Context,
) => Promise<APIGatewaySimpleAuthorizerResult>;

/**
 * A Lambda authorizer of API Gateway's HTTP API, payload 2.0 with simple responses. For an unknown token the authorizer
 * reads the secret again, so a new token works within a minute.
 * @throws when the secret can't be read: API Gateway then answers 500 and lets no one in
 */
export function createAuthorizer({ apiTokens, clock, log }: AuthorizerParts): AuthorizerHandler {
  const renewal = createRenewal(apiTokens, clock);

  const isAuthorized = async (token: string): Promise<boolean> =>
    isOneOf(token, await renewal((known) => isOneOf(token, known)));

  return middy<APIGatewayRequestAuthorizerEventV2, APIGatewaySimpleAuthorizerResult>()
    .onError(({ error }) => {
      log.error("The API tokens can't be read, so the API refuses every request", { error });
    })
    .handler(async ({ headers }: APIGatewayRequestAuthorizerEventV2) => {
      const token = parseBearer(headers?.["authorization"]);
      return { isAuthorized: token !== undefined && (await isAuthorized(token)) };
    });
}
