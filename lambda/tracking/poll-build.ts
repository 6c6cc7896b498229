import { needsDetails, observe, stop, type Build } from "../domain/build.ts";
import { isFull } from "../domain/delivery.ts";
import { tailOf, usualOf, type Closing } from "../domain/closing.ts";
import { maskSecrets } from "../domain/mask.ts";
import { isFailure, type BuildDetails } from "../domain/outcome.ts";
import type { Pass } from "./pass.ts";
import { ServiceStageError } from "./ports.ts";

/** Builds that could not be read wait for the pass's end in memory, so they are bounded. */
const unreadableAtMost = 1_000;
/** For a log's last call, which may time out, and what came before it. */
const closingMillis = 10_000;

/**
 * What the build has become, as far as ServiceStage tells; the very same object when there is nothing to record.
 * Undefined when it could not be read, and was added to the pass's unreadable ones.
 */
export async function pollBuild(build: Build, pass: Pass): Promise<Build | undefined> {
  const { clock, retention } = pass;
  if (build.status !== "tracking") return build;
  if (build.stopRequestedAt !== undefined) return stop(build, clock.now());
  if (isFull(build.delivery)) return build;
  try {
    const askedAt = clock.now();
    const phases = await pass.breaker.run(() => pass.serviceStage.fetchPhases(build.buildId));
    const seenAt = clock.now();
    pass.report.polled += 1;
    const wanted = needsDetails(build, phases, seenAt, retention);
    const details = wanted ? await fetchDetails(build, pass) : undefined;
    const watch = { before: pass.lastPolls.before(build), pollIntervalMillis: pass.pollIntervalMillis };
    const next = observe(build, phases, details, seenAt, retention, watch);
    if (next.status === "tracking") pass.lastPolls.remember(next, askedAt);
    return next.status === "ended" ? { ...next, closing: await fetchClosing(next, pass) } : next;
  } catch (error) {
    if (!(error instanceof ServiceStageError)) throw error;
    pass.report.unreadable += 1;
    if (error.reason === "refused") pass.report.credentialsRefused += 1;
    if (pass.unreadable.length >= unreadableAtMost) return build;
    pass.unreadable.push({ build, error });
    return undefined;
  }
}

/** The details add to what the phases tell; without them the build goes on being told. */
const fetchDetails = ({ buildId }: Build, pass: Pass): Promise<BuildDetails | undefined> =>
  attempt(buildId, () => pass.serviceStage.fetchDetails(buildId), pass);

/** What an ended build's last message tells beside its phases, as far as there is time for it. */
async function fetchClosing({ buildId, outcome, details = {} }: Build, pass: Pass): Promise<Closing> {
  if (pass.clock.now() + closingMillis > pass.deadline) return {};
  const { jobId, jobName } = details;
  const [logTail, usual] = await Promise.all([
    isFailure(outcome)
      ? attempt(buildId, async () => tailOf(await pass.serviceStage.fetchLogTail(buildId)), pass)
      : undefined,
    jobId && jobName && outcome === "succeeded"
      ? attempt(
          buildId,
          async () => usualOf(await pass.serviceStage.fetchJobBuilds({ jobId, jobName }), buildId),
          pass,
        )
      : undefined,
  ]);
  return { ...(logTail?.length && { logTail }), ...(usual && { usual }) };
}

/**
 * What adds to a build's telling, but must not hold it up, whatever goes wrong: undefined, and a line in the log, where
 * it fails.
 */
async function attempt<T>(
  buildId: string,
  call: () => Promise<T>,
  { breaker, log }: Pass,
): Promise<T | undefined> {
  try {
    return await breaker.run(call);
  } catch (error) {
    if (error instanceof ServiceStageError) {
      const { message, reason, requestId } = error;
      log.warn(message, { buildId, reason, requestId });
    } else {
      const message = maskSecrets(error instanceof Error ? error.message : String(error));
      log.error("A build is told without a part of what adds to it, because of a fault of ours; report it", {
        buildId,
        error: message,
      });
    }
    return undefined;
  }
}
