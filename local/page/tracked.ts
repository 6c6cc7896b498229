import type { BuildSummary } from "../../lambda/builds-api/schemas.ts";
import type { Api } from "./api.ts";
import { asSeen, isRead, type SeenBuild } from "./seen.ts";

/** The tracked builds that the page shows. */
export interface Tracked {
  /** The newest registrations first. */
  builds: SeenBuild[];
  /** How many older builds are not shown. */
  more: number;
}

const shownAtMost = 20;

/**
 * Reads the builds through the API. A build that has ended, with nothing pending, is read once.
 *
 * @param isReachable whether ServiceStage answers. The page knows this at once. The API shows an outage only after minutes
 */
export function createTracker(
  api: Pick<Api, "list" | "show">,
  isReachable: () => boolean,
  now: () => number = Date.now,
): () => Promise<Tracked> {
  const settled = new Map<string, SeenBuild>();
  const readAt = new Map<string, number>();

  async function show(summary: BuildSummary): Promise<SeenBuild> {
    const key = `${summary.buildId} ${summary.channel} ${summary.registeredAt}`;
    const known = settled.get(key);
    if (known) return known;
    const build = await api.show(summary.buildId, summary.channel);
    const seen = see(build, key);
    if (isSettled(build)) {
      settled.set(key, seen);
      readAt.delete(key);
    }
    return seen;
  }

  /** Normally a build is read at each poll. If something prevents that, this is the time of its last read. */
  function see(build: SeenBuild, key: string): SeenBuild {
    if (isRead(build) && isReachable()) {
      readAt.set(key, now());
      return build;
    }
    return asSeen(build, Math.max(readAt.get(key) ?? 0, Date.parse(build.changedAt)), now());
  }

  return async () => {
    const summaries = await api.list();
    const builds = await Promise.all(summaries.slice(0, shownAtMost).map(show));
    return { builds, more: Math.max(0, summaries.length - shownAtMost) };
  };
}

const isSettled = ({ status, pending }: SeenBuild): boolean =>
  status !== "tracking" && status !== "stopping" && pending.length === 0;
