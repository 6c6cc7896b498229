import type { LocalSettings } from "./settings.ts";
import { localChannels, playedBuilds, type LocalSystem } from "./system.ts";

/** The first lines of `npm start`: what runs on this machine, and `curl` commands to try. */
export function renderBanner(system: LocalSystem, settings: LocalSettings): string {
  return [
    `The Build Notifier runs on this machine. Open ${system.apiUrl} in a browser to see it. Ctrl-C stops it.`,
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
    ? `the real ServiceStage in ${serviceStage.region}, ${polled} while a build runs`
    : `simulated: builds take 20 to 40 seconds, ${polled}`;
}

function describeSlack({ slack, defaultChannel }: LocalSystem): string {
  const channels = localChannels.map(({ id, name }) => `#${name} (${id})`).join(" and ");
  return slack
    ? `local: ${channels}; their messages appear below`
    : `the real Slack: the messages appear in channel ${defaultChannel}`;
}

function renderCalls({ apiUrl, apiToken, slack, serviceStage, defaultChannel }: LocalSystem): string[] {
  const job = serviceStage?.jobs[0];
  const build = `${apiUrl}/builds/${serviceStage ? "fails-2" : "BUILD_ID"}`;
  const authorization = `-H 'authorization: Bearer ${apiToken}'`;
  const body = { channel: slack ? localChannels[1].id : defaultChannel, mention: "U0123456789" };
  const kinds = Object.keys(playedBuilds).map((kind) => `${kind}-…`);
  return [
    "Find a job, subscribe a channel to it, list the subscriptions:",
    `  curl '${apiUrl}/jobs?name=${job?.jobName ?? "JOB_NAME"}' ${authorization}`,
    `  curl -X PUT ${apiUrl}/jobs/${job?.jobId ?? "JOB_ID"}/subscriptions/${body.channel} ${authorization}`,
    `  curl ${apiUrl}/subscriptions ${authorization}`,
    `Register ${serviceStage ? "more builds" : "a build"} (the body is optional), show it, stop tracking it, list all builds:`,
    `  curl -X PUT ${build} ${authorization} \\`,
    `    -H 'content-type: application/json' -d '${JSON.stringify(body)}'`,
    `  curl ${build} ${authorization}`,
    `  curl -X DELETE ${build} ${authorization}`,
    `  curl ${apiUrl}/builds ${authorization}`,
    ...(serviceStage ? [`The ID decides what the build does: ${kinds.join(", ")}.`] : []),
  ];
}
