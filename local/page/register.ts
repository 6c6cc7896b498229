import type { Problem } from "../../lambda/builds-api/problem.ts";
import { pathOf, type Api } from "./api.ts";
import { bodyOf, emptyRegistration, type Registered } from "./view/registration.ts";
import { valuesOf } from "./view/settings.ts";
import type { Started } from "./view/start.ts";

/** Registers a sample build under the next free id. */
export async function startSample(form: URLSearchParams, api: Api): Promise<Started | Problem> {
  const kind = form.get("kind") ?? "";
  const buildId = await nextId(kind, api);
  const { problem } = await api.call("PUT", pathOf(buildId));
  return problem ?? { kind, answer: `${buildId} is registered.` };
}

/** Registers the form's build by its id. */
export async function register(form: URLSearchParams, api: Api): Promise<Registered> {
  const values = valuesOf(form, emptyRegistration);
  const { buildId } = values;
  const { status, problem } = await api.call("PUT", pathOf(buildId), bodyOf(values));
  if (problem) return { values, problem };
  const done =
    status === 201 ? `${buildId} is registered.` : `${buildId} is already tracked with these settings.`;
  return { values: { ...values, buildId: "" }, done };
}

/** `fails-3` after `fails-2`. */
async function nextId(kind: string, api: Api): Promise<string> {
  const numbers = (await api.list()).flatMap(({ buildId }) =>
    buildId.startsWith(`${kind}-`) ? [Number(buildId.slice(kind.length + 1)) || 0] : [],
  );
  return `${kind}-${Math.max(0, ...numbers) + 1}`;
}
