import { needsDetails, observe, stop, type Build, type Retention } from "../domain/build.ts";
import { tailOf, usualOf, type Closing } from "../domain/closing.ts";
import { maskSecrets } from "../domain/mask.ts";
import { isFailure, type BuildDetails } from "../domain/outcome.ts";
import type { LastPolls } from "./last-polls.ts";
import { ServiceStageError, type Clock, type Log, type ServiceStage } from "./ports.ts";

/** For a log's last call, which may time out, and what came before it. */
const closingMillis = 10_000;

export interface PollOptions {
  serviceStage: ServiceStage;
  lastPolls: LastPolls;
  clock: Pick<Clock, "now">;
  log: Log;
  retention: Retention;
  pollIntervalMillis: number;
  /** Epoch milliseconds: when the time of the tick is over. */
  deadline: number;
}

/**
 * What a poll found. `read`: what the build has become, as far as ServiceStage tells · `left`: ServiceStage was not
 * asked, since the build is over or was stopped. `next` is the very same object when there is
 * nothing to record.
 */
export type Polled =
  | { kind: "read"; next: Build }
  | { kind: "left"; next: Build }
  | { kind: "unreadable"; error: ServiceStageError };

export async function pollBuild(build: Build, options: PollOptions): Promise<Polled> {
  const { clock, lastPolls, pollIntervalMillis, retention, serviceStage } = options;
  if (build.status !== "tracking") return { kind: "left", next: build };
  if (build.stopRequestedAt !== undefined) return { kind: "left", next: stop(build, clock.now()) };
  try {
    const askedAt = clock.now();
    const phases = await serviceStage.fetchPhases(build.buildId);
    const seenAt = clock.now();
    const wanted = needsDetails(build, phases, seenAt, retention);
    const details = wanted ? await fetchDetails(build, options) : undefined;
    const watch = { before: lastPolls.before(build), pollIntervalMillis };
    const next = observe(build, phases, details, seenAt, retention, watch);
    if (next.status === "tracking") lastPolls.remember(next, askedAt);
    if (next.status !== "ended") return { kind: "read", next };
    return { kind: "read", next: { ...next, closing: await fetchClosing(next, options) } };
  } catch (error) {
    if (!(error instanceof ServiceStageError)) throw error;
    return { kind: "unreadable", error };
  }
}

/** The details add to what the phases tell; without them the build goes on being told. */
const fetchDetails = (
  { buildId }: Build,
  { serviceStage, log }: PollOptions,
): Promise<BuildDetails | undefined> => attempt(buildId, () => serviceStage.fetchDetails(buildId), log);

/** What an ended build's last message tells beside its phases, as far as there is time for it. */
async function fetchClosing(
  { buildId, outcome, details = {} }: Build,
  { serviceStage, clock, deadline, log }: PollOptions,
): Promise<Closing> {
  if (clock.now() + closingMillis > deadline) return {};
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

/**
 * What adds to a build's telling, but must not hold it up, whatever goes wrong: undefined, and a line in the log, where
 * it fails.
 */
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
