import { subscriptionPathOf, type Api } from "./api.ts";
import { valuesOf } from "./view/settings.ts";
import {
  emptySubscription,
  fieldsOf,
  subscriptionBodyOf,
  type AskedSubscription,
} from "./view/subscription.ts";

/** What the dialog about a subscription shows and does. */

/** The dialog for the form's job and channel, with the settings that the subscription has. */
export async function askSubscription(form: URLSearchParams, api: Api): Promise<AskedSubscription> {
  const asked = await findAsked(form, api);
  if (!asked.isChange) return { ...asked, values: emptySubscription };
  const { settings } = await api.subscription(asked.jobId, asked.channel);
  return { ...asked, values: fieldsOf(settings) };
}

/** Subscribes the channel, or changes its subscription. @returns the dialog again, if the API refuses */
export async function subscribe(form: URLSearchParams, api: Api): Promise<AskedSubscription | undefined> {
  const asked = await findAsked(form, api);
  const values = valuesOf(form, emptySubscription);
  const path = subscriptionPathOf(asked.jobId, asked.channel);
  const { problem } = await api.call("PUT", path, subscriptionBodyOf(values));
  return problem && { ...asked, values, problem };
}

async function findAsked(
  form: URLSearchParams,
  api: Api,
): Promise<Omit<AskedSubscription, "values" | "problem">> {
  const { jobId, channel } = valuesOf(form, { jobId: "", channel: "" });
  const subscriptions = await api.subscriptions();
  const known = subscriptions.find((each) => each.jobId === jobId && each.channel === channel);
  return { jobId, channel, isChange: known !== undefined, ...(known?.jobName && { jobName: known.jobName }) };
}
