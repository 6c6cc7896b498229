import { html, type Html } from "../html.ts";
import type { ServiceStageServer } from "../servicestage/server.ts";
import type { SlackServer } from "../slack/server.ts";
import { createApi } from "./api.ts";
import { serviceStageSide, slackSide, type Side } from "./faults.ts";
import { createLive } from "./live.ts";
import type { Channel } from "../slack/workspace.ts";
import { createTracker } from "./tracked.ts";
import { renderBuilds } from "./view/builds.ts";
import { renderJobs } from "./view/jobs.ts";
import { renderDocument } from "./view/document.ts";
import { emptyRegistration, renderRegistration, type Registered } from "./view/registration.ts";
import { renderSimulator, renderStatus, type SideView } from "./view/simulator.ts";
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
  serviceStage?: ServiceStageServer | undefined;
  channels: readonly { id: string; name: string }[];
  /** Ends the pause after refused credentials, so that the notifier tries ServiceStage again at once. */
  endPause: () => Promise<void>;
  onError: (error: unknown) => void;
}

export type Page = ReturnType<typeof createPage>;

export function createPage({ slack, serviceStage, channels, endPause, onError, ...settings }: PageSettings) {
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
    kinds: serviceStage ? settings.kinds : [],
  };

  const renderRegistered = (registered: Registered): Html => renderRegistration(registered, form);

  /** The page's regions. Each region is an element with an id. */
  async function renderRegions(): Promise<Html[]> {
    const [tracked, subscriptions] = await Promise.all([readTracked(), api.subscriptions()]);
    const views = sidesOf(sides, settings.defaultChannel);
    const now = Date.now();
    const builds = renderBuilds(tracked, {
      now,
      ...(names && { channels: names }),
      ...(slack && { holds: (channel: string, ts: string) => holdsMessage(slack.channel(channel), ts) }),
    });
    const jobs = renderJobs(subscriptions, {
      jobs: serviceStage?.jobs ?? [],
      channels: slack ? channels : [],
      defaultChannel: settings.defaultChannel,
    });
    return [renderStatus(views, tracked.builds, now), renderSimulator(views), ...renderSlack(), jobs, builds];
  }

  function renderSlack(): Html[] {
    if (!slack) return [];
    const shown = channels.map(({ id }) => slack.channel(id));
    return shown.map((channel) => renderChannel(channel, shown, {}));
  }

  const live = createLive(renderRegions, onError);
  slack?.onEvent(() => live.refresh());

  return {
    api,
    live,
    slack,
    serviceStage,
    sides: sides as Record<string, Side | undefined>,
    renderRegistered,
    async render(): Promise<string> {
      const [status, simulator, ...rest] = await renderRegions();
      const builds = rest.pop();
      const jobs = rest.pop();
      const real = html`<p class="empty">
        The messages are in the real Slack, in channel ${settings.defaultChannel}.
      </p>`;
      const registration = renderRegistered({ values: emptyRegistration });
      return renderDocument({ status, simulator, slack: slack ? rest : real, jobs, registration, builds });
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
