import { createServer } from "node:http";
import { guard } from "./guard.ts";
import { listen, type Listening } from "./listen.ts";

/**
 * A Lambda that takes asynchronous invocations: it answers first, and then runs the function.
 *
 * @param run the function behind every name
 * @param accessKeyId the only access key that may invoke it
 */
export async function startLambda(
  run: (event: unknown) => Promise<unknown>,
  accessKeyId: string,
): Promise<Listening> {
  const server = guard(
    createServer(),
    (_request, response, body) => {
      const event: unknown = JSON.parse(body.toString());
      response.writeHead(202).end();
      // The function logs its own errors.
      run(event).catch(() => undefined);
    },
    { methods: ["POST"], accessKeyId },
  );
  return listen(server, 0);
}
