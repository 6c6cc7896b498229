import { isStale, observeTrouble, type Build } from "../domain/build.ts";
import { backInReach, forgetUntold, noNotices, outOfReach, type Notices } from "../domain/notices.ts";
import { guard, logOnce, recordNext, type Pass } from "./pass.ts";
import type { ServiceStageError } from "./ports.ts";

/**
 * At a pass's end it is known whether what failed is one build's trouble, which its card tells, or ServiceStage is out
 * of reach for all, which each channel is told.
 */
export async function tellReach(pass: Pass): Promise<void> {
  logUnreadable(pass);
  await pass.breaker.conclude().catch((error: unknown) => {
    pass.report.errors += 1;
    pass.log.error("The circuit breaker could not be saved. The next pass tries again", { error });
  });
  for (const { build, error } of pass.unreadable) {
    if (isOver(pass)) return;
    await guard(build, () => recordNext(build, troubled(build, error, pass), pass), pass);
  }
  await tellChannels(pass);
}

/** Whatever is left, a later pass finds again: a store that answers slowly must not keep a tick beyond its time. */
const isOver = ({ clock, deadline }: Pass): boolean => clock.now() >= deadline;

function troubled(build: Build, { reason }: ServiceStageError, { breaker, clock, retention }: Pass): Build {
  const now = clock.now();
  // No outage lasts for ever: what nobody can read for so long is about the build, even if it is the only one.
  const itsOwn = breaker.answered ? reason !== "refused" : isItsOwn(reason) && isStale(build, now, retention);
  return itsOwn ? observeTrouble(build, reason, now, retention) : build;
}

const isItsOwn = (reason: string): boolean => reason === "forbidden" || reason === "notUnderstood";

async function tellChannels(pass: Pass): Promise<void> {
  const outage = pass.breaker.answered ? undefined : pass.unreadable[0]?.error.reason;
  const channels = new Set([...pass.notices.keys(), ...(outage === undefined ? [] : pass.channels)]);
  for (const channel of channels) {
    if (isOver(pass)) return;
    const fresh = noNotices(channel, pass.newId());
    await guard(fresh, () => tellChannel(pass.notices.get(channel) ?? fresh, outage, pass), pass);
  }
}

async function tellChannel(loaded: Notices, outage: string | undefined, pass: Pass): Promise<void> {
  const now = pass.clock.now();
  if (pass.breaker.answered) return recordNext(loaded, backInReach(loaded, now), pass);
  if (outage === undefined || !pass.channels.has(loaded.channel)) {
    const isOver = pass.complete && !pass.channels.has(loaded.channel);
    return recordNext(loaded, isOver ? forgetUntold(loaded) : loaded, pass);
  }
  // Not among the active ones: it may be there all the same, over and done with.
  const notices = loaded.version === 0 ? ((await pass.store.load(loaded)) ?? loaded) : loaded;
  return recordNext(notices, outOfReach(notices, outage, now), pass);
}

function logUnreadable(pass: Pass): void {
  for (const { build, error } of pass.unreadable) {
    const { message, reason, status, code, requestId } = error;
    logOnce("warn", message, { buildId: build.buildId, reason, status, code, requestId }, pass);
  }
}
