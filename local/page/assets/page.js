import { Idiomorph } from "./idiomorph.js";

/** The server pushes the page's regions as HTML. Each region is an element with an id. Morphing keeps the focus and what is open. */

const morphing = {
  callbacks: {
    // What a person has typed stays.
    beforeNodeMorphed: (element) => !element.matches?.(".composer"),
    // What a person has opened stays open.
    beforeAttributeUpdated: (name, _element, change) => name !== "open" || change !== "remove",
  },
};

function show(markup) {
  const { body } = new DOMParser().parseFromString(markup, "text/html");
  const next = body.firstElementChild;
  lists().forEach(noteLeft);
  Idiomorph.morph(document.getElementById(next.id), next, morphing);
  if (next.matches("[data-opens]")) document.getElementById(next.id).showModal();
  follow();
}

/** The newest message stays in sight, until a person scrolls away from it. */
const left = new WeakSet();
const ends = new WeakMap();
const lists = () => document.querySelectorAll("[data-follows]");
const isAtEnd = ({ scrollHeight, scrollTop, clientHeight }) => scrollHeight - scrollTop - clientHeight < 40;

function scrollToEnd(element) {
  if (left.has(element)) return;
  element.scrollTop = element.scrollHeight;
  ends.set(element, element.scrollTop);
}

/** A list that has only grown was not left. */
function noteLeft(element) {
  if (isAtEnd(element)) left.delete(element);
  else if (element.scrollTop < ends.get(element)) left.add(element);
}

/** A hidden list can't be scrolled. So this happens again when the list is shown. */
const shown = new ResizeObserver((entries) => entries.forEach(({ target }) => scrollToEnd(target)));

function follow() {
  lists().forEach((element) => {
    scrollToEnd(element);
    shown.observe(element);
  });
}

document.addEventListener(
  "scroll",
  ({ target }) => {
    if (target.matches?.("[data-follows]")) noteLeft(target);
  },
  { capture: true },
);

const notice = document.getElementById("notice");

function tell(text) {
  notice.textContent = text;
  notice.hidden = text === "";
}

/** A short break is not worth a notice: the next attempt to connect usually succeeds. */
const noticeAfterMillis = 5_000;
const retryAfterMillis = 3_000;
let lost;

function connect() {
  const events = new EventSource("/page/events");
  events.addEventListener("message", ({ data }) => show(JSON.parse(data)));
  events.addEventListener("open", () => {
    clearTimeout(lost);
    lost = undefined;
    tell("");
  });
  events.addEventListener("error", () => {
    lost ??= setTimeout(tell, noticeAfterMillis, noUpdates);
    // The browser connects again by itself after a break, but not after a refusal.
    if (events.readyState === EventSource.CLOSED) setTimeout(connect, retryAfterMillis);
  });
}

const noUpdates =
  "The page gets no updates. It tries to connect again every few seconds. " +
  "If this lasts, check that npm start is still running, and that not too many of these pages are open.";
const noAnswer =
  "The local system did not answer, so this page does not know whether the button had an effect. " +
  "Check that npm start is still running, and press the button again.";
/** The local system usually answers within a second. */
const answerWithinMillis = 30_000;

connect();

/** Every form is sent in the background. An answer with HTML replaces the form. */
document.addEventListener("submit", (event) => {
  event.preventDefault();
  void send(event.target, event.submitter);
});

async function send(form, submitter) {
  submitter?.closest("dialog")?.close();
  const response = await fetch(form.action, {
    method: "POST",
    body: new URLSearchParams(new FormData(form, submitter)),
    signal: AbortSignal.timeout(answerWithinMillis),
  }).catch(() => undefined);
  const answer = await response?.text().catch(() => undefined);
  if (answer === undefined) return tell(noAnswer);
  tell(response.ok ? "" : answer);
  if (response.ok && answer) show(answer);
  if (response.ok && form.matches(".composer")) type(form.elements.text, "");
  form.querySelector("[aria-invalid]")?.focus();
}

/** The server knows what may follow the text of a composer. */
async function complete(input) {
  const typed = new URLSearchParams(new FormData(input.form));
  const response = await fetch(`/page/slack/completions?${typed}`).catch(() => undefined);
  const words = response?.ok && (await response.text().catch(() => ""));
  if (words && input.value === typed.get("text")) show(words);
}

function type(input, text) {
  input.value = text;
  input.focus();
  void complete(input);
}

document.addEventListener("input", ({ target }) => {
  if (target.matches(".composer [name=text]")) void complete(target);
});

document.addEventListener("click", ({ target }) => {
  const completion = target.closest(".completions button");
  if (completion) type(completion.form.elements.text, completion.dataset.text);
});

/** A button that asks first has its dialog beside it. */
document.addEventListener("click", ({ target }) => {
  target.closest("[data-asks]")?.nextElementSibling.showModal();
  target.closest("[data-closes]")?.closest("dialog").close();
});

/** A link to a message of the local Slack opens its thread here. */
document.addEventListener("click", (event) => {
  const link = event.target.closest(".slack-message a[href*='/archives/']");
  const thread = link && `thread-${link.href.slice(link.href.lastIndexOf("/p") + 2)}`;
  if (!document.getElementById(thread)) return;
  event.preventDefault();
  location.hash = thread;
});

/** The address says which thread is open: `#thread-…`. Opening or closing a thread moves the focus, and does not scroll the page. */
let scrolledTo = 0;
document.addEventListener("click", ({ target }) => {
  if (target.closest("a[href^='#']")) scrolledTo = scrollY;
});

addEventListener("hashchange", ({ oldURL }) => {
  showView();
  scrollTo({ top: scrolledTo, behavior: "instant" });
  const opened = document.querySelector(".thread:target h3");
  const before = new URL(oldURL).hash;
  (opened ?? openerOf(before))?.focus({ preventScroll: true });
});

const openerOf = (hash) =>
  hash.startsWith("#thread-")
    ? [...document.querySelectorAll(`a[href="${CSS.escape(hash)}"]`)].find((link) => link.checkVisibility())
    : undefined;

/** On a narrow screen: the tab of what the address names. A thread covers both tabs. */
function showView() {
  const target = location.hash.length > 1 && document.getElementById(location.hash.slice(1));
  const view = target && !target.matches(".thread") && target.closest("[data-view]")?.dataset.view;
  if (view) document.getElementById(`view-${view}`).checked = true;
}

document.addEventListener("keydown", ({ key }) => {
  if (key === "Escape") document.querySelector(".thread:target .close")?.click();
});

showView();
follow();
