/** A look's page has at most 999 messages: this is 16 KB for each, several times what they have. */
const maxAnswerBytes = 16 * 1024 * 1024;

export class AnswerTooLongError extends Error {}

/**
 * `fetch`, but the answer has arrived as a whole, and the signal ends the call whatever the connection does: `fetch`
 * itself may lose sight of its signal while a body stands still. Of a 429 the head says everything: its body is not read.
 * @throws the signal's reason, what `fetch` throws, or an {@link AnswerTooLongError}
 */
export async function fetchWhole(...[url, init]: Parameters<typeof fetch>): Promise<Response> {
  const signal = init?.signal;
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const abort = () => reject(signal?.reason);
  signal?.addEventListener("abort", abort);
  try {
    return await Promise.race([aborted, fetch(url, init).then((response) => readWhole(response, aborted))]);
  } finally {
    signal?.removeEventListener("abort", abort);
  }
}

async function readWhole(response: Response, aborted: Promise<never>): Promise<Response> {
  if (!response.body) return response;
  if (response.status === 429) {
    response.body.cancel().catch(() => undefined);
    return new Response(undefined, response);
  }
  const reader = response.body.getReader();
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  try {
    for (;;) {
      const { done, value } = await Promise.race([aborted, reader.read()]);
      if (done) return new Response(Buffer.concat(chunks), response);
      bytes += value.length;
      if (bytes > maxAnswerBytes)
        throw new AnswerTooLongError(`Slack's answer is longer than ${maxAnswerBytes} bytes`);
      chunks.push(value);
    }
  } finally {
    // Frees the connection of an answer that is not read to its end.
    reader.cancel().catch(() => undefined);
  }
}
