import { isStale, observeTrouble, type Build, type Retention } from "../domain/build.ts";
import { backInReach, forgetUntold, noNotices, outOfReach, type Notices } from "../domain/notices.ts";
import { guard } from "./guard.ts";
import type { CircuitBreaker } from "./circuit-breaker.ts";
import type { Log, ServiceStageError, ServiceStageFailure } from "./ports.ts";
import { record, type RecordOptions } from "./record.ts";

/** What a pass found out about reading builds. */
export interface Findings {
  /** The channels of the builds that are still tracked. */
  channels: ReadonlySet<string>;
  /** By channel. */
  notices: ReadonlyMap<string, Notices>;
  unreadable: readonly Unreadable[];
  /** All active feeds were read: what was not among them is not there. */
  complete: boolean;
  /** Some build was answered. */
  answered: boolean;
}

export interface Unreadable {
  build: Build;
  error: ServiceStageError;
}

/**
 * At a pass's end it is known whether what failed is one build's trouble, which its card tells, or ServiceStage is out
 * of reach for all, which each channel is told.
 * @returns whether something is pending that a later pass of this tick could tell
 */
export async function tellReach(findings: Findings, options: RecordOptions): Promise<boolean> {
  const { clock, retention } = options;
  let pending = false;
  for (const { build, error } of findings.unreadable) {
    if (isOver(options)) return pending;
    const told = await guard(
      build,
      () => record(build, troubled(build, error.reason, findings, clock.now(), retention), options),
      options,
    );
    pending ||= told ?? false;
  }
  return (await tellChannels(findings, options)) || pending;
}

/** Whatever is left, a later pass finds again: a store that answers slowly must not keep a tick beyond its time. */
const isOver = ({ clock, deadline }: RecordOptions): boolean => clock.now() >= deadline;

function troubled(
  build: Build,
  reason: ServiceStageFailure,
  { answered }: Findings,
  now: number,
  retention: Retention,
): Build {
  // No outage lasts for ever: what nobody can read for so long is about the build, even if it is the only one.
  const itsOwn = answered ? reason !== "refused" : isItsOwn(reason) && isStale(build, now, retention);
  return itsOwn ? observeTrouble(build, reason, now, retention) : build;
}

const isItsOwn = (reason: ServiceStageFailure): boolean =>
  reason === "forbidden" || reason === "notUnderstood";

async function tellChannels(findings: Findings, options: RecordOptions): Promise<boolean> {
  const outage = findings.answered ? undefined : findings.unreadable[0]?.error.reason;
  const channels = new Set([...findings.notices.keys(), ...(outage === undefined ? [] : findings.channels)]);
  let pending = false;
  for (const channel of channels) {
    if (isOver(options)) return pending;
    const fresh = noNotices(channel, options.newId());
    const loaded = findings.notices.get(channel) ?? fresh;
    const told = await guard(fresh, () => tellChannel(loaded, outage, findings, options), options);
    pending ||= told ?? false;
  }
  return pending;
}

async function tellChannel(
  loaded: Notices,
  outage: ServiceStageFailure | undefined,
  { answered, channels, complete }: Findings,
  options: RecordOptions,
): Promise<boolean> {
  const now = options.clock.now();
  if (answered) return record(loaded, backInReach(loaded, now), options);
  if (outage === undefined || !channels.has(loaded.channel)) {
    const isUnconcerned = complete && !channels.has(loaded.channel);
    return record(loaded, isUnconcerned ? forgetUntold(loaded) : loaded, options);
  }
  // Not among the active ones: it may be there all the same, over and done with.
  const notices = loaded.version === 0 ? ((await options.store.load(loaded)) ?? loaded) : loaded;
  return record(notices, outOfReach(notices, outage, now), options);
}

/** Opens or closes the stored circuit. A failure is counted and logged; the next pass tries again. */
export async function conclude(
  breaker: Pick<CircuitBreaker, "conclude">,
  { log, report }: { log: Log; report: { errors: number } },
): Promise<void> {
  await breaker.conclude().catch((error: unknown) => {
    report.errors += 1;
    log.error("The circuit breaker could not be saved. The next pass tries again", { error });
  });
}
