import { createHmac } from "node:crypto";

/** Slack waits so long for the app. */
const timeoutMillis = 3_000;

/** Sends a form to the app as Slack does, signed with the signing secret. */
export async function sendToApp(
  url: string,
  fields: Record<string, string>,
  signingSecret: string,
  now = Date.now(),
): Promise<Response> {
  const body = new URLSearchParams(fields).toString();
  const timestamp = String(Math.floor(now / 1_000));
  return fetch(url, {
    method: "POST",
    headers: {
      "content-type": "application/x-www-form-urlencoded",
      "x-slack-request-timestamp": timestamp,
      "x-slack-signature": signatureOf(body, timestamp, signingSecret),
    },
    body,
    redirect: "manual",
    signal: AbortSignal.timeout(timeoutMillis),
  });
}

export const signatureOf = (body: string | Uint8Array, timestamp: string, signingSecret: string): string =>
  `v0=${createHmac("sha256", signingSecret).update(`v0:${timestamp}:`).update(body).digest("hex")}`;
