import { createServer } from "node:http";
import { listen } from "../../local/listen.ts";

/** A Slack that accepts everything. It counts the calls of each method; `GET /calls` returns the counts. */

let calls: Record<string, number> = {};
let stored = 0;

const server = createServer((request, response) => {
  const path = request.url ?? "";
  let body = "";
  request.setEncoding("utf8").on("data", (chunk) => (body += chunk));
  request.on("end", () => {
    response.setHeader("content-type", "application/json");
    if (path === "/calls") {
      response.end(JSON.stringify(calls));
      calls = {};
      return;
    }
    const method = path.replace("/api/", "");
    calls[method] = (calls[method] ?? 0) + 1;
    stored += 1;
    response.end(
      JSON.stringify({
        ok: true,
        channel: new URLSearchParams(body).get("channel"),
        ts: `1700000000.${String(stored).padStart(6, "0")}`,
      }),
    );
  });
});

console.log((await listen(server, 0)).url);
