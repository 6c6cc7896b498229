import type { Problem } from "../../../lambda/builds-api/problem.ts";
import { html, type Html } from "../../html.ts";
import {
  defaultSettings,
  faultsOf,
  renderField,
  renderProblem,
  renderSettings,
  settingsOf,
  type Settings,
} from "./settings.ts";

/** The form that registers a build through the API. It shows the API's errors beside the fields. */

/** The form's fields, as typed. */
export interface Registration extends Settings {
  buildId: string;
  channel: string;
}

export interface RegistrationContext {
  defaultChannel: string;
  /** Suggestions. Empty with the real Slack. */
  channels: readonly { id: string; name: string }[];
  /** People and groups that a failure may mention. Empty with the real Slack. */
  people: readonly { id: string; name: string }[];
  /** The kinds of the sample builds. Empty with the real ServiceStage. */
  kinds: readonly string[];
}

export interface Registered {
  /** The typed values that stay in the form. */
  values: Registration;
  /** What the API refused. */
  problem?: Problem;
  /** What the API did, when it did not refuse. */
  done?: string;
}

export const emptyRegistration: Registration = { buildId: "", channel: "", ...defaultSettings };

/** The body of the API's PUT. */
export const bodyOf = ({ channel, ...settings }: Registration): object => ({
  ...(channel && { channel }),
  ...settingsOf(settings),
});

const form = "registration";

export function renderRegistration(
  { values, problem, done }: Registered,
  { channels, people, kinds, defaultChannel }: RegistrationContext,
): Html {
  const faults = faultsOf(problem, emptyRegistration);
  return html`<form
    id="${form}"
    class="panel registration"
    method="post"
    action="/page/builds"
    novalidate
    autocomplete="off"
  >
    <details id="registration-fields" ${(problem !== undefined || kinds.length === 0) && "open"}>
      <summary>Register one build by its ID</summary>
      <div class="fields">
        ${renderField({
          form,
          name: "buildId",
          label: "Build ID",
          hint: hintAtIds(kinds),
          placeholder: kinds.length > 0 ? `${kinds[0]}-7` : "",
          value: values.buildId,
          faults,
        })}
        ${renderField({
          form,
          name: "channel",
          label: "Channel",
          hint: "The ID of a Slack channel.",
          placeholder: defaultChannel,
          list: "channel-ids",
          value: values.channel,
          faults,
        })}
        ${renderSettings({ form, values, faults })}
        <datalist id="channel-ids">
          ${channels.map(({ id, name }) => html`<option value="${id}">#${name}</option>`)}
        </datalist>
        <datalist id="people-ids">
          ${people.map(({ id, name }) => html`<option value="${id}">${name}</option>`)}
        </datalist>
        <button>Register</button>
      </div>
    </details>
    <div role="status" class="answer">
      ${problem && renderProblem(problem, faults.get(""))}
      ${done !== undefined && html`<p class="is-good">${done}</p>`}
    </div>
  </form>`;
}

const hintAtIds = (kinds: readonly string[]): Html =>
  kinds.length === 0
    ? html`The ID that ServiceStage gave the build.`
    : html`What a simulated build does follows from its ID:
      ${kinds.map((kind, index) => html`${index > 0 && ", "}<code>${kind}-…</code>`)}.`;
