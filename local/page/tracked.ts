import type { BuildSummary, BuildView } from "../../lambda/http/schemas.ts";
import type { Api } from "./api.ts";

/** What the page shows of the tracked builds. */
export interface Tracked {
  /** The newest registrations first. */
  builds: BuildView[];
  /** How many older ones are left out. */
  more: number;
}

const shownAtMost = 20;

/** Reads the builds through the API; those that are over and told are read once. */
export function createTracker(api: Api): () => Promise<Tracked> {
  const settled = new Map<string, BuildView>();

  async function show(summary: BuildSummary): Promise<BuildView> {
    const key = `${summary.buildId} ${summary.registeredAt}`;
    const known = settled.get(key);
    if (known) return known;
    const build = await api.show(summary.buildId);
    if (isSettled(build)) settled.set(key, build);
    return build;
  }

  return async () => {
    const summaries = await api.list();
    const builds = await Promise.all(summaries.slice(0, shownAtMost).map(show));
    return { builds, more: Math.max(0, summaries.length - shownAtMost) };
  };
}

const isSettled = ({ status, owed }: BuildView): boolean =>
  status !== "tracking" && status !== "stopping" && owed.length === 0;
