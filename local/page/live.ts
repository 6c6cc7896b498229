import type { ServerResponse } from "node:http";
import type { Html } from "../html.ts";

/** Pushes the page's regions to all viewers by server-sent events. A region is pushed when it has changed. */
export interface Live {
  /** Answers the request with an endless stream, which begins with all regions. @returns false with too many viewers */
  connect(response: ServerResponse): boolean;
  /** Something may have changed. */
  refresh(): void;
  close(): void;
}

/** How often the page looks for changes that nothing reports, such as the duration of a running phase. */
const intervalMillis = 1_000;
/** More pages than one person opens. */
const maxViewers = 32;
/** A stream that has not accepted data for so many pushes is closed. An open page then connects again. */
const maxMissed = 60;

interface Viewer {
  response: ServerResponse;
  /** The regions that were sent last. */
  sent: (Buffer | undefined)[];
  /** How many pushes could not be sent, because the stream was busy with an earlier one. */
  missed: number;
}

/** @param render the regions, in the same order each time */
export function createLive(render: () => Promise<Html[]>, onError: (error: unknown) => void): Live {
  const viewers = new Set<Viewer>();
  const toEvents = createEvents();
  let events: readonly Buffer[] = [];
  let rendering: Promise<void> | undefined;
  let again = false;

  async function push(): Promise<void> {
    do {
      again = false;
      events = toEvents(await render());
      for (const viewer of viewers) {
        if (viewer.response.writableNeedDrain) miss(viewer);
        else show(viewer, events);
      }
    } while (again);
  }

  /** Any number of reports during one rendering cause one more rendering. */
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
      if (viewers.size >= maxViewers) return false;
      const viewer: Viewer = { response, sent: [], missed: 0 };
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.flushHeaders();
      response.on("close", () => viewers.delete(viewer)).on("drain", () => show(viewer, events));
      viewers.add(viewer);
      refresh();
      return true;
    },
    close: () => clearInterval(timer),
  };
}

/** One event for each region. All viewers share it, and it stays the same object until the region changes. */
function createEvents(): (regions: readonly Html[]) => Buffer[] {
  let known: { text: string; event: Buffer }[] = [];
  return (regions) => {
    known = regions.map(({ text }, index) =>
      known[index]?.text === text
        ? known[index]
        : // An event's data must be one line, so it is JSON.
          { text, event: Buffer.from(`data: ${JSON.stringify(text)}\n\n`) },
    );
    return known.map(({ event }) => event);
  };
}

/** Sends the changed regions, if the viewer's stream accepts data. */
function show(viewer: Viewer, events: readonly Buffer[]): void {
  viewer.missed = 0;
  for (const [index, event] of events.entries()) {
    if (viewer.response.writableNeedDrain) return;
    if (viewer.sent[index] === event) continue;
    viewer.sent[index] = event;
    viewer.response.write(event);
  }
}

function miss(viewer: Viewer): void {
  viewer.missed += 1;
  if (viewer.missed > maxMissed) viewer.response.destroy();
}
