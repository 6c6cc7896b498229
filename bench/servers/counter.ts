import { Agent, createServer, request as forward } from "node:http";
import { listen } from "../../local/listen.ts";

/** A proxy for the DynamoDB at the given address. It counts the calls of each operation; `GET /calls` returns the counts. */

const target = new URL(process.argv[2]!);
const agent = new Agent({ keepAlive: true });
let calls: Record<string, number> = {};

const server = createServer((request, response) => {
  if (request.method === "GET") {
    response.end(JSON.stringify(calls));
    calls = {};
    return;
  }
  const operation = String(request.headers["x-amz-target"]).split(".").at(-1)!;
  calls[operation] = (calls[operation] ?? 0) + 1;
  const { method, url, headers } = request;
  const onward = forward(new URL(url!, target), { method, headers, agent }, (answer) => {
    response.writeHead(answer.statusCode!, answer.headers);
    answer.pipe(response);
  });
  onward.on("error", (error) => response.destroy(error));
  request.pipe(onward);
});

console.log((await listen(server, 0)).url);
