import type { SubscriptionSummary, SubscriptionView } from "../../lambda/builds-api/schemas.ts";
import type { Api } from "./api.ts";

/** A subscription that the page shows. */
export interface Subscribed extends SubscriptionSummary {
  /** Why the job can't be read. */
  trouble?: SubscriptionView["trouble"];
  /** Why Slack refuses the channel. */
  channelProblem?: SubscriptionView["channelProblem"];
}

/** The list does not say what is wrong with a job or a channel, so at most this many subscriptions are read one by one. */
const readAtMost = 20;

export async function readSubscribed(
  api: Pick<Api, "subscriptions" | "subscription">,
): Promise<Subscribed[]> {
  const summaries = await api.subscriptions();
  return Promise.all(
    summaries.map(async (summary, index) => {
      if (index >= readAtMost) return summary;
      const { trouble, channelProblem } = await api.subscription(summary.jobId, summary.channel);
      return { ...summary, ...(trouble && { trouble }), ...(channelProblem && { channelProblem }) };
    }),
  );
}
