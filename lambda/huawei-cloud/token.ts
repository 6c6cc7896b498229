import { isDeepStrictEqual } from "node:util";
import * as z from "zod/mini";
import type { Clock, HuaweiCredentials } from "../tracking/ports.ts";
import { withoutEcho } from "./echo.ts";
import { exchange, type HttpRequest } from "./exchange.ts";
import { failureOfSignIn } from "./failure.ts";
import { parse } from "./answer.ts";

export type PasswordCredentials = Extract<HuaweiCredentials, { kind: "password" }>;

export interface SignInOptions {
  /** Of the region in which the token shall be used. */
  iamEndpoint: string;
  region: string;
  /** The token is for this project instead of the region's own. */
  projectId?: string | undefined;
  clock: Pick<Clock, "now">;
  timeoutMillis: number;
}

interface Token {
  value: string;
  /** Epoch milliseconds: half of its life is over. */
  renewAt: number;
}

const about = "sign-in at IAM";
/** Tokens live for a day, as IAM's page says. */
const mostLifeMillis = 24 * 3_600_000;
/** A token that is over when it is issued, by two clocks that differ, must not make every call sign in. */
const leastLifeMillis = 10 * 60_000;
const time = z.string().check(z.refine((text) => !Number.isNaN(Date.parse(text))));
const issued = z.object({ token: z.object({ expires_at: time }) });

/**
 * Gives the token for these credentials from memory, or signs in, once for all who wait for it.
 * @param refused a token that ServiceStage no longer takes: it is replaced, once for all who saw it refused
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
    // While this one waited, another may have begun the sign-in.
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
