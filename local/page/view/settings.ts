import type { Problem } from "../../../lambda/builds-api/problem.ts";
import { html, type Content, type Html } from "../../html.ts";

/** The fields for the settings that a registration and a subscription have in common, with the API's faults beside them. */

/** The fields as typed. A box that is not checked is empty. */
export interface Settings {
  mention: string;
  label: string;
  notify: string;
  thread: string;
  tellSlow: string;
}

export const defaultSettings: Settings = {
  mention: "",
  label: "",
  notify: "all",
  thread: "on",
  tellSlow: "on",
};

/** What the page calls the values of `notify`. */
export const notifications = {
  all: "Every transition",
  progress: "Every transition, but nothing of the queue",
  changes: "Only when the result changes",
  failures: "Only failures",
  end: "Only the result",
};

/** The settings in the body of the API's PUT. An empty field is left out, so the API uses its default. */
export function settingsOf({ mention, label, notify, thread, tellSlow }: Settings): object {
  const ids = listOf(mention);
  return {
    ...(ids.length > 0 && { mention: ids }),
    ...(label && { label }),
    ...(notify && notify !== "all" && { notify }),
    ...(!thread && { thread: false }),
    ...(!tellSlow && { tellSlow: false }),
  };
}

/** The values of a list, which a person separates by commas or spaces. */
export const listOf = (typed: string): string[] => typed.split(/[\s,]+/).filter(Boolean);

/** The form's fields, trimmed. */
export function valuesOf<F extends object>(form: URLSearchParams, fields: F): { [name in keyof F]: string } {
  return Object.fromEntries(Object.keys(fields).map((name) => [name, (form.get(name) ?? "").trim()])) as {
    [name in keyof F]: string;
  };
}

/** A form with fields for settings. */
export interface Fields {
  /** Begins the ids of the fields, because the page has several such forms. */
  form: string;
  values: Settings;
  /** By the names of the fields. */
  faults: ReadonlyMap<string, string>;
}

export const renderSettings = ({ form, values, faults }: Fields): Html =>
  html`${renderField({
    form,
    name: "mention",
    label: "Mention",
    hint: "Whom a failure mentions: IDs of users or groups, or committer, separated by commas.",
    list: "people-ids",
    value: values.mention,
    faults,
  })}
  ${renderField({ form, name: "label", label: "Label", hint: "A name to show beside the job’s name.", value: values.label, faults })}
  ${renderNotify(form, values.notify, faults)}
  ${renderCheck(form, "thread", "Transitions in the card’s thread", values.thread, faults)}
  ${renderCheck(form, "tellSlow", "A message when a build takes longer than usual", values.tellSlow, faults)}`;

export interface Field {
  form: string;
  name: string;
  label: string;
  hint: Content;
  placeholder?: string;
  /** The id of a list of suggestions. */
  list?: string;
  value: string;
  faults: ReadonlyMap<string, string>;
}

export function renderField({ form, name, label, hint, placeholder, list, value, faults }: Field): Html {
  const id = `${form}-${name}`;
  return html`<div class="field">
    <label for="${id}">${label}</label>
    <input
      id="${id}"
      name="${name}"
      value="${value}"
      placeholder="${placeholder}"
      ${list !== undefined && html`list="${list}"`}
      spellcheck="false"
      ${faults.has(name) && html`aria-invalid="true"`}
      aria-describedby="${id}-hint ${id}-fault"
    />
    ${renderFault(id, faults.get(name))}
    <p class="hint" id="${id}-hint">${hint}</p>
  </div>`;
}

const renderFault = (id: string, fault: string | undefined): Html =>
  html`<p class="fault" id="${id}-fault">${fault}</p>`;

function renderNotify(form: string, value: string, faults: Fields["faults"]): Html {
  const id = `${form}-notify`;
  return html`<div class="field">
    <label for="${id}">Send</label>
    <select
      id="${id}"
      name="notify"
      ${faults.has("notify") && html`aria-invalid="true"`}
      aria-describedby="${id}-fault"
    >
      ${Object.entries(notifications).map(
        ([level, label]) => html`<option value="${level}" ${level === value && "selected"}>${label}</option>`,
      )}
    </select>
    ${renderFault(id, faults.get("notify"))}
  </div>`;
}

const renderCheck = (
  form: string,
  name: "thread" | "tellSlow",
  label: string,
  value: string,
  faults: Fields["faults"],
): Html =>
  html`<div class="field is-check">
    <input type="checkbox" id="${form}-${name}" name="${name}" ${value !== "" && "checked"} />
    <label for="${form}-${name}">${label}</label>
    ${renderFault(`${form}-${name}`, faults.get(name))}
  </div>`;

type Fault = NonNullable<Problem["errors"]>[number];

const fieldNames: Record<string, string> = {
  buildId: "Build ID",
  channel: "Channel",
  branches: "Branches",
  mention: "Mention",
  label: "Label",
  notify: "Send",
  thread: "Thread",
};

/** Each field's faults as one text. Faults of no field have the name "". @param fields the form's fields */
export function faultsOf(problem: Problem | undefined, fields: object): Map<string, string> {
  const byName = Map.groupBy(problem?.errors ?? [], (fault) => fieldOf(fault, fields));
  return new Map([...byName].map(([name, faults]) => [name, say(name, faults)]));
}

function fieldOf(fault: Fault, fields: object): string {
  const name = "parameter" in fault ? fault.parameter : fault.pointer.split("/")[1];
  return name !== undefined && Object.hasOwn(fields, name) ? name : "";
}

/** Says each fault once, with the field's name. The API's text already contains the value. */
const say = (name: string, faults: readonly Fault[]): string =>
  [...new Set(faults.map(({ detail }) => detail))]
    .map((detail) => [fieldNames[name], detail].filter(Boolean).join(" "))
    .join(". ");

export const renderProblem = ({ status, title, detail }: Problem, others: string | undefined): Html =>
  html`<p class="is-bad"><strong>${status} ${title}.</strong> ${detail} ${others}</p>`;
