import { withoutAbsent } from "../domain/absent.ts";
import type { ChannelRefusal, Retention } from "../domain/build.ts";
import type { Subscription } from "../domain/subscription.ts";
import { routes } from "../names.ts";
import { ServiceStageError, type ApiStore, type CircuitStore, type Log } from "../tracking/ports.ts";
import { askServiceStage, type AskParts } from "../tracking/ask-service-stage.ts";
import { subscribeJob, unsubscribeJob } from "../tracking/subscribe.ts";
import { json, readPage, type Operations } from "./answer.ts";
import { contended, ProblemError } from "./problem.ts";
import type { ReachOf } from "./reach.ts";
import { parseSubscription, parseSubscriptionPath, parseSubscriptionsQuery } from "./request.ts";
import type { RegistrationDefaults, SubscriptionResult } from "./schemas.ts";
import { renderSubscription, renderSubscriptionSummary } from "./subscription-view.ts";

export interface SubscriptionParts extends AskParts {
  store: ApiStore & CircuitStore;
  /** Why Slack refuses the channel, as far as it is known. */
  loadRefusal: (channel: string) => Promise<ChannelRefusal | undefined>;
  newId: () => string;
  log: Log;
  settings: Retention;
  slackApiUrl: string;
  defaults: RegistrationDefaults;
}

/** Subscribes channels to jobs, shows the subscriptions and ends them. */
export function createSubscriptionOperations(parts: SubscriptionParts, reachOf: ReachOf) {
  const { store, loadRefusal, clock, newId, log, settings: retention, slackApiUrl, defaults } = parts;

  const show = async (subscription: Subscription) => {
    const { channel } = subscription.settings;
    const [reach, refusal] = await Promise.all([reachOf(channel), loadRefusal(channel)]);
    return renderSubscription(subscription, { ...reach, refusal, slackApiUrl, now: clock.now() });
  };

  /** @throws {ProblemError} if ServiceStage does not know the job */
  async function checkJob(jobId: string): Promise<CheckedJob> {
    try {
      return await askServiceStage(parts, (asked) => asked.fetchJob(jobId));
    } catch (error) {
      if (!(error instanceof ServiceStageError)) throw error;
      if (error.reason === "unknownJob") throw unknownJob(jobId, error);
      log.warn("The job of a subscription could not be checked", { jobId, error });
      return { notChecked: { reason: error.reason, detail: notChecked(error) } };
    }
  }

  return {
    [routes.subscribe]: async (event) => {
      const { jobId, settings } = parseSubscription(event, defaults);
      const { jobName, notChecked } = await checkJob(jobId);
      const done = await subscribeJob({ store, clock, newId }, jobId, jobName, settings);
      if (done.kind === "contended") throw contended("changing the subscription");
      const view = await show(done.subscription);
      const answer: SubscriptionResult = withoutAbsent({ ...view, result: done.as, notChecked });
      // Like that of a build, the address is relative to the request.
      return done.as === "new" ? json(201, answer, { location: settings.channel }) : json(200, answer);
    },
    [routes.showSubscription]: async (event) => {
      const { jobId, channel } = parseSubscriptionPath(event);
      const subscription = await store.loadSubscription(jobId, channel);
      if (!subscription) throw notSubscribed(jobId, channel);
      return json(200, await show(subscription));
    },
    [routes.unsubscribe]: async (event) => {
      const { jobId, channel } = parseSubscriptionPath(event);
      switch (await unsubscribeJob({ store, clock, retention }, jobId, channel)) {
        case "ended":
        case "endedBefore":
          return { statusCode: 204 };
        case "none":
          throw notSubscribed(jobId, channel);
        case "contended":
          throw contended("changing the subscription");
      }
    },
    [routes.listSubscriptions]: async (event) => {
      const { job, ...query } = parseSubscriptionsQuery(event);
      const page = store.listSubscriptions(withoutAbsent({ ...query, jobId: job }));
      const { subscriptions, cursor } = await readPage(page);
      return json(
        200,
        withoutAbsent({ subscriptions: subscriptions.map(renderSubscriptionSummary), next: cursor }),
      );
    },
  } satisfies Partial<Operations>;
}

interface CheckedJob {
  jobName?: string;
  notChecked?: NonNullable<SubscriptionResult["notChecked"]>;
}

const notChecked = ({ message }: ServiceStageError): string =>
  `ServiceStage could not be asked whether it knows the job: ${message}. The subscription is stored all the same. If the ` +
  "job ID is wrong, the notifier says so in the channel after an hour.";

const unknownJob = (jobId: string, cause: ServiceStageError): ProblemError =>
  new ProblemError(
    "unknownJob",
    `ServiceStage can't find the job ${jobId}. GET /jobs?name= finds a job by its name. If the ID is right, check the ` +
      "stack's region and project.",
    { cause },
  );

const notSubscribed = (jobId: string, channel: string): ProblemError =>
  new ProblemError(
    "notSubscribed",
    `The channel ${channel} is not subscribed to the job ${jobId}, or the subscription ended long ago. ` +
      `PUT /jobs/${jobId}/subscriptions/${channel} subscribes it.`,
  );
