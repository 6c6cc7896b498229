import middy from "@middy/core";
import httpHeaderNormalizer from "@middy/http-header-normalizer";
import type {
  APIGatewayRequestAuthorizerEventV2,
  APIGatewaySimpleAuthorizerResult,
  Context,
} from "aws-lambda";
import type { Clock, CredentialSource, Log } from "../tracking/ports.ts";
import { isOneOf, parseBearer } from "./bearer.ts";

export interface AuthorizerParts {
  /** Several are valid at once while one replaces another. */
  apiTokens: CredentialSource<string[]>;
  clock: Pick<Clock, "now">;
  log: Log;
}

export type AuthorizerHandler = (
  event: APIGatewayRequestAuthorizerEventV2,
  context: Context,
) => Promise<APIGatewaySimpleAuthorizerResult>;

/** However many wrong tokens come, the secret is read again for them this often. */
const renewAtMostEveryMillis = 60_000;

/**
 * A Lambda authorizer of API Gateway's HTTP API, payload 2.0 with simple responses. A token that is not among the
 * known ones has the secret read again, so that a new one counts within a minute of being put there.
 * @throws when the secret can't be read: API Gateway answers 500, and nobody is let in
 */
export function createAuthorizer({ apiTokens, clock, log }: AuthorizerParts): AuthorizerHandler {
  let renewedAt = -Infinity;

  async function isAuthorized(token: string): Promise<boolean> {
    const known = await apiTokens.read();
    if (isOneOf(token, known)) return true;
    if (clock.now() - renewedAt < renewAtMostEveryMillis) return false;
    renewedAt = clock.now();
    return isOneOf(token, (await apiTokens.renew(known)) ?? []);
  }

  return middy<APIGatewayRequestAuthorizerEventV2, APIGatewaySimpleAuthorizerResult>()
    .use(httpHeaderNormalizer())
    .onError(({ error }) => {
      log.error("The API's tokens can't be read, so every request is refused", { error });
    })
    .handler(async ({ headers }: APIGatewayRequestAuthorizerEventV2) => {
      const token = parseBearer(headers?.["authorization"]);
      return { isAuthorized: token !== undefined && (await isAuthorized(token)) };
    });
}
