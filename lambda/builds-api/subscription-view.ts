import { withoutAbsent } from "../domain/absent.ts";
import type { Subscription } from "../domain/subscription.ts";
import { explainTrouble, iso, type Reach } from "./explain.ts";
import type { SubscriptionSummary, SubscriptionView } from "./schemas.ts";
import { isoIf, linksOf, renderHistory, renderPending } from "./view.ts";

export function renderSubscription(
  subscription: Subscription,
  { slackApiUrl, now, ...reach }: Reach & { slackApiUrl: string; now: number },
): SubscriptionView {
  const { settings, listedAt, lastBuildId, undecided = {}, expiresAt, delivery } = subscription;
  const { channel: _inPath, notify = "all", tellSlow = true, ...others } = settings;
  return withoutAbsent({
    ...fieldsOf(subscription),
    settings: { ...others, notify, tellSlow },
    listedAt: isoIf(listedAt),
    lastBuildId,
    undecided: Object.keys(undecided).length,
    expiresAt: isoIf(expiresAt),
    trouble: explainTrouble(subscription, reach, now),
    pending: renderPending(subscription, now),
    history: renderHistory(delivery, linksOf(subscription, slackApiUrl)),
  });
}

export const renderSubscriptionSummary = (subscription: Subscription): SubscriptionSummary =>
  withoutAbsent({
    ...fieldsOf(subscription),
    label: subscription.settings.label,
    branches: subscription.settings.branches,
    pending: subscription.delivery.outbox.length,
  });

const fieldsOf = (subscription: Subscription) => ({
  jobId: subscription.jobId,
  jobName: subscription.jobName,
  channel: subscription.settings.channel,
  subscribedAt: iso(subscription.at),
  status: statusOf(subscription),
  since: isoIf(subscription.since),
});

const statusOf = ({ status, since }: Subscription): SubscriptionView["status"] =>
  status === "active" && since === undefined ? "starting" : status;
