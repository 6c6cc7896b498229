import { codeOfCause, failureOfCall } from "./failure.ts";

/** The documented answers have a few kilobytes. */
export const maxAnswerBytes = 256 * 1024;

export interface HttpRequest {
  method: "GET" | "POST";
  url: URL;
  headers: Record<string, string>;
  body?: string;
}

export interface HttpAnswer {
  status: number;
  headers: Headers;
  text: string;
  /** There was more than the call's `maxBytes`: the rest was not read. */
  cutOff: boolean;
}

/**
 * One call, whatever the status of its answer; a redirect is an answer too and not followed.
 * @param about what the call is for, such as `build abc`, to begin an error's message
 * @param timeoutMillis for everything, the last byte of the body included
 * @param maxBytes of the body; a longer one is cut off
 * @throws {ServiceStageError} `unavailable` when there was no answer, or only a part of one
 */
export async function exchange(
  { url, ...request }: HttpRequest,
  about: string,
  timeoutMillis: number,
  maxBytes = maxAnswerBytes,
): Promise<HttpAnswer> {
  try {
    const signal = AbortSignal.timeout(timeoutMillis);
    const response = await fetchAgainAfterReset(url, { ...request, redirect: "manual", signal });
    return { status: response.status, headers: response.headers, ...(await readText(response, maxBytes)) };
  } catch (error) {
    throw failureOfCall(error, about, url.host);
  }
}

/** A Lambda that was frozen wakes with connections which the other side closed meanwhile, and only using one shows it. */
async function fetchAgainAfterReset(url: URL, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, init);
  } catch (error) {
    if (!["ECONNRESET", "EPIPE", "UND_ERR_SOCKET"].includes(codeOfCause(error) ?? "")) throw error;
    return fetch(url, init);
  }
}

async function readText({ body }: Response, maxBytes: number): Promise<Pick<HttpAnswer, "text" | "cutOff">> {
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  for await (const chunk of body ?? []) {
    bytes += chunk.length;
    if (bytes > maxBytes) return { text, cutOff: true };
    text += decoder.decode(chunk, { stream: true });
  }
  return { text: text + decoder.decode(), cutOff: false };
}
