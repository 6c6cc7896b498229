import type { ServerResponse } from "node:http";
import type { Html } from "../html.ts";

/** Pushes the page's regions to whoever looks at it, by server-sent events: each region when it has changed. */
export interface Live {
  /** Answers the request with an endless stream, which begins with all regions. */
  connect(response: ServerResponse): void;
  /** Something may have changed. */
  refresh(): void;
  close(): void;
}

/** How often is looked for what nobody reports, such as a running phase's duration. */
const intervalMillis = 1_000;

interface Viewer {
  response: ServerResponse;
  /** The regions as they were sent last. */
  sent: string[];
}

/** @param render the regions, in the same order each time */
export function createLive(render: () => Promise<Html[]>, onError: (error: unknown) => void): Live {
  const viewers = new Set<Viewer>();
  let rendering: Promise<void> | undefined;
  let again = false;

  async function push(): Promise<void> {
    do {
      again = false;
      const regions = await render();
      for (const viewer of viewers) show(viewer, regions);
    } while (again);
  }

  /** While one rendering goes on, any number of reports ask for one more. */
  function refresh(): void {
    if (viewers.size === 0) return;
    again = true;
    rendering ??= push()
      .catch(onError)
      .finally(() => (rendering = undefined));
  }

  const timer = setInterval(refresh, intervalMillis).unref();
  return {
    refresh,
    connect(response) {
      const viewer = { response, sent: [] };
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.flushHeaders();
      response.on("close", () => viewers.delete(viewer));
      viewers.add(viewer);
      refresh();
    },
    close: () => clearInterval(timer),
  };
}

function show(viewer: Viewer, regions: readonly Html[]): void {
  for (const [index, { text }] of regions.entries()) {
    if (viewer.sent[index] === text) continue;
    viewer.sent[index] = text;
    // JSON is one line, as an event's data must be.
    viewer.response.write(`data: ${JSON.stringify(text)}\n\n`);
  }
}
