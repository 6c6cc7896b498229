import type { IncomingMessage, ServerResponse } from "node:http";
import { text } from "node:stream/consumers";
import { SlackRefusal } from "../slack/workspace.ts";
import { pathOf } from "./api.ts";
import { loadAsset } from "./assets.ts";
import { refuse, setHeaders } from "./guard.ts";
import type { Page } from "./page.ts";
import { register } from "./register.ts";

/** The page over HTTP: `/`, what it loads and listens to, and its buttons, which are POSTs. */

type Answer = { status: number; type?: string; body?: string | Buffer };

/** @returns what the gateway does with a request that no route of the API matches */
export function createPageServer(page: Page, onError: (error: unknown) => void) {
  return (request: IncomingMessage, response: ServerResponse): void => {
    setHeaders(response);
    const { pathname } = new URL(request.url ?? "/", "http://local");
    const refusal = refuse(request);
    if (refusal === undefined && request.method === "GET" && pathname === "/page/events") {
      return page.live.connect(response);
    }
    const answered = refusal === undefined ? answer(page, request, pathname) : plain(403, refusal);
    Promise.resolve(answered)
      .catch((error: unknown) => {
        onError(error);
        return plain(500, "The page failed: the terminal says why.");
      })
      .then((answer) => send(response, answer))
      .catch(onError);
  };
}

async function answer(page: Page, request: IncomingMessage, pathname: string): Promise<Answer> {
  if (request.method === "GET" || request.method === "HEAD") return show(page, pathname);
  const action = request.method === "POST" ? actions[pathname] : undefined;
  if (!action) return notFound;
  const form = new URLSearchParams(await text(request));
  const answered = await action(page, form);
  page.live.refresh();
  return answered;
}

async function show(page: Page, pathname: string): Promise<Answer> {
  if (pathname === "/") return htmlAnswer(await page.render());
  const asset = pathname.startsWith("/page/") ? await loadAsset(pathname.slice("/page/".length)) : undefined;
  return asset ? { status: 200, type: asset.type, body: asset.content } : notFound;
}

type Action = (page: Page, form: URLSearchParams) => Promise<Answer> | Answer;

const field = (form: URLSearchParams, name: string): string => form.get(name) ?? "";

const actions: Record<string, Action> = {
  "/page/builds": async (page, form) =>
    htmlAnswer(page.renderRegistered(await register(form, page.api)).text),
  "/page/builds/stop": (page, form) => call(page, "DELETE", pathOf(field(form, "buildId"))),
  "/page/builds/redeliver": (page, form) => call(page, "POST", `${pathOf(field(form, "buildId"))}/redeliver`),
  "/page/faults/servicestage": (page, form) => toggle(page, "servicestage", form),
  "/page/faults/slack": (page, form) => toggle(page, "slack", form),
  "/page/slack/delete": deleteMessage,
};

async function call({ api }: Page, method: string, path: string): Promise<Answer> {
  const { problem } = await api.call(method, path);
  return problem ? plain(problem.status, problem.detail) : done;
}

const toggle = ({ sides }: Page, side: string, form: URLSearchParams): Answer =>
  sides[side]?.toggle(field(form, "fault")) ? done : plain(404, "There is no such fault to switch on.");

function deleteMessage({ slack }: Page, form: URLSearchParams): Answer {
  try {
    slack?.act("chat.delete", { channel: field(form, "channel"), ts: field(form, "ts") });
    return done;
  } catch (error) {
    if (error instanceof SlackRefusal) return plain(404, "The message is not there any more.");
    throw error;
  }
}

const done: Answer = { status: 204 };
/** As the gateway answers. */
const notFound: Answer = { status: 404, type: "application/json", body: '{"message":"Not Found"}' };
const plain = (status: number, body: string): Answer => ({ status, type: "text/plain; charset=utf-8", body });
const htmlAnswer = (body: string): Answer => ({ status: 200, type: "text/html; charset=utf-8", body });

function send(response: ServerResponse, { status, type, body }: Answer): void {
  response.writeHead(status, { ...(type && { "content-type": type }) }).end(body);
}
