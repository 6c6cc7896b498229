import type { SubscriptionSummary } from "../../../lambda/builds-api/schemas.ts";
import { html, type Html } from "../../html.ts";

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
  subscriptions: SubscriptionSummary[];
}

export function renderJobs(subscriptions: readonly SubscriptionSummary[], context: JobsContext): Html {
  const jobs = jobsOf(subscriptions, context);
  return html`<section id="jobs" class="jobs" aria-labelledby="jobs-title">
    <h2 id="jobs-title">Jobs</h2>
    ${jobs.length === 0 && html`<p class="empty">No channel is subscribed to a job yet.</p>`}
    <ul>
      ${jobs.map((job) => renderJob(job, context))}
    </ul>
  </section>`;
}

/** The simulated jobs first, then those that only a subscription names. */
function jobsOf(subscriptions: readonly SubscriptionSummary[], { jobs }: JobsContext): ShownJob[] {
  const byJob = Map.groupBy(subscriptions, ({ jobId }) => jobId);
  const simulated = jobs.map((job) => ({ ...job, isSimulated: true }));
  const others = [...byJob]
    .filter(([jobId]) => !jobs.some((job) => job.jobId === jobId))
    .map(([jobId, [first]]) => ({ jobId, jobName: first?.jobName ?? jobId, isSimulated: false }));
  return [...simulated, ...others].map((job) => ({ ...job, subscriptions: byJob.get(job.jobId) ?? [] }));
}

function renderJob(job: ShownJob, context: JobsContext): Html {
  const { jobId, jobName, subscriptions } = job;
  const channels = subscriptions.map(({ channel }) => channel).toSorted();
  return html`<li id="job-${jobId}" class="job">
    <span class="job-name">${jobName}</span>
    <span class="job-channels">
      ${channels.map((channel) => renderEnd(job, channel, context))}
      ${missingOf(channels, context).map((channel) => renderSubscribe(job, channel, context))}
    </span>
    ${job.isSimulated && renderButton("start", jobId, "", "Start a build", `Start a build of ${jobName}`)}
  </li>`;
}

const missingOf = (channels: readonly string[], { channels: known, defaultChannel }: JobsContext): string[] =>
  (known.length > 0 ? known.map(({ id }) => id) : [defaultChannel]).filter((id) => !channels.includes(id));

const nameOf = (channel: string, { channels }: JobsContext): string => {
  const name = channels.find(({ id }) => id === channel)?.name;
  return name === undefined ? channel : `#${name}`;
};

const renderEnd = ({ jobId, jobName }: ShownJob, channel: string, context: JobsContext): Html => {
  const name = nameOf(channel, context);
  return html`<span class="pill is-good">${name}</span>
    ${renderButton("end", jobId, channel, "End", `End the subscription of ${name} to ${jobName}`)}`;
};

const renderSubscribe = ({ jobId, jobName }: ShownJob, channel: string, context: JobsContext): Html => {
  const name = nameOf(channel, context);
  return renderButton("subscribe", jobId, channel, `Subscribe ${name}`, `Subscribe ${name} to ${jobName}`);
};

const renderButton = (
  action: "start" | "end" | "subscribe",
  jobId: string,
  channel: string,
  label: string,
  spoken: string,
): Html =>
  html`<form method="post" action="/page/jobs/${action}">
    <input type="hidden" name="jobId" value="${jobId}" />
    <input type="hidden" name="channel" value="${channel}" />
    <button class="quiet" aria-label="${spoken}">${label}</button>
  </form>`;
