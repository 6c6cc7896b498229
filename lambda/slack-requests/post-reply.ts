import type { Reply } from "./render.ts";

const usualTimeoutMillis = 5_000;

/**
 * Posts a later reply to a command's `response_url`. Slack accepts it for 30 minutes.
 * @throws without an answer, and for any answer but 2xx; the error does not quote the address, with which anybody may post
 */
export async function postReply(
  responseUrl: string,
  reply: Reply,
  timeoutMillis = usualTimeoutMillis,
): Promise<void> {
  const status = await send(responseUrl, reply, timeoutMillis);
  if (status < 200 || status > 299) throw new Error(`Slack answered the reply with the status ${status}`);
}

async function send(responseUrl: string, reply: Reply, timeoutMillis: number): Promise<number> {
  try {
    const response = await fetch(responseUrl, {
      method: "POST",
      headers: { "content-type": "application/json; charset=utf-8" },
      body: JSON.stringify(reply),
      redirect: "manual",
      signal: AbortSignal.timeout(timeoutMillis),
    });
    // Nobody waits for the end of a body that nobody reads.
    response.body?.cancel().catch(() => undefined);
    return response.status;
  } catch (error) {
    const name = error instanceof Error ? error.name : "no reason given";
    throw new Error(`The reply did not reach Slack (${name})`, { cause: error });
  }
}
