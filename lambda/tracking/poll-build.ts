import { tellActions } from "../domain/build-action.ts";
import { needsDetails, observe, stop, type Build, type Retention } from "../domain/build.ts";
import { tailOf, usualOf, type Closing } from "../domain/closing.ts";
import { maskSecrets } from "../domain/mask.ts";
import { isFailure, type BuildDetails } from "../domain/outcome.ts";
import type { LastPolls } from "./last-polls.ts";
import { ServiceStageError, type Clock, type Log } from "./ports.ts";
import { anyTime, type SharedCalls } from "./shared-calls.ts";
import { isTooLateForClosing, type Times } from "./times.ts";

export interface PollParts {
  serviceStage: SharedCalls;
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
  const { clock, lastPolls, pollIntervalMillis, retention, serviceStage } = parts;
  const build = tellActions(loaded, clock.now());
  if (build.status !== "tracking") return { kind: "left", next: build };
  if (build.stopRequestedAt !== undefined) return { kind: "left", next: stop(build, clock.now()) };
  try {
    const asked = await serviceStage.fetchPhases(build.buildId, knownUntil(build));
    const { value: phases, askedAt, answeredAt: seenAt } = asked;
    const wanted = needsDetails(build, phases, seenAt, retention);
    const details = wanted ? await fetchDetails(build, parts) : undefined;
    const watch = { before: lastPolls.before(build), pollIntervalMillis };
    const next = observe(build, phases, details, seenAt, retention, watch);
    if (next.status === "tracking") lastPolls.remember(next, askedAt);
    if (next.status !== "ended") return { kind: "read", next };
    return { kind: "read", next: { ...next, closing: await fetchClosing(next, parts) } };
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
  attempt(build.buildId, () => serviceStage.fetchDetails(build.buildId, knownUntil(build)), log);

/** What an ended build's last message shows beside its phases, as far as there is time for it. */
async function fetchClosing(
  { buildId, outcome, details = {} }: Build,
  { serviceStage, clock, times, log }: PollParts,
): Promise<Closing> {
  if (isTooLateForClosing(clock.now(), times)) return {};
  const { jobId, jobName } = details;
  const [logTail, usual] = await Promise.all([
    isFailure(outcome)
      ? attempt(buildId, async () => tailOf(await serviceStage.fetchLogTail(buildId)), log)
      : undefined,
    jobId && jobName && outcome === "succeeded"
      ? attempt(
          buildId,
          async () => usualOf((await serviceStage.fetchJobBuilds({ jobId, jobName }, 1)).builds, buildId),
          log,
        )
      : undefined,
  ]);
  return { ...(logTail?.length && { logTail }), ...(usual && { usual }) };
}

/** Makes a call whose answer is an ornament: a failure is logged, and holds up no message. */
async function attempt<T>(buildId: string, call: () => Promise<T>, log: Log): Promise<T | undefined> {
  try {
    return await call();
  } catch (error) {
    if (error instanceof ServiceStageError) {
      const { message, reason, requestId } = error;
      log.warn(message, { buildId, reason, requestId });
    } else {
      const message = maskSecrets(error instanceof Error ? error.message : String(error));
      log.error(
        "A bug in the notifier: the message about a build's end lacks some details. Please report this",
        {
          buildId,
          error: message,
        },
      );
    }
    return undefined;
  }
}
