import { isRunning } from "../../lambda/domain/phase.ts";
import type { BuildView } from "../../lambda/builds-api/schemas.ts";

/** A build as far as it was seen: what runs is shown no longer than it was read. Times are epoch milliseconds. */
export interface SeenBuild extends BuildView {
  /** When it was last read, as far as this page knows; absent while it is read all the time, and once it has ended. */
  seenAt?: number;
}

/** Sending takes a second or two, in which a build is not read: nobody has to know that. */
const noticedAfterMillis = 5_000;

/** It is polled: nothing is in the way, and no lease keeps the tick from it. */
export const isRead = ({ status, trouble, pending }: BuildView): boolean =>
  status === "tracking" && !trouble && !pending.some(({ why }) => why === "sending" || why === "inDoubt");

/** What runs seems to go on until now in the API's answer: it is taken back to when it was last read. */
export function asSeen(build: BuildView, seenAt: number, now: number): SeenBuild {
  const phases = build.phases.map((phase) => {
    const { state, since, durationSeconds } = phase;
    if (!isRunning(state) || since === undefined || durationSeconds === undefined) return phase;
    const lastedMillis = Math.max(durationSeconds * 1_000 - (now - seenAt), seenAt - Date.parse(since), 0);
    return { ...phase, durationSeconds: Math.round(lastedMillis / 1_000) };
  });
  return { ...build, phases, seenAt };
}

/** It has not been read for so long that it must be told. */
export const isUnread = ({ seenAt, outcome }: SeenBuild, now: number): boolean =>
  seenAt !== undefined && outcome === undefined && now - seenAt >= noticedAfterMillis;
