import type { LocalSettings } from "./settings.ts";
import { localChannels, playedBuilds, type LocalSystem } from "./system.ts";

/** What `npm start` says first: what runs here, and the calls to try. */
export function renderBanner(system: LocalSystem, settings: LocalSettings): string {
  return [
    `${system.apiUrl} shows it in a browser: the build notifier runs on this machine. Ctrl-C ends it.`,
    `  ServiceStage  ${describeServiceStage(settings)}`,
    `  Slack         ${describeSlack(system)}`,
    `  API           ${system.apiUrl}`,
    ...settings.hints,
    "",
    ...renderCalls(system),
    "",
  ].join("\n");
}

function describeServiceStage({ serviceStage, pollIntervalSeconds }: LocalSettings): string {
  const polled = `polled every ${pollIntervalSeconds === 1 ? "second" : `${pollIntervalSeconds} seconds`}`;
  return serviceStage
    ? `the real one in ${serviceStage.region}, ${polled} while a build moves`
    : `simulated: builds of 20 to 40 seconds, ${polled}`;
}

function describeSlack({ slack, defaultChannel }: LocalSystem): string {
  const channels = localChannels.map(({ id, name }) => `#${name} (${id})`).join(" and ");
  return slack
    ? `local: ${channels}; what they are told stands below`
    : `the real one: look into channel ${defaultChannel}`;
}

function renderCalls({ apiUrl, apiToken, slack, serviceStage, defaultChannel }: LocalSystem): string[] {
  const build = `${apiUrl}/builds/${serviceStage ? "fails-2" : "BUILD_ID"}`;
  const authorization = `-H 'authorization: Bearer ${apiToken}'`;
  const body = { channel: slack ? localChannels[1].id : defaultChannel, mention: "U0123456789" };
  const kinds = Object.keys(playedBuilds).map((kind) => `${kind}-…`);
  return [
    `Register ${serviceStage ? "more builds" : "a build"} (the body may be left out), see how one goes, stop it, list them all:`,
    `  curl -X PUT ${build} ${authorization} \\`,
    `    -H 'content-type: application/json' -d '${JSON.stringify(body)}'`,
    `  curl ${build} ${authorization}`,
    `  curl -X DELETE ${build} ${authorization}`,
    `  curl ${apiUrl}/builds ${authorization}`,
    ...(serviceStage ? [`The id decides what the build does: ${kinds.join(", ")}.`] : []),
  ];
}
