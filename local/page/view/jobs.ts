import { translate } from "../../../lambda/slack/text.ts";
import { en } from "../../../lambda/slack/wording/en.ts";
import { html, type Html } from "../../html.ts";
import type { Subscribed } from "../subscribed.ts";
import { renderClock } from "./clock.ts";
import { notifications } from "./settings.ts";

/** The jobs with the channels that are subscribed to them. Each new build of a job appears in these channels by itself. */

export interface JobsContext {
  /** The jobs of the simulated ServiceStage, which starts a build when asked to. */
  jobs: readonly { jobId: string; jobName: string }[];
  /** The simulated channels. Empty with the real Slack. */
  channels: readonly { id: string; name: string }[];
  defaultChannel: string;
}

interface ShownJob {
  jobId: string;
  jobName: string;
  isSimulated: boolean;
  subscriptions: Subscribed[];
}

export function renderJobs(subscriptions: readonly Subscribed[], context: JobsContext): Html {
  const jobs = jobsOf(subscriptions, context);
  return html`<details id="jobs" class="panel jobs">
    <summary>
      Subscribe a channel to a job <span class="explanation">${describe(subscriptions)}</span>
    </summary>
    <p class="explanation">
      Each new build of a subscribed job appears in the channel by itself, whoever starts it.
    </p>
    <ul>
      ${jobs.map((job) => renderJob(job, context))}
    </ul>
  </details>`;
}

function describe(subscriptions: readonly Subscribed[]): string {
  const count = subscriptions.length;
  const unread = subscriptions.filter(({ trouble }) => trouble).length;
  const said = count === 1 ? "1 subscription" : `${count} subscriptions`;
  return unread === 0 ? said : `${said}, ${unread} can’t be read`;
}

/** The simulated jobs first, then those that only a subscription names. */
function jobsOf(subscriptions: readonly Subscribed[], { jobs }: JobsContext): ShownJob[] {
  const byJob = Map.groupBy(subscriptions, ({ jobId }) => jobId);
  const simulated = jobs.map((job) => ({ ...job, isSimulated: true }));
  const others = [...byJob]
    .filter(([jobId]) => !jobs.some((job) => job.jobId === jobId))
    .map(([jobId, [first]]) => ({ jobId, jobName: first?.jobName ?? jobId, isSimulated: false }));
  return [...simulated, ...others].map((job) => ({ ...job, subscriptions: byJob.get(job.jobId) ?? [] }));
}

function renderJob(job: ShownJob, context: JobsContext): Html {
  const { jobId, jobName } = job;
  const subscribed = job.subscriptions.toSorted((a, b) => a.channel.localeCompare(b.channel));
  const channels = subscribed.map(({ channel }) => channel);
  return html`<li id="job-${jobId}" class="job">
    <h3>${jobName}</h3>
    ${job.isSimulated && renderButton("start", jobId, "", "Start a build", `Start a build of ${jobName}`)}
    <ul>
      ${subscribed.map((each) => renderSubscribed(job, each, context))}
      ${missingOf(channels, context).map((channel) => renderMissing(job, channel, context))}
    </ul>
  </li>`;
}

const missingOf = (channels: readonly string[], { channels: known, defaultChannel }: JobsContext): string[] =>
  (known.length > 0 ? known.map(({ id }) => id) : [defaultChannel]).filter((id) => !channels.includes(id));

export const nameOf = (channel: string, { channels }: JobsContext): string => {
  const name = channels.find(({ id }) => id === channel)?.name;
  return name === undefined ? channel : `#${name}`;
};

function renderSubscribed({ jobId, jobName }: ShownJob, subscribed: Subscribed, context: JobsContext): Html {
  const { channel, label } = subscribed;
  const name = nameOf(channel, context);
  return html`<li class="subscription">
    <span>
      <strong>${name}</strong> ${label !== undefined && html`<span class="label">${label}</span>`}
      ${renderState(subscribed)}
    </span>
    <span class="buttons">
      ${renderButton("ask", jobId, channel, "Change", `Change the subscription of ${name} to ${jobName}`)}
      ${renderButton("end", jobId, channel, "End", `End the subscription of ${name} to ${jobName}`)}
    </span>
  </li>`;
}

function renderState(subscribed: Subscribed): Html {
  const { status, since, trouble, channelProblem, branches, notify } = subscribed;
  if (trouble) {
    const reason = translate(en.failures, trouble.reason, 200, (text) => text);
    return html`<span class="is-warning" title="${trouble.detail}">no new builds: ${reason}</span>`;
  }
  if (channelProblem) {
    return html`<span class="is-warning" title="${channelProblem.detail}">Slack refuses this channel</span>`;
  }
  if (status === "starting" || since === undefined) {
    return html`<span class="is-moving">first look at the job’s builds still going on</span>`;
  }
  const builds = branches === undefined ? "every new build" : `new builds of ${branches.join(", ")}`;
  const level = notify === "all" ? "" : ` (${notifications[notify].toLowerCase()})`;
  return html`<span class="is-good">${builds} since ${renderClock(since)}${level}</span>`;
}

function renderMissing({ jobId, jobName }: ShownJob, channel: string, context: JobsContext): Html {
  const name = nameOf(channel, context);
  return html`<li class="subscription">
    <span><strong>${name}</strong> <span class="is-off">not subscribed</span></span>
    ${renderButton("ask", jobId, channel, "Subscribe", `Subscribe ${name} to ${jobName}`)}
  </li>`;
}

const renderButton = (
  action: "start" | "end" | "ask",
  jobId: string,
  channel: string,
  label: string,
  spoken: string,
): Html =>
  html`<form method="post" action="/page/jobs/${action}">
    <input type="hidden" name="jobId" value="${jobId}" />
    <input type="hidden" name="channel" value="${channel}" />
    <button class="small" aria-label="${spoken}">${label}</button>
  </form>`;
