import { withoutAbsent } from "../domain/absent.ts";
import type { Build, Retention } from "../domain/build.ts";
import { hasPending } from "../domain/delivery.ts";
import { routes } from "../names.ts";
import type { ApiStore, Clock } from "../tracking/ports.ts";
import { register } from "../tracking/register.ts";
import { json, readPage, type Operations } from "./answer.ts";
import { conflictProblem } from "./conflict.ts";
import { ProblemError } from "./problem.ts";
import type { ReachOf } from "./reach.ts";
import { parseBuildId, parseBuildInChannels, parseListQuery, parseRegistration } from "./request.ts";
import type { RegistrationDefaults, RegistrationsView } from "./schemas.ts";
import { renderBuild, renderSummary } from "./view.ts";

export interface BuildParts {
  store: ApiStore;
  clock: Pick<Clock, "now">;
  /** Makes a random id for a registration or a subscription. */
  newId: () => string;
  settings: Retention;
  /** Such as `https://slack.com/api/`. Links in answers point to this Slack. */
  slackApiUrl: string;
  defaults: RegistrationDefaults;
}

/** Registers builds in channels, shows them and stops them. */
export function createBuildOperations(
  { store, clock, newId, settings, slackApiUrl, defaults }: BuildParts,
  reachOf: ReachOf,
) {
  const show = async (build: Build) => {
    const reach = await reachOf(build.registration.channel);
    return renderBuild(build, { ...settings, ...reach, slackApiUrl, now: clock.now() });
  };
  const showAll = async (buildId: string, builds: readonly Build[]): Promise<RegistrationsView> => ({
    buildId,
    registrations: await Promise.all(builds.map(show)),
  });

  /** In one channel, or in all when none is given. @throws {ProblemError} if there is none */
  async function load(buildId: string, channel?: string): Promise<Build[]> {
    if (channel === undefined) {
      const builds = await store.loadRegistrations(buildId);
      return builds.length > 0 ? builds : throwUnknown(buildId);
    }
    return [(await store.loadBuild(buildId, channel)) ?? throwUnknown(buildId, channel)];
  }

  /** Marks the build in the channel, or in all of its channels. @throws {ProblemError} if there is none to mark */
  async function mark(
    buildId: string,
    channel: string | undefined,
    request: ApiStore["requestStop" | "requestRedelivery"],
  ): Promise<void> {
    const channels =
      channel === undefined
        ? (await store.loadRegistrations(buildId)).map(({ registration }) => registration.channel)
        : [channel];
    const marked = await Promise.all(channels.map((each) => request(buildId, each, clock.now())));
    if (!marked.includes(true)) throwUnknown(buildId, channel);
  }

  return {
    [routes.register]: async (event) => {
      const request = parseRegistration(event, defaults);
      const result = await register({ store, clock, newId }, request.buildId, request.settings);
      if (result.kind !== "registered") throw conflictProblem(result, clock.now());
      const view = await show(result.build);
      // The address is relative to the request: only the client knows the path of a custom domain.
      return result.isNew ? json(201, view, { location: request.buildId }) : json(200, view);
    },
    [routes.show]: async (event) => {
      const buildId = parseBuildId(event);
      return json(200, await showAll(buildId, await load(buildId)));
    },
    [routes.list]: async (event) => {
      const { job, ...query } = parseListQuery(event);
      const { builds, cursor } = await readPage(store.list(withoutAbsent({ ...query, jobId: job })));
      return json(200, withoutAbsent({ builds: builds.map(renderSummary), next: cursor }));
    },
    [routes.stop]: async (event) => {
      const { buildId, channel } = parseBuildInChannels(event);
      await mark(buildId, channel, async (...request) => store.requestStop(...request));
      return { statusCode: 204 };
    },
    [routes.redeliver]: async (event) => {
      const { buildId, channel } = parseBuildInChannels(event);
      await mark(buildId, channel, async (...request) => store.requestRedelivery(...request));
      const builds = await load(buildId, channel);
      const isPending = builds.some(({ delivery }) => hasPending(delivery));
      return json(isPending ? 202 : 200, await showAll(buildId, builds));
    },
  } satisfies Partial<Operations>;
}

function throwUnknown(buildId: string, channel?: string): never {
  const detail =
    channel === undefined
      ? `Build ${buildId} is not registered, or its registrations have expired.`
      : `Build ${buildId} is not registered for the channel ${channel}, or that registration has expired. ` +
        `GET /builds/${buildId} shows the channels of the build.`;
  throw new ProblemError("unknownBuild", detail);
}
