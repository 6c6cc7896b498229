import { isRunning } from "../../lambda/domain/phase.ts";
import type { BuildView } from "../../lambda/builds-api/schemas.ts";

/** A build as the page last saw it. A running phase is shown only up to the last read. Times are epoch milliseconds. */
export interface SeenBuild extends BuildView {
  /** When the build was last read. Absent while the build is read regularly, and after its end. */
  seenAt?: number;
}

/** A poll or an answer of Slack usually comes within two seconds, so the page does not show shorter delays. */
const noticedAfterMillis = 5_000;

/** One build's registrations. One that is still tracked comes first, because it knows most about the build. */
export type Registrations = [SeenBuild, ...SeenBuild[]];

/** A build that is told in several channels is one build. */
export const byBuild = (builds: readonly SeenBuild[]): Registrations[] =>
  [...Map.groupBy(builds, ({ buildId }) => buildId).values()].map(
    (registrations) => registrations.toSorted(compare) as Registrations,
  );

const compare = (a: SeenBuild, b: SeenBuild): number =>
  Number(isOver(a)) - Number(isOver(b)) || a.settings.channel.localeCompare(b.settings.channel);

export const isOver = ({ status }: BuildView): boolean => status !== "tracking" && status !== "stopping";

/** Whether the build is polled. Its delivery does not prevent this. */
export const isRead = ({ status, trouble }: BuildView): boolean => status === "tracking" && !trouble;

/** Whether Slack has not answered for so long that the answer may be lost. */
export const isUnconfirmed = ({ why, since }: BuildView["pending"][number], now: number): boolean =>
  why === "sending" && since !== undefined && now - Date.parse(since) >= noticedAfterMillis;

/** In the API's answer a running phase lasts until now. This function limits it to the time of the last read. */
export function asSeen(build: BuildView, seenAt: number, now: number): SeenBuild {
  const phases = build.phases.map((phase) => {
    const { state, since, durationSeconds } = phase;
    if (!isRunning(state) || since === undefined || durationSeconds === undefined) return phase;
    const lastedMillis = Math.max(durationSeconds * 1_000 - (now - seenAt), seenAt - Date.parse(since), 0);
    return { ...phase, durationSeconds: Math.round(lastedMillis / 1_000) };
  });
  return { ...build, phases, seenAt };
}

/** Whether the build has not been read for so long that the page must say so. */
export const isUnread = ({ seenAt, outcome }: SeenBuild, now: number): boolean =>
  seenAt !== undefined && outcome === undefined && now - seenAt >= noticedAfterMillis;
