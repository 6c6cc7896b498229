import { isActive, registerBuild, type Build, type Settings } from "../domain/build.ts";
import type { Clock, RegistrationStore } from "./ports.ts";

/** What may differ between two registrations of a build in a channel. */
export type Setting = Exclude<keyof Settings, "channel">;

/** Why a build can't be registered now: it is tracked with other settings, is being stopped, or has something pending. */
export type Conflict =
  | { kind: "settingsDiffer"; build: Build; differing: Setting[] }
  | { kind: "stopping" | "stillPending"; build: Build };

type RegistrationDecision = { kind: "create"; replaced?: Build } | { kind: "same"; build: Build } | Conflict;

export type RegistrationResult =
  | { kind: "registered"; build: Build; isNew: boolean }
  | Conflict
  | { kind: "contended" };

/** An attempt fails only if another caller's attempt succeeds. The next attempt sees its result. */
const attempts = 5;

/**
 * What a registration with these settings does to the build that is stored for this channel, if there is one. An earlier
 * registration is replaced only if it is over and has nothing pending, so that nothing is lost.
 */
export function decideRegistration(existing: Build | undefined, wanted: Settings): RegistrationDecision {
  if (!existing) return { kind: "create" };
  if (existing.status !== "tracking") {
    return isActive(existing)
      ? { kind: "stillPending", build: existing }
      : { kind: "create", replaced: existing };
  }
  if (existing.stopRequestedAt !== undefined) return { kind: "stopping", build: existing };
  const differing = differences(existing.registration, wanted);
  return differing.length > 0
    ? { kind: "settingsDiffer", build: existing, differing }
    : { kind: "same", build: existing };
}

/** Of several callers at the same time, one creates the registration, and the others find it. */
export async function register(
  { store, clock, newId }: { store: RegistrationStore; clock: Pick<Clock, "now">; newId: () => string },
  buildId: string,
  settings: Settings,
): Promise<RegistrationResult> {
  const wanted = registerBuild(buildId, newId(), settings, clock.now());
  for (let attempt = 1; attempt <= attempts; attempt++) {
    const existing = await store.loadBuild(buildId, settings.channel);
    // The earlier write happened, although its answer was lost.
    if (existing?.registration.id === wanted.registration.id) return registered(existing, true);
    const decision = decideRegistration(existing, settings);
    if (decision.kind === "same") return registered(decision.build, false);
    if (decision.kind !== "create") return decision;
    if (await store.register(wanted, decision.replaced)) return registered(wanted, true);
  }
  return { kind: "contended" };
}

const registered = (build: Build, isNew: boolean) => ({ kind: "registered" as const, build, isNew });

/** The names of the settings that differ, for one channel. */
export function differences(known: Settings, wanted: Settings): Setting[] {
  const [before, after] = [comparable(known), comparable(wanted)];
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- They are the keys of what comparable() returns.
  return (Object.keys(before) as Setting[]).filter((name) => before[name] !== after[name]);
}

const comparable = ({
  label,
  mention,
  thread,
  notify = "all",
  tellSlow = true,
}: Settings): Record<Setting, unknown> => ({
  label,
  mention: asSet(mention),
  thread,
  notify,
  tellSlow,
});

/** Equal for lists with the same texts: neither their order nor a repetition matters. */
export const asSet = (texts: readonly string[] | undefined): string | undefined =>
  texts && JSON.stringify([...new Set(texts)].toSorted());
