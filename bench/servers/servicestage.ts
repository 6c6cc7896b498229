import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { json } from "node:stream/consumers";
import { listen } from "../../local/listen.ts";
import { phasesAt } from "../builds.ts";
import type { Plan, Requests } from "../servicestage.ts";

/** A ServiceStage that is never the bottleneck. Its answers are fixed, it checks nothing, and it counts every request. */

const answers = [1, 2, 3, 4, 5].map((stage) =>
  Buffer.from(JSON.stringify({ total: 6, list: phasesAt(stage) })),
);

let plan: Plan = { delayMillis: 0, moved: 0, stage: 1 };
let requests = new Map<string, number>();

const server = createServer((request, response) => {
  if (request.url === "/plan") void answerPlan(request, response);
  else answerPoll(request.url!, response);
});

function answerPoll(url: string, response: ServerResponse): void {
  requests.set(url, (requests.get(url) ?? 0) + 1);
  // The path is /assembling/v1/builds/000042…/phases.
  const number = Number(url.slice(22, 28));
  const answer = answers[(number < plan.moved ? plan.stage + 1 : plan.stage) - 1]!;
  if (plan.delayMillis === 0) send(response, answer);
  else setTimeout(send, plan.delayMillis, response, answer);
}

async function answerPlan(request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (request.method === "GET") return send(response, Buffer.from(JSON.stringify(summary())));
  plan = (await json(request)) as Plan;
  requests = new Map();
  send(response, Buffer.from("{}"));
}
server.keepAliveTimeout = 60_000;

function send(response: ServerResponse, body: Buffer): void {
  response.writeHead(200, { "content-type": "application/json", "content-length": body.length });
  response.end(body);
}

const summary = (): Requests => ({
  total: [...requests.values()].reduce((sum, count) => sum + count, 0),
  paths: requests.size,
});

console.log((await listen(server, 0)).url);
