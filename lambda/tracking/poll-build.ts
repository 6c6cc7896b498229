import { tellActions } from "../domain/build-action.ts";
import { needsDetails, observe, stop, type Build, type Retention } from "../domain/build.ts";
import { tailOf, type Closing } from "../domain/closing.ts";
import { isFailure, type BuildDetails } from "../domain/outcome.ts";
import { fetchPast } from "./fetch-past.ts";
import type { LastPolls } from "./last-polls.ts";
import { nameCommitter, type NameCommitterParts } from "./name-committer.ts";
import { noteEnd } from "./note-end.ts";
import { fetchOrnament } from "./ornament.ts";
import { ServiceStageError, type Clock, type EndsStore, type Log } from "./ports.ts";
import { anyTime, type SharedCalls } from "./shared-calls.ts";
import { isTooLateForClosing, type Times } from "./times.ts";

export interface PollParts {
  serviceStage: SharedCalls;
  store: EndsStore & NameCommitterParts["store"];
  takesCommands: NameCommitterParts["takesCommands"];
  lastPolls: LastPolls;
  clock: Pick<Clock, "now">;
  log: Log;
  retention: Retention;
  pollIntervalMillis: number;
  times: Pick<Times, "deadline">;
}

/**
 * What a poll found. `read`: what the build has become, by ServiceStage's answer · `left`: ServiceStage was not asked,
 * because the build is over or was stopped. What people did with the card's buttons is told in any case. `next` is the very same
 * object when there is nothing to record.
 */
export type Polled =
  | { kind: "read"; next: Build }
  | { kind: "left"; next: Build }
  | { kind: "unreadable"; next: Build; error: ServiceStageError };

export async function pollBuild(loaded: Build, parts: PollParts): Promise<Polled> {
  const { clock, lastPolls, pollIntervalMillis, retention, serviceStage, store } = parts;
  const build = tellActions(loaded, clock.now());
  if (build.status !== "tracking") return { kind: "left", next: build };
  if (build.stopRequestedAt !== undefined) return { kind: "left", next: stop(build, clock.now()) };
  try {
    const asked = await serviceStage.fetchPhases(build.buildId, knownUntil(build));
    const { value: phases, askedAt, answeredAt: seenAt } = asked;
    const wanted = needsDetails(build, phases, seenAt, retention);
    const details = wanted ? await fetchDetails(build, parts) : undefined;
    const isFirst = build.observedAt === undefined;
    const known = isFirst ? { ...build, ...(await fetchPast(build, details, parts)) } : build;
    const watch = { before: lastPolls.before(build), pollIntervalMillis };
    const next = observe(known, phases, details, seenAt, retention, watch);
    if (next.status === "tracking") lastPolls.remember(next, askedAt);
    if (next.status !== "ended") return { kind: "read", next };
    // What the settings want of an end depends on the row before it. So the end is observed again, now with its row.
    const row = await noteEnd(next, store);
    const ended = observe({ ...known, ...row }, phases, details, seenAt, retention, watch);
    const closing = await fetchClosing(ended, parts);
    // What had ended before the first poll mentions nobody.
    const named = isFirst ? {} : await nameCommitter(ended, parts);
    return { kind: "read", next: { ...ended, closing: { ...closing, ...named } } };
  } catch (error) {
    if (!(error instanceof ServiceStageError)) throw error;
    return { kind: "unreadable", next: build, error };
  }
}

/** The clocks of two processes may differ by so much. */
const clockSkewMillis = 5_000;

/** An answer to a call made before the last stored change may show an older state. */
const knownUntil = ({ observedAt, changedAt }: Build): number =>
  observedAt === undefined ? anyTime : changedAt + clockSkewMillis;

/** The details add to the phases. Without them the build is followed all the same. */
const fetchDetails = (build: Build, { serviceStage, log }: PollParts): Promise<BuildDetails | undefined> =>
  fetchOrnament(build.buildId, () => serviceStage.fetchDetails(build.buildId, knownUntil(build)), log);

/** What an ended build's last message shows beside its phases, as far as there is time for it. */
async function fetchClosing(
  { buildId, outcome }: Build,
  { serviceStage, clock, times, log }: PollParts,
): Promise<Closing> {
  if (!isFailure(outcome) || isTooLateForClosing(clock.now(), times)) return {};
  const logTail = await fetchOrnament(
    buildId,
    async () => tailOf(await serviceStage.fetchLogTail(buildId)),
    log,
  );
  return logTail?.length ? { logTail } : {};
}
