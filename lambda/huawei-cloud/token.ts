import { isDeepStrictEqual } from "node:util";
import * as z from "zod/mini";
import type { Clock, HuaweiCredentials } from "../tracking/ports.ts";
import { withoutEcho } from "./echo.ts";
import { exchange, type HttpRequest } from "./exchange.ts";
import { failureOfSignIn } from "./failure.ts";
import { parse } from "./answer.ts";

export type PasswordCredentials = Extract<HuaweiCredentials, { kind: "password" }>;

export interface SignInOptions {
  /** The IAM endpoint of the region in which the token is used. */
  iamEndpoint: string;
  region: string;
  /** The token's project. Default: the region's own project. */
  projectId?: string | undefined;
  clock: Pick<Clock, "now">;
  timeoutMillis: number;
}

interface Token {
  value: string;
  /** When half of the token's life is over, in epoch milliseconds. */
  renewAt: number;
}

const about = "sign-in at IAM";
/** IAM's page says that tokens are valid for a day. */
const mostLifeMillis = 24 * 3_600_000;
/** When the clocks differ, a new token may seem to have expired. This minimum prevents a sign-in for every call. */
const leastLifeMillis = 10 * 60_000;
const time = z.string().check(z.refine((text) => !Number.isNaN(Date.parse(text))));
const issued = z.object({ token: z.object({ expires_at: time }) });

/**
 * Returns the token for these credentials from memory, or signs in. Callers that wait at the same time share one sign-in.
 * @param refused a token that ServiceStage refused: it is replaced, once for all callers
 * @throws {ServiceStageError} `refused` when IAM refuses the sign-in
 */
export type FetchToken = (credentials: PasswordCredentials, refused?: string) => Promise<string>;

export function createFetchToken(options: SignInOptions): FetchToken {
  let latest: { credentials: PasswordCredentials; token: Promise<Token> } | undefined;

  const known = (credentials: PasswordCredentials) =>
    isDeepStrictEqual(latest?.credentials, credentials) ? latest : undefined;

  function begin(credentials: PasswordCredentials) {
    const begun = { credentials, token: signIn(credentials, options) };
    begun.token.catch(() => {
      if (latest === begun) latest = undefined;
    });
    return (latest = begun);
  }

  return async (credentials, refused) => {
    const before = known(credentials);
    if (before) {
      const { value, renewAt } = await before.token;
      if (value !== refused && options.clock.now() < renewAt) return value;
    }
    // Another caller may have started a sign-in while this one waited.
    const now = known(credentials);
    const fresh = now && now !== before ? now : begin(credentials);
    return (await fresh.token).value;
  };
}

/** IAM's page "Obtaining a User Token Through Password Authentication". */
async function signIn(credentials: PasswordCredentials, options: SignInOptions): Promise<Token> {
  const received = await exchange(signInRequest(credentials, options), about, options.timeoutMillis);
  const answer = withoutEcho(received, [credentials.password]);
  const value = answer.headers["x-subject-token"];
  if (answer.status !== 201 || typeof value !== "string" || !value) throw failureOfSignIn(answer, about);
  const { token } = parse(issued, answer, about);
  const now = options.clock.now();
  const lifeMillis = Date.parse(token.expires_at) - now;
  return { value, renewAt: now + Math.min(Math.max(lifeMillis, leastLifeMillis), mostLifeMillis) / 2 };
}

function signInRequest(
  { user, password, domain }: PasswordCredentials,
  { iamEndpoint, region, projectId }: SignInOptions,
): HttpRequest {
  const identity = {
    methods: ["password"],
    password: { user: { name: user, password, domain: { name: domain } } },
  };
  const project = projectId ? { id: projectId } : { name: region };
  return {
    method: "POST",
    url: new URL(`${iamEndpoint.replace(/(?<!\/)\/+$/, "")}/v3/auth/tokens?nocatalog=true`),
    headers: { "Content-Type": "application/json;charset=utf8" },
    body: JSON.stringify({ auth: { identity, scope: { project } } }),
  };
}
