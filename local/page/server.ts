import type { IncomingMessage, ServerResponse } from "node:http";
import type { Handle } from "../guard.ts";
import { SlackRefusal } from "../slack/workspace.ts";
import { pathOf, subscriptionPathOf } from "./api.ts";
import { loadAsset } from "./assets.ts";
import type { Page } from "./page.ts";
import { setHeaders } from "./policy.ts";
import { register, startSample } from "./register.ts";
import { askSubscription, subscribe } from "./subscribe.ts";

/** Serves the page over HTTP: `/`, its styles and scripts, its event stream, and its buttons, which are POSTs. */

type Answer = { status: number; type?: string; body?: string | Buffer };

/** The longest form, with ten mentions and a long label, is shorter than a kilobyte. */
const maxFormBytes = 16 * 1024;

/** @returns a handler for requests that match no route of the API */
export function createPageServer(page: Page, onError: (error: unknown) => void): Handle {
  return async (request, response, body) => {
    setHeaders(response);
    const [path = ""] = request.url!.split("?");
    if (request.method === "GET" && path === "/page/events") {
      if (!page.live.connect(response)) send(response, tooManyPages);
      return;
    }
    const answered = await answer(page, request, path, body).catch((error: unknown) => {
      onError(error);
      return plain(500, "The page failed. The terminal shows the reason.");
    });
    send(response, answered);
  };
}

async function answer(
  page: Page,
  { method, url = "", headers }: IncomingMessage,
  path: string,
  body: Buffer,
): Promise<Answer> {
  if (method === "GET" || method === "HEAD") return show(page, path, url);
  const action = method === "POST" && Object.hasOwn(actions, path) ? actions[path] : undefined;
  if (!action) return notFound;
  // The guard has already refused the buttons of other sites. A request without an origin does not come from a button.
  if (headers.origin === undefined) return plain(403, "Only the buttons of this page can do this.");
  if (body.length > maxFormBytes) return plain(413, "The form is too large. The limit is 16 KB.");
  const answered = await action(page, new URLSearchParams(body.toString()));
  page.live.refresh();
  return answered;
}

async function show(page: Page, path: string, url: string): Promise<Answer> {
  if (path === "/") return htmlAnswer(await page.render());
  if (path === "/page/slack/completions") {
    const form = new URLSearchParams(url.slice(path.length));
    return htmlAnswer(page.renderCompletions(field(form, "channel"), field(form, "text")).text);
  }
  const asset = path.startsWith("/page/") ? await loadAsset(path.slice("/page/".length)) : undefined;
  return asset ? { status: 200, type: asset.type, body: asset.content } : notFound;
}

type Action = (page: Page, form: URLSearchParams) => Promise<Answer> | Answer;

const field = (form: URLSearchParams, name: string): string => form.get(name) ?? "";

const actions: Record<string, Action> = {
  "/page/builds": async (page, form) =>
    htmlAnswer(page.renderRegistered(await register(form, page.api)).text),
  "/page/start": async (page, form) => {
    const started = await startSample(form, page.api);
    return "status" in started
      ? plain(started.status, started.detail)
      : htmlAnswer(page.renderStarted(started).text);
  },
  "/page/builds/stop": (page, form) =>
    call(page, "DELETE", `${pathOf(field(form, "buildId"))}${inChannel(form)}`),
  "/page/builds/redeliver": (page, form) =>
    call(page, "POST", `${pathOf(field(form, "buildId"))}/redeliver${inChannel(form)}`),
  "/page/jobs/ask": async (page, form) =>
    htmlAnswer(page.renderSubscription(await askSubscription(form, page.api)).text),
  "/page/jobs/subscribe": async (page, form) =>
    htmlAnswer(page.renderSubscription(await subscribe(form, page.api)).text),
  "/page/jobs/end": (page, form) => call(page, "DELETE", subscriptionOf(form)),
  "/page/jobs/start": startBuild,
  "/page/faults/servicestage": (page, form) => toggle(page, "servicestage", form),
  "/page/faults/slack": (page, form) => toggle(page, "slack", form),
  "/page/slack/delete": deleteMessage,
  "/page/slack/command": typeCommand,
  "/page/slack/press": pressButton,
};

const inChannel = (form: URLSearchParams): string =>
  form.has("channel") ? `?channel=${encodeURIComponent(field(form, "channel"))}` : "";

const subscriptionOf = (form: URLSearchParams): string =>
  subscriptionPathOf(field(form, "jobId"), field(form, "channel"));

function startBuild({ serviceStage }: Page, form: URLSearchParams): Answer {
  try {
    serviceStage?.startBuildOf(field(form, "jobId"));
    return done;
  } catch (error) {
    if (error instanceof RangeError) return plain(404, "The job does not exist.");
    throw error;
  }
}

async function call({ api }: Page, method: string, path: string): Promise<Answer> {
  const { problem } = await api.call(method, path);
  return problem ? plain(problem.status, problem.detail) : done;
}

const toggle = async ({ sides }: Page, side: string, form: URLSearchParams): Promise<Answer> =>
  (await sides[side]?.toggle(field(form, "fault"))) ? done : plain(404, "This fault does not exist.");

function deleteMessage({ slack }: Page, form: URLSearchParams): Answer {
  try {
    slack?.act("chat.delete", { channel: field(form, "channel"), ts: field(form, "ts") });
    return done;
  } catch (error) {
    if (error instanceof SlackRefusal) return plain(404, "The message does not exist any more.");
    throw error;
  }
}

async function typeCommand({ person }: Page, form: URLSearchParams): Promise<Answer> {
  return orFailure(await person?.type(field(form, "channel"), field(form, "text")));
}

async function pressButton({ person }: Page, form: URLSearchParams): Promise<Answer> {
  return orFailure(await person?.press(field(form, "channel"), field(form, "ts"), field(form, "actionId")));
}

const orFailure = (failure: string | undefined): Answer =>
  failure === undefined ? done : plain(422, failure);

function plain(status: number, body: string): Answer {
  return { status, type: "text/plain; charset=utf-8", body };
}
const done: Answer = { status: 204 };
const tooManyPages = plain(503, "Too many pages are open. Close some of them, and reload this page.");
/** The answer has the same form as the gateway's. */
const notFound: Answer = { status: 404, type: "application/json", body: '{"message":"Not Found"}' };
const htmlAnswer = (body: string): Answer => ({ status: 200, type: "text/html; charset=utf-8", body });

function send(response: ServerResponse, { status, type, body }: Answer): void {
  response.writeHead(status, { ...(type && { "content-type": type }) }).end(body);
}
