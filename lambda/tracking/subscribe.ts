import type { Retention } from "../domain/build.ts";
import { expire } from "../domain/feed.ts";
import {
  endSubscription,
  subscribe,
  subscribeAgain,
  wake,
  type Subscription,
  type SubscriptionSettings,
} from "../domain/subscription.ts";
import type { ApiStore, Clock } from "./ports.ts";
import { asSet, differences } from "./register.ts";

export type SubscribeResult =
  | { kind: "subscribed"; subscription: Subscription; as: "new" | "changed" | "same" }
  | { kind: "contended" };

export interface SubscribeParts {
  store: Pick<ApiStore, "loadSubscription" | "register" | "save">;
  clock: Pick<Clock, "now">;
  newId: () => string;
}

/** An attempt fails only if another caller's attempt succeeds. The next attempt sees its result. */
const attempts = 5;

/** Subscribes the channel of the settings to a job. New settings of a subscription that is there apply to builds that come. */
export async function subscribeJob(
  { store, clock, newId }: SubscribeParts,
  jobId: string,
  jobName: string | undefined,
  settings: SubscriptionSettings,
): Promise<SubscribeResult> {
  const wanted = subscribe(jobId, jobName, newId(), settings, clock.now());
  for (let attempt = 1; attempt <= attempts; attempt++) {
    const existing = await store.loadSubscription(jobId, settings.channel);
    if (!existing) {
      if (await store.register(wanted, undefined)) return subscribed(wanted, "new");
      continue;
    }
    if (existing.status !== "active") {
      const again = await store.save(existing, subscribeAgain(existing, wanted), "observation");
      if (again) return subscribed(again, "new");
      continue;
    }
    // The earlier write happened, although its answer was lost.
    if (existing.id === wanted.id) return subscribed(existing, "new");
    const as = isSame(existing.settings, settings) ? "same" : "changed";
    const awake = wake(existing);
    if (as === "same" && awake === existing) return subscribed(existing, as);
    const saved = await store.save(existing, { ...awake, settings }, "observation");
    if (saved) return subscribed(saved, as);
  }
  return { kind: "contended" };
}

const subscribed = (subscription: Subscription, as: "new" | "changed" | "same") => ({
  kind: "subscribed" as const,
  subscription,
  as,
});

const isSame = (known: SubscriptionSettings, wanted: SubscriptionSettings): boolean =>
  differences(known, wanted).length === 0 && asSet(known.branches) === asSet(wanted.branches);

/** `ended`: this call ended it · `endedBefore`: it had ended · `none`: the channel was not subscribed to the job. */
export type UnsubscribeResult = "ended" | "endedBefore" | "none" | "contended";

/** Ends a subscription. The builds that it registered are followed to their ends. */
export async function unsubscribeJob(
  { store, clock, retention }: Pick<SubscribeParts, "store" | "clock"> & { retention: Retention },
  jobId: string,
  channel: string,
): Promise<UnsubscribeResult> {
  for (let attempt = 1; attempt <= attempts; attempt++) {
    const existing = await store.loadSubscription(jobId, channel);
    if (!existing) return "none";
    if (existing.status !== "active") return "endedBefore";
    const ended = expire(endSubscription(existing), clock.now(), retention);
    if (await store.save(existing, ended, "observation")) return "ended";
  }
  return "contended";
}
