import { createHmac, timingSafeEqual } from "node:crypto";

/** Slack's signature of a request: https://docs.slack.dev/authentication/verifying-requests-from-slack */

export interface SignedRequest {
  /** `X-Slack-Signature` and `X-Slack-Request-Timestamp`. */
  signature: string | undefined;
  timestamp: string | undefined;
  /** As it was sent, before anything is parsed. */
  body: Uint8Array;
}

/** A request that is older, or so far in the future, is refused: somebody may send it again. */
const maxAgeMillis = 5 * 60_000;

/**
 * Whether one of the secrets signed the request, about now. The time does not depend on the secrets: all of them are tried,
 * on digests of a fixed length.
 */
export function isSigned(
  { signature = "", timestamp = "", body }: SignedRequest,
  secrets: readonly string[],
  now: number,
): boolean {
  if (!/^v0=[0-9a-f]{64}$/.test(signature) || !/^\d{1,12}$/.test(timestamp)) return false;
  if (Math.abs(now - Number(timestamp) * 1_000) > maxAgeMillis) return false;
  const sent = Buffer.from(signature.slice(3), "hex");
  return secrets.reduce(
    (found, secret) => timingSafeEqual(sent, digestOf(secret, timestamp, body)) || found,
    false,
  );
}

/** The header `X-Slack-Signature` of a request. */
export const signatureOf = (body: Uint8Array, timestamp: string, secret: string): string =>
  `v0=${digestOf(secret, timestamp, body).toString("hex")}`;

const digestOf = (secret: string, timestamp: string, body: Uint8Array): Buffer =>
  createHmac("sha256", secret).update(`v0:${timestamp}:`).update(body).digest();
