import type {
  BuildPage,
  BuildSummary,
  BuildView,
  RegistrationsView,
  SubscriptionPage,
  SubscriptionSummary,
  SubscriptionView,
} from "../../lambda/builds-api/schemas.ts";
import type { Problem } from "../../lambda/builds-api/problem.ts";

/** A client for the product's API. The page uses HTTP, as every caller does. */
export interface Api {
  /** The newest registrations first. */
  list(): Promise<BuildSummary[]>;
  /** The build in one of its channels. */
  show(buildId: string, channel: string): Promise<BuildView>;
  /** Those that have not ended, in no particular order. */
  subscriptions(): Promise<SubscriptionSummary[]>;
  subscription(jobId: string, channel: string): Promise<SubscriptionView>;
  /** @returns the API's status and, for a refusal, the reason */
  call(method: string, path: string, body?: object): Promise<ApiAnswer>;
}

export interface ApiAnswer {
  status: number;
  problem?: Problem;
}

export function createApi({ apiUrl, apiToken }: { apiUrl: string; apiToken: string }): Api {
  const send = (method: string, path: string, body?: object) =>
    fetch(`${apiUrl}${path}`, {
      method,
      headers: { authorization: `Bearer ${apiToken}`, ...(body && { "content-type": "application/json" }) },
      ...(body && { body: JSON.stringify(body) }),
    });

  async function get<T>(path: string): Promise<T> {
    const response = await send("GET", path);
    if (!response.ok) throw new Error(`GET ${path} failed: ${await response.text()}`);
    return (await response.json()) as T;
  }

  /** All pages of a list, one after the other. */
  async function getPages<P extends { next?: string | undefined }>(path: string): Promise<P[]> {
    const pages: P[] = [];
    let next: string | undefined = "";
    while (next !== undefined) {
      const page: P = await get(`${path}?limit=100${next && `&cursor=${next}`}`);
      pages.push(page);
      next = page.next;
    }
    return pages;
  }

  return {
    async list() {
      const builds = (await getPages<BuildPage>("/builds")).flatMap((page) => page.builds);
      return builds.toSorted((a, b) => b.registeredAt.localeCompare(a.registeredAt));
    },
    async show(buildId, channel) {
      const { registrations } = await get<RegistrationsView>(pathOf(buildId));
      const shown = registrations.find(({ settings }) => settings.channel === channel);
      if (!shown) throw new Error(`Build ${buildId} is not registered in channel ${channel} any more`);
      return shown;
    },
    subscriptions: async () =>
      (await getPages<SubscriptionPage>("/subscriptions")).flatMap(({ subscriptions }) => subscriptions),
    subscription: (jobId, channel) => get<SubscriptionView>(subscriptionPathOf(jobId, channel)),
    async call(method, path, body) {
      const response = await send(method, path, body);
      if (response.ok) return { status: response.status };
      return { status: response.status, problem: problemOf(response, await response.text()) };
    },
  };
}

/** When the gateway itself refuses a request, the answer is not a problem document, and it may not be JSON. */
function problemOf({ status, statusText, headers }: Response, text: string): Problem {
  if (headers.get("content-type")?.startsWith("application/problem+json")) return JSON.parse(text) as Problem;
  return { type: "about:blank", title: statusText, status, detail: text, instance: "" };
}

export const subscriptionPathOf = (jobId: string, channel: string): string =>
  `/jobs/${encodeURIComponent(jobId || " ")}/subscriptions/${encodeURIComponent(channel || " ")}`;

/** An empty id is sent as a space, so that the API says what is wrong with it. */
export const pathOf = (buildId: string): string => `/builds/${encodeURIComponent(buildId || " ")}`;
