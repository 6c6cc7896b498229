import { createServer } from "node:http";
import { listen } from "../../local/listen.ts";

/** A Slack that takes everything and counts the calls, which `GET /calls` tells, by method. */

let calls: Record<string, number> = {};
let stored = 0;

const server = createServer((request, response) => {
  const path = request.url ?? "";
  request.resume().on("end", () => {
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
        channel: "C0BENCH0000",
        ts: `1700000000.${String(stored).padStart(6, "0")}`,
      }),
    );
  });
});

console.log((await listen(server, 0)).url);
