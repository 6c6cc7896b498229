import { createHash, timingSafeEqual } from "node:crypto";

/** What a bearer token is made of, as a regular expression (RFC 6750). */
export const b64token = "[A-Za-z0-9._~+/-]+=*";

const bearer = new RegExp(`^Bearer +(${b64token}) *$`, "i");

/** The token of an `Authorization: Bearer …` header. Undefined when the header is missing, different or malformed. */
export const parseBearer = (header: string | undefined): string | undefined => bearer.exec(header ?? "")?.[1];

/** The time does not depend on the tokens: all comparisons are made, on digests of a fixed length. */
export function isOneOf(token: string, tokens: readonly string[]): boolean {
  const digest = sha256(token);
  return tokens.reduce((found, valid) => timingSafeEqual(digest, sha256(valid)) || found, false);
}

const sha256 = (text: string): Buffer => createHash("sha256").update(text).digest();
