import type { Problem } from "../../../lambda/builds-api/problem.ts";
import { html, type Content, type Html } from "../../html.ts";

/** The form that registers a build through the API. It shows the API's errors beside the fields. */

/** The form's fields, as typed. */
export interface Registration {
  buildId: string;
  channel: string;
  mention: string;
  label: string;
  notify: string;
  /** Empty when the box is not checked. */
  thread: string;
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

export const emptyRegistration: Registration = {
  buildId: "",
  channel: "",
  mention: "",
  label: "",
  notify: "all",
  thread: "on",
};

/** The body of the API's PUT. An empty field is left out, so the API uses its default. */
export function bodyOf({ channel, mention, label, notify, thread }: Registration): object {
  const ids = mention.split(/[\s,]+/).filter(Boolean);
  return {
    ...(channel && { channel }),
    ...(ids.length > 0 && { mention: ids }),
    ...(label && { label }),
    ...(notify && notify !== "all" && { notify }),
    ...(!thread && { thread: false }),
  };
}

export function renderRegistration(
  { values, problem, done }: Registered,
  { channels, people, kinds, defaultChannel }: RegistrationContext,
): Html {
  const faults = faultsOf(problem);
  const field = (name: keyof Registration, label: string, hint: Content, placeholder = "", list = "") =>
    renderField({ name, label, hint, placeholder, list, value: values[name], fault: faults.get(name) });
  return html`<form
    id="registration"
    class="panel registration"
    method="post"
    action="/page/builds"
    novalidate
    autocomplete="off"
  >
    <details id="registration-fields" ${(problem !== undefined || kinds.length === 0) && "open"}>
      <summary>Register one build by its ID</summary>
      <div class="fields">
        ${field("buildId", "Build ID", hintAtIds(kinds), kinds.length > 0 ? `${kinds[0]}-7` : "")}
        ${field("channel", "Channel", "The ID of a Slack channel.", defaultChannel, "channel-ids")}
        ${field("mention", "Mention", "Whom a failure mentions: IDs of users or groups, or committer, separated by commas.", "", "people-ids")}
        ${field("label", "Label", "A name to show beside the job’s name.")}
        ${renderNotify(values.notify, faults.get("notify"))}
        <div class="field is-check">
          <input type="checkbox" id="thread" name="thread" ${values.thread !== "" && "checked"} />
          <label for="thread">Transitions in the card’s thread</label>
          ${renderFault("thread", faults.get("thread"))}
        </div>
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

interface Field {
  name: string;
  label: string;
  hint: Content;
  placeholder: string;
  list: string;
  value: string;
  fault: string | undefined;
}

const renderField = ({ name, label, hint, placeholder, list, value, fault }: Field): Html =>
  html`<div class="field">
    <label for="${name}">${label}</label>
    <input
      id="${name}"
      name="${name}"
      value="${value}"
      placeholder="${placeholder}"
      ${list && html`list="${list}"`}
      spellcheck="false"
      ${fault !== undefined && html`aria-invalid="true"`}
      aria-describedby="${name}-hint ${name}-fault"
    />
    ${renderFault(name, fault)}
    <p class="hint" id="${name}-hint">${hint}</p>
  </div>`;

const renderFault = (name: string, fault: string | undefined): Html =>
  html`<p class="fault" id="${name}-fault">${fault}</p>`;

/** What the page calls the values of `notify`. */
export const notifications = {
  all: "Every transition",
  progress: "Every transition, but nothing of the queue",
  changes: "Only when the result changes",
  failures: "Only failures",
  end: "Only the result",
};

const renderNotify = (value: string, fault: string | undefined): Html =>
  html`<div class="field">
    <label for="notify">Send</label>
    <select
      id="notify"
      name="notify"
      ${fault !== undefined && html`aria-invalid="true"`}
      aria-describedby="notify-fault"
    >
      ${Object.entries(notifications).map(
        ([id, label]) => html`<option value="${id}" ${id === value && "selected"}>${label}</option>`,
      )}
    </select>
    ${renderFault("notify", fault)}
  </div>`;

type Fault = NonNullable<Problem["errors"]>[number];

/** Each field's faults as one text. Faults of no field have the name "". */
function faultsOf(problem: Problem | undefined): Map<string, string> {
  const byName = Map.groupBy(problem?.errors ?? [], fieldOf);
  return new Map([...byName].map(([name, faults]) => [name, say(name, faults)]));
}

const fieldNames: Record<string, string> = {
  buildId: "Build ID",
  channel: "Channel",
  mention: "Mention",
  label: "Label",
  notify: "Send",
  thread: "Thread",
};

/** Says each fault once, with the field's name. The API's text already contains the value. */
const say = (name: string, faults: readonly Fault[]): string =>
  [...new Set(faults.map(({ detail }) => detail))]
    .map((detail) => [fieldNames[name], detail].filter(Boolean).join(" "))
    .join(". ");

function fieldOf(fault: Fault): string {
  const name = "parameter" in fault ? fault.parameter : fault.pointer.split("/")[1];
  return name !== undefined && Object.hasOwn(emptyRegistration, name) ? name : "";
}

const renderProblem = ({ status, title, detail }: Problem, others: string | undefined): Html =>
  html`<p class="is-bad"><strong>${status} ${title}.</strong> ${detail} ${others}</p>`;
