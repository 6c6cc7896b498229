import type { BuildSummary } from "../../lambda/builds-api/schemas.ts";
import type { Api } from "./api.ts";
import { asSeen, isRead, type SeenBuild } from "./seen.ts";

/** What the page shows of the tracked builds. */
export interface Tracked {
  /** The newest registrations first. */
  builds: SeenBuild[];
  /** How many older ones are left out. */
  more: number;
}

const shownAtMost = 20;

/**
 * Reads the builds through the API; those that are over and told are read once.
 *
 * @param isReachable whether ServiceStage answers, as far as the page knows: the API tells an outage after minutes
 */
export function createTracker(
  api: Pick<Api, "list" | "show">,
  isReachable: () => boolean,
  now: () => number = Date.now,
): () => Promise<Tracked> {
  const settled = new Map<string, SeenBuild>();
  const readAt = new Map<string, number>();

  async function show(summary: BuildSummary): Promise<SeenBuild> {
    const key = `${summary.buildId} ${summary.registeredAt}`;
    const known = settled.get(key);
    if (known) return known;
    const build = await api.show(summary.buildId);
    const seen = see(build, key);
    if (isSettled(build)) {
      settled.set(key, seen);
      readAt.delete(key);
    }
    return seen;
  }

  /** Without anything in the way a build is read at each poll; otherwise it was when the page last saw that. */
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
