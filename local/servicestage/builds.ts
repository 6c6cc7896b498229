import { isRunning, notStarted } from "../../lambda/domain/phase.ts";
import type { Clock } from "../../lambda/tracking/ports.ts";
import { buildStateAt, endsAfterMillis, phasesAt, type Scenario } from "./scenarios.ts";

/** The simulated ServiceStage's answers about a build. The numbers are those of ServiceStage's API pages. */
export interface SimulatedBuild {
  /** Page 0220. */
  phases(): { total: number; list: Required<PhaseJson>[] };
  /** Page 0269. */
  details(): Record<string, unknown>;
  /** Page 0270. @returns false if the build is over */
  cancel(): boolean;
  /** Page 0221. */
  logs(from: number): { buildlog: string; next: number; phases: string; phase_states: string };
}

/** A build that belongs to a job. */
export interface BuildOfJob extends SimulatedBuild {
  /** The build in the list of its job's builds (page 0219). */
  listed(): JobBuildJson;
}

/** `duration` is in seconds, and 0 while the build runs. */
export interface JobBuildJson {
  build_id: string;
  build_state: string;
  duration: number;
}

/** A phase in ServiceStage's list. Without an `id` it gets the next number after the phase before. */
export interface PhaseJson {
  id?: number | string;
  name: string;
  state: string;
}

export interface Running {
  buildId: string;
  scenario: Scenario;
  /** The ID of the first phase. The other phases get the next numbers. */
  firstPhaseId: number;
  clock: Pick<Clock, "now">;
  startedAt: number;
  /** How many times faster than real time. */
  speed: number;
  /** How many builds of the same job were started before. Negative for a build from before the server's start. */
  startedBefore: number;
}

/** A build that follows its scenario. Nothing runs in the background: each answer is computed from the time. */
export function runBuild(running: Running): BuildOfJob {
  const { buildId, scenario, firstPhaseId, clock, startedAt, speed, startedBefore } = running;
  let endedAt = startedAt + endsAfterMillis(scenario) / speed;
  let isCancelled = false;
  const elapsedMillis = () => ((isCancelled ? endedAt : clock.now()) - startedAt) * speed;
  const listed = () => phasesAt(scenario, elapsedMillis());
  const phases = () => numbered(isCancelled ? cancelled(listed()) : listed(), firstPhaseId);
  const stateNow = () => (isCancelled ? "Cancel" : buildStateAt(scenario, elapsedMillis()));
  return {
    phases,
    details: () => ({
      build_id: buildId,
      ...scenario.details,
      index: scenario.details.index + startedBefore,
      commit_time: formatTime(startedAt - 60_000),
      started_at: formatTime(startedAt),
      ended_at: clock.now() < endedAt ? "" : formatTime(endedAt),
      build_state: stateNow(),
    }),
    cancel() {
      if (clock.now() >= endedAt) return false;
      endedAt = clock.now();
      isCancelled = true;
      return true;
    },
    logs: (from) => logOf(phases().list, clock.now() < endedAt ? [] : scenario.lastWords, from),
    listed: () => ({
      build_id: buildId,
      build_state: stateNow(),
      duration: clock.now() < endedAt ? 0 : Math.round((endedAt - startedAt) / 1_000),
    }),
  };
}

/** A build whose phases don't change. */
export function standingBuild(
  buildId: string,
  listed: readonly PhaseJson[],
  details: Record<string, unknown>,
): SimulatedBuild {
  let isCancelled = false;
  const phases = () => numbered(isCancelled ? cancelled(listed) : listed, 1_627_984);
  return {
    phases,
    details: () => ({
      build_id: buildId,
      build_state: isCancelled ? "Cancel" : "Building",
      ended_at: "",
      ...details,
    }),
    cancel() {
      const wasRunning = !isCancelled && listed.some(({ state }) => isRunning(state));
      isCancelled ||= wasRunning;
      return wasRunning;
    },
    logs: (from) => logOf(phases().list, [], from),
  };
}

/** What had not ended is cancelled; the first phase too, if none had begun. */
const cancelled = (phases: readonly PhaseJson[]): PhaseJson[] => {
  const begun = phases.some(({ state }) => isRunning(state));
  const next = begun ? -1 : phases.findIndex(({ state }) => state === notStarted);
  return phases.map((phase, index) =>
    isRunning(phase.state) || index === next ? { ...phase, state: "Cancel" } : phase,
  );
};

function numbered(phases: readonly PhaseJson[], firstId: number): ReturnType<SimulatedBuild["phases"]> {
  return { total: phases.length, list: phases.map((phase, index) => ({ id: firstId + index, ...phase })) };
}

function logOf(
  phases: readonly PhaseJson[],
  lastWords: readonly string[],
  from: number,
): ReturnType<SimulatedBuild["logs"]> {
  const begun = phases.filter(({ state }) => state !== "NotStarted");
  const lines = [...begun.map(({ name }) => `[${name}] starts`), ...lastWords];
  const log = lines.map((line) => `${line}\n`).join("");
  return {
    buildlog: log.slice(from),
    next: log.length,
    phases: phases.map(({ name }) => name).join(","),
    phase_states: phases.map(({ state }) => state).join(","),
  };
}

/** Go's form of a time, such as `2025-06-24 12:10:30 +0000 UTC`. */
const formatTime = (millis: number): string =>
  `${new Date(millis).toISOString().slice(0, 19).replace("T", " ")} +0000 UTC`;
