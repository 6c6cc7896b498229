import { html, type Html } from "../html.ts";
import type { ServiceStageServer } from "../servicestage/server.ts";
import type { Person } from "../slack/person.ts";
import type { SlackServer } from "../slack/server.ts";
import { createApi } from "./api.ts";
import { serviceStageSide, slackSide, type Side } from "./faults.ts";
import { createLive } from "./live.ts";
import type { Channel } from "../slack/workspace.ts";
import { people } from "../slack/people.ts";
import { readSubscribed } from "./subscribed.ts";
import { createTracker } from "./tracked.ts";
import { renderCompletions } from "./view/composer.ts";
import { renderCounts } from "./view/counts.ts";
import { renderBuilds } from "./view/builds.ts";
import { renderJobs } from "./view/jobs.ts";
import { renderDocument } from "./view/document.ts";
import { emptyRegistration, renderRegistration, type Registered } from "./view/registration.ts";
import { renderSimulator, type SideView } from "./view/simulator.ts";
import { renderStart, type Started } from "./view/start.ts";
import { renderSubscription, type AskedSubscription } from "./view/subscription.ts";
import { renderChannel } from "./view/slack.ts";

/** The local system's page without its HTTP part: what the page shows, and what its buttons do. */

export interface PageSettings {
  apiUrl: string;
  apiToken: string;
  defaultChannel: string;
  /** The sample builds' kinds. */
  kinds: readonly string[];
  /** The simulated servers. A real service has none. */
  slack?: SlackServer | undefined;
  /** Who types in the simulated Slack. */
  person?: Person | undefined;
  serviceStage?: ServiceStageServer | undefined;
  channels: readonly { id: string; name: string }[];
  /** Ends the pause after refused credentials, so that the notifier tries ServiceStage again at once. */
  endPause: () => Promise<void>;
  onError: (error: unknown) => void;
}

export type Page = ReturnType<typeof createPage>;

export function createPage({
  slack,
  person,
  serviceStage,
  channels,
  endPause,
  onError,
  ...settings
}: PageSettings) {
  const api = createApi(settings);
  const sides = {
    servicestage: serviceStage && serviceStageSide(serviceStage, endPause),
    slack: slack && slackSide(slack),
  };
  const readTracked = createTracker(api, () => !sides.servicestage?.active());
  const names = slack && new Map(channels.map(({ id, name }) => [id, name]));
  const form = {
    defaultChannel: settings.defaultChannel,
    channels: slack ? channels : [],
    people: slack ? people : [],
    kinds: serviceStage ? settings.kinds : [],
  };

  const renderStarted = (started: Started): Html => renderStart(started, form.kinds);
  const renderRegistered = (registered: Registered): Html => renderRegistration(registered, form);

  /** The page's regions. Each region is an element with an id. */
  async function renderRegions() {
    const [tracked, subscribed] = await Promise.all([readTracked(), readSubscribed(api)]);
    const views = sidesOf(sides, settings.defaultChannel);
    const now = Date.now();
    const builds = renderBuilds(tracked, {
      now,
      ...(names && { channels: names }),
      ...(slack && { holds: (channel: string, ts: string) => holdsMessage(slack.channel(channel), ts) }),
    });
    return {
      counts: renderCounts(tracked.builds, subscribed),
      simulator: renderSimulator(views, tracked.builds, now),
      slack: renderSlack(),
      jobs: renderJobs(subscribed, jobsContext()),
      builds,
    };
  }

  function renderSlack(): Html[] {
    if (!slack) return [];
    const shown = channels.map(({ id }) => slack.channel(id));
    return shown.map((channel) =>
      renderChannel(
        channel,
        { all: shown, answers: person?.answers(channel.id) ?? [], jobs: jobNames() },
        {},
      ),
    );
  }

  const jobsContext = () => ({ ...form, jobs: serviceStage?.jobs ?? [] });
  const jobNames = (): string[] => (serviceStage?.jobs ?? []).map(({ jobName }) => jobName);

  const live = createLive(async () => Object.values(await renderRegions()).flat(), onError);
  slack?.onEvent(() => live.refresh());
  slack?.onReply(() => live.refresh());

  return {
    api,
    live,
    slack,
    person,
    serviceStage,
    sides: sides as Record<string, Side | undefined>,
    renderRegistered,
    renderStarted,
    renderSubscription: (asked?: AskedSubscription): Html => renderSubscription(asked, jobsContext()),
    renderCompletions: (channel: string, text: string): Html => renderCompletions(channel, text, jobNames()),
    async render(): Promise<string> {
      const { slack: channelsShown, ...regions } = await renderRegions();
      const real = html`<p class="empty">
        The messages are in the real Slack, in channel ${settings.defaultChannel}.
      </p>`;
      const registration = renderRegistered({ values: emptyRegistration });
      const start = renderStarted({});
      const subscription = renderSubscription(undefined, jobsContext());
      return renderDocument({
        ...regions,
        start,
        registration,
        subscription,
        slack: slack ? channelsShown : real,
      });
    },
  };
}

const holdsMessage = ({ messages }: Channel, ts: string): boolean =>
  messages.some((message) => message.ts.replace(".", "") === ts);

const sidesOf = (
  { servicestage, slack }: { servicestage: Side | undefined; slack: Side | undefined },
  channel: string,
): SideView[] => [
  {
    name: "ServiceStage",
    id: "servicestage",
    side: servicestage,
    real: "is the real ServiceStage: nothing is simulated",
  },
  { name: "Slack", id: "slack", side: slack, real: `is the real Slack, with the channel ${channel}` },
];
