import { registerBuild, type Build, type Settings } from "../domain/build.ts";
import { hasPending } from "../domain/delivery.ts";
import type { Clock, RegistrationStore } from "./ports.ts";

/** Why a build can't be registered now: with these settings, or until what was registered before is through. */
export type Conflict =
  | { kind: "settingsDiffer"; build: Build; differing: (keyof Settings)[] }
  | { kind: "stopping" | "stillPending"; build: Build };

type RegistrationDecision = { kind: "create"; replaced?: Build } | { kind: "same"; build: Build } | Conflict;

export type RegistrationResult =
  | { kind: "registered"; build: Build; isNew: boolean }
  | Conflict
  | { kind: "contended" };

/** Each attempt fails only because somebody else's succeeded, and the next one sees theirs. */
const attempts = 5;

/**
 * What a registration with these settings does to the build that is there, if any. An earlier registration is
 * replaced only once it is over and owes nothing, so that nothing of it is lost; or when its channel refuses what it
 * owes, which is then known to be unsent, and the new one names another: it catches up with all of it there.
 */
export function decideRegistration(existing: Build | undefined, wanted: Settings): RegistrationDecision {
  if (!existing) return { kind: "create" };
  if (existing.status !== "tracking") {
    return hasPending(existing.delivery) && !movesFromRefusing(existing, wanted)
      ? { kind: "stillPending", build: existing }
      : { kind: "create", replaced: existing };
  }
  if (existing.stopRequestedAt !== undefined) return { kind: "stopping", build: existing };
  const differing = differences(existing.registration, wanted);
  return differing.length > 0
    ? { kind: "settingsDiffer", build: existing, differing }
    : { kind: "same", build: existing };
}

const movesFromRefusing = ({ delivery, registration }: Build, wanted: Settings): boolean =>
  delivery.postponed?.of === "all" && delivery.lease === undefined && wanted.channel !== registration.channel;

/** Of several at the same time one creates the registration, and the others find it there. */
export async function register(
  { store, clock, newId }: { store: RegistrationStore; clock: Pick<Clock, "now">; newId: () => string },
  buildId: string,
  settings: Settings,
): Promise<RegistrationResult> {
  const wanted = registerBuild(buildId, newId(), settings, clock.now());
  for (let attempt = 1; attempt <= attempts; attempt++) {
    const existing = await store.loadBuild(buildId);
    // The write had happened although its answer was lost.
    if (existing?.registration.id === wanted.registration.id) return registered(existing, true);
    const decision = decideRegistration(existing, settings);
    if (decision.kind === "same") return registered(decision.build, false);
    if (decision.kind !== "create") return decision;
    if (await store.register(wanted, decision.replaced)) return registered(wanted, true);
  }
  return { kind: "contended" };
}

const registered = (build: Build, isNew: boolean) => ({ kind: "registered" as const, build, isNew });

function differences(known: Settings, wanted: Settings): (keyof Settings)[] {
  const [before, after] = [comparable(known), comparable(wanted)];
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- They are the keys of what comparable() returns.
  return (Object.keys(before) as (keyof Settings)[]).filter((name) => before[name] !== after[name]);
}

/** The order of the mentions does not matter. */
const comparable = ({
  channel,
  label,
  mention,
  thread,
  notify = "all",
}: Settings): Record<keyof Settings, unknown> => ({
  channel,
  label,
  mention: mention.toSorted().join(),
  thread,
  notify,
});
