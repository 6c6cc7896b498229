import type { Problem } from "../../../lambda/builds-api/problem.ts";
import type { SubscriptionView } from "../../../lambda/builds-api/schemas.ts";
import { html, type Html } from "../../html.ts";
import { nameOf, type JobsContext } from "./jobs.ts";
import {
  defaultSettings,
  faultsOf,
  listOf,
  renderField,
  renderProblem,
  renderSettings,
  settingsOf,
  type Settings,
} from "./settings.ts";

/** The dialog that subscribes a channel to a job through the API, or changes the subscription. */

/** The dialog's fields, as typed. */
export interface SubscriptionForm extends Settings {
  branches: string;
}

export interface AskedSubscription {
  jobId: string;
  channel: string;
  /** As a subscription knows it. */
  jobName?: string;
  /** Whether the channel is subscribed already. */
  isChange: boolean;
  values: SubscriptionForm;
  /** What the API refused. */
  problem?: Problem | undefined;
}

export const emptySubscription: SubscriptionForm = { branches: "", ...defaultSettings };

/** The body of the API's PUT, which replaces all settings. */
export const subscriptionBodyOf = ({ branches, ...settings }: SubscriptionForm): object => ({
  ...(listOf(branches).length > 0 && { branches: listOf(branches) }),
  ...settingsOf(settings),
});

export const fieldsOf = ({
  branches = [],
  mention,
  label = "",
  notify,
  thread,
  tellSlow,
}: SubscriptionView["settings"]): SubscriptionForm => ({
  branches: branches.join(", "),
  mention: mention.join(", "),
  label,
  notify,
  thread: thread ? "on" : "",
  tellSlow: tellSlow ? "on" : "",
});

const form = "subscription";

/** @param asked undefined: the dialog is closed */
export function renderSubscription(asked: AskedSubscription | undefined, context: JobsContext): Html {
  if (!asked) return html`<dialog id="${form}" class="dialog"></dialog>`;
  const { jobId, channel, isChange, values, problem } = asked;
  const jobName = asked.jobName ?? context.jobs.find((job) => job.jobId === jobId)?.jobName ?? jobId;
  const place = nameOf(channel, context);
  const faults = faultsOf(problem, emptySubscription);
  return html`<dialog id="${form}" class="dialog" aria-labelledby="${form}-title" data-opens>
    <form method="post" action="/page/jobs/subscribe" novalidate autocomplete="off">
      <h2 id="${form}-title">
        ${isChange ? `Change the subscription of ${place} to ${jobName}` : `Subscribe ${place} to ${jobName}`}
      </h2>
      ${isChange && html`<p class="explanation">New settings apply to the builds that come.</p>`}
      <input type="hidden" name="jobId" value="${jobId}" />
      <input type="hidden" name="channel" value="${channel}" />
      <div class="fields">
        ${renderField({
          form,
          name: "branches",
          label: "Branches",
          hint: html`Patterns such as <code>main, release/*</code>. Empty: all branches.`,
          value: values.branches,
          faults,
        })}
        ${renderSettings({ form, values, faults })}
      </div>
      <div role="status">${problem && renderProblem(problem, faults.get(""))}</div>
      <p class="dialog-buttons">
        <button type="button" data-closes>Cancel</button>
        <button class="primary">${isChange ? "Save" : "Subscribe"}</button>
      </p>
    </form>
  </dialog>`;
}
