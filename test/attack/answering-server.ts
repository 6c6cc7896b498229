import { createServer, type IncomingMessage } from "node:http";
import { listen } from "../../local/listen.ts";

/** The answer of a server to every request. */
export interface HttpAnswer {
  status: number;
  headers?: Record<string, string>;
  body: string;
  /** After this number of bytes of the body the connection ends. */
  cutAt?: number;
}

/** A server on this machine that gives the answer of the current case. */
export async function startAnswering() {
  let answerOf: (request: IncomingMessage) => HttpAnswer = () => ({ status: 500, body: "" });
  const server = createServer((request, response) => {
    request.resume();
    const { status, headers = {}, body, cutAt } = answerOf(request);
    const bytes = Buffer.from(body);
    response.writeHead(status, { ...headers, "content-length": bytes.length });
    if (cutAt === undefined) response.end(bytes);
    else response.write(bytes.subarray(0, cutAt), () => response.destroy());
  });
  const listening = await listen(server, 0);
  return {
    ...listening,
    answerWith(answer: typeof answerOf): void {
      answerOf = answer;
    },
  };
}
