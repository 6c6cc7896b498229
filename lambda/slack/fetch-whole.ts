/** A page of a read back has at most 999 messages. This limit gives 16 KB to each, several times their real size. */
const maxAnswerBytes = 16 * 1024 * 1024;

export class AnswerTooLongError extends Error {}

/**
 * `fetch` with two additions: the whole answer has arrived, and the signal always ends the call. `fetch` itself may
 * ignore its signal while it waits for the body. The body of a 429 is not read: its head says everything.
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
    // Frees the connection when the answer was not read completely.
    reader.cancel().catch(() => undefined);
  }
}
