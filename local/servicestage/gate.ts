import { randomBytes } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import { sign } from "../../lambda/huawei-cloud/signer.ts";
import type { Clock, HuaweiCredentials } from "../../lambda/tracking/ports.ts";

/** Checks signatures and tokens, and locks keys, like Huawei Cloud's gateway. */
export interface Gate {
  /** The credentials that may call. Assign other credentials to replace them. */
  credentials: HuaweiCredentials;
  /** @returns the reason for a refusal. Undefined if the request is allowed */
  refuse(request: GateRequest): string | undefined;
  /** @param body the request to sign in. @returns a new token, or undefined for a refusal */
  signIn(body: unknown): { token: string; expiresAt: number } | undefined;
  /** Does what a change of the password or of the permissions does. */
  revokeTokens(): void;
}

export interface GateRequest {
  method: string;
  url: URL;
  /** The names are in lower case. */
  headers: Record<string, string | string[] | undefined>;
  body: string;
}

type AccessKey = Extract<HuaweiCredentials, { kind: "accessKey" }>;

const clockToleranceMillis = 15 * 60_000;
const tokenLifeMillis = 24 * 60 * 60_000;
/** One more failure in a row locks the key. */
const failuresAllowed = 5;
const lockMillis = 5 * 60_000;

export function createGate(credentials: HuaweiCredentials, clock: Pick<Clock, "now">): Gate {
  const tokens = new Map<string, number>();
  const refuseLocked = createLocks(clock);
  return {
    credentials,
    refuse(request) {
      const { credentials } = this;
      if (credentials.kind === "accessKey") {
        return refuseLocked(accessKeyOf(request), () => refuseSignature(request, credentials, clock.now()));
      }
      const expiresAt = tokens.get(header(request, "x-auth-token")) ?? 0;
      return clock.now() < expiresAt ? undefined : "decrypt token fail";
    },
    signIn(body) {
      if (!isSignInOf(this.credentials, body)) return undefined;
      const token = randomBytes(48).toString("base64url");
      const expiresAt = clock.now() + tokenLifeMillis;
      tokens.set(token, expiresAt);
      return { token, expiresAt };
    },
    revokeTokens: () => tokens.clear(),
  };
}

/** Counts each key's failures in a row. While a key is locked, a right signature is refused too. */
function createLocks(clock: Pick<Clock, "now">) {
  const failures = new Map<string, { inARow: number; lockedUntil: number }>();
  return (accessKey: string, check: () => string | undefined): string | undefined => {
    const { inARow, lockedUntil } = failures.get(accessKey) ?? { inARow: 0, lockedUntil: 0 };
    if (clock.now() < lockedUntil) return "AK access failed to reach the limit,forbidden";
    const refusal = check();
    const locks = inARow === failuresAllowed;
    if (refusal === undefined) failures.delete(accessKey);
    else if (locks) failures.set(accessKey, { inARow: 0, lockedUntil: clock.now() + lockMillis });
    else failures.set(accessKey, { inARow: inARow + 1, lockedUntil: 0 });
    return refusal;
  };
}

const accessKeyOf = (request: GateRequest): string =>
  /Access=([^,]*)/.exec(header(request, "authorization"))?.[1] ?? "";

/** Compares the signature with a new one of the received request. */
function refuseSignature(request: GateRequest, key: AccessKey, now: number): string | undefined {
  const authorization = header(request, "authorization");
  const names = /SignedHeaders=([^,]*)/.exec(authorization)?.[1]?.split(";") ?? [];
  const at = parseDate(header(request, "x-sdk-date"));
  if (!(Math.abs(now - at) <= clockToleranceMillis)) return "Request time out of range";
  const securityToken = names.includes("x-security-token") ? header(request, "x-security-token") : undefined;
  if (securityToken !== key.securityToken) return "verify x-security-token fail";
  const signed = names.filter((name) => name !== "x-sdk-date").map((name) => [name, header(request, name)]);
  const expected = sign({ ...request, headers: Object.fromEntries(signed) }, key, at);
  return authorization === expected.Authorization ? undefined : "verify aksk signature fail";
}

/** Parses `20060102T150405Z` into epoch milliseconds. @returns NaN for any other text */
const parseDate = (date: string): number =>
  Date.parse(date.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, "$1-$2-$3T$4:$5:$6Z"));

/** Whether the request has these credentials. Any project is accepted. */
function isSignInOf(credentials: HuaweiCredentials, body: unknown): boolean {
  if (credentials.kind !== "password") return false;
  const { user: name, password, domain } = credentials;
  const identity = {
    methods: ["password"],
    password: { user: { name, password, domain: { name: domain } } },
  };
  const asked = field(body, "auth");
  return (
    isDeepStrictEqual(field(asked, "identity"), identity) &&
    field(field(asked, "scope"), "project") !== undefined
  );
}

const field = (value: unknown, name: string): unknown =>
  typeof value === "object" && value !== null
    ? Object.entries(value).find(([key]) => key === name)?.[1]
    : undefined;

const header = ({ headers }: GateRequest, name: string): string => [headers[name] ?? ""].flat().join(", ");
