import { withoutAbsent } from "../domain/absent.ts";
import type { ChannelRefusal } from "../domain/build.ts";
import type { Subscription } from "../domain/subscription.ts";
import { explainRefusedChannel, explainTrouble, iso, type Reach } from "./explain.ts";
import type { SubscriptionSummary, SubscriptionView } from "./schemas.ts";
import { isoIf, linksOf, renderHistory, renderPending } from "./view.ts";

interface SeenOfSubscription extends Reach {
  /** Why Slack refuses the channel, as far as it is known. */
  refusal: ChannelRefusal | undefined;
  slackApiUrl: string;
  now: number;
}

export function renderSubscription(
  subscription: Subscription,
  { refusal, slackApiUrl, now, ...reach }: SeenOfSubscription,
): SubscriptionView {
  const { settings, listedAt, lastBuildId, undecided = [], expiresAt, delivery } = subscription;
  const { channel: _inPath, notify = "all", tellSlow = true, ...others } = settings;
  return withoutAbsent({
    ...fieldsOf(subscription),
    settings: { ...others, notify, tellSlow },
    listedAt: isoIf(listedAt),
    lastBuildId,
    undecided: undecided.length,
    expiresAt: isoIf(expiresAt),
    trouble: explainTrouble(subscription, reach, now),
    channelProblem: refusal && explainRefusedChannel(subscription, refusal),
    pending: renderPending(subscription, now),
    history: renderHistory(delivery, linksOf(subscription, slackApiUrl)),
  });
}

export const renderSubscriptionSummary = (subscription: Subscription): SubscriptionSummary =>
  withoutAbsent({
    ...fieldsOf(subscription),
    label: subscription.settings.label,
    branches: subscription.settings.branches,
    notify: subscription.settings.notify ?? "all",
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
