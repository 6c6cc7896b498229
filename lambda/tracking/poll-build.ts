import { needsDetails, observe, stop, type Build } from "../domain/build.ts";
import type { BuildDetails } from "../domain/outcome.ts";
import type { Pass } from "./pass.ts";
import { ServiceStageError } from "./ports.ts";

/** Builds that could not be read wait for the pass's end in memory, so they are bounded. */
const unreadableAtMost = 1_000;
/** An item holds at most 400 KB: a build that owes so much is read again when some of it is told. */
const outboxAtMost = 500;

/**
 * What the build has become, as far as ServiceStage tells; the very same object when there is nothing to record.
 * Undefined when it could not be read, and was added to the pass's unreadable ones.
 */
export async function pollBuild(build: Build, pass: Pass): Promise<Build | undefined> {
  const { clock, keeping } = pass;
  if (build.status !== "tracking") return build;
  if (build.stopRequestedAt !== undefined) return stop(build, clock.now());
  if (build.delivery.outbox.length >= outboxAtMost) return build;
  try {
    const phases = await pass.gate.pass(() => pass.serviceStage.fetchPhases(build.buildId));
    pass.report.polled += 1;
    const wanted = needsDetails(build, phases, clock.now(), keeping);
    const details = wanted ? await fetchDetails(build, pass) : undefined;
    return observe(build, phases, details, clock.now(), keeping);
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
async function fetchDetails({ buildId }: Build, pass: Pass): Promise<BuildDetails | undefined> {
  try {
    return await pass.gate.pass(() => pass.serviceStage.fetchDetails(buildId));
  } catch (error) {
    if (!(error instanceof ServiceStageError)) throw error;
    const { message, reason, requestId } = error;
    pass.log.warn(message, { buildId, reason, requestId });
    return undefined;
  }
}
