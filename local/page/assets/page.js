import { Idiomorph } from "./idiomorph.js";

/** The page's regions come as HTML, each an element with an id: it is morphed, so that focus and what is open stay. */

const morphing = {
  callbacks: {
    // What a person has opened stays open.
    beforeAttributeUpdated: (name, _element, change) => name !== "open" || change !== "remove",
  },
};

function show(markup) {
  const { body } = new DOMParser().parseFromString(markup, "text/html");
  const next = body.firstElementChild;
  const followed = [...document.querySelectorAll("[data-follows]")].filter(isAtEnd);
  Idiomorph.morph(document.getElementById(next.id), next, morphing);
  followed.forEach(scrollToEnd);
}

const isAtEnd = ({ scrollHeight, scrollTop, clientHeight }) => scrollHeight - scrollTop - clientHeight < 40;

function scrollToEnd(element) {
  element.scrollTop = element.scrollHeight;
}

const notice = document.getElementById("notice");

function tell(text) {
  notice.textContent = text;
  notice.hidden = text === "";
}

const events = new EventSource("/page/events");
events.addEventListener("message", ({ data }) => show(JSON.parse(data)));
events.addEventListener("open", () => tell(""));
events.addEventListener("error", () => tell("The local system does not answer: is npm start still running?"));

/** Every form is sent in the background; an answer with HTML takes the form's place. */
document.addEventListener("submit", (event) => {
  event.preventDefault();
  void send(event.target, event.submitter);
});

async function send(form, submitter) {
  const response = await fetch(form.action, {
    method: "POST",
    body: new URLSearchParams(new FormData(form, submitter)),
  }).catch(() => undefined);
  if (!response) return tell("The local system does not answer: is npm start still running?");
  const answer = await response.text();
  tell(response.ok ? "" : answer);
  if (response.ok && answer) show(answer);
  form.querySelector("[aria-invalid]")?.focus();
}

/** The address says which thread is open: `#thread-…`. Opening and closing moves the focus along, not the page. */
let scrolledTo = 0;
document.addEventListener("click", ({ target }) => {
  if (target.closest("a[href^='#']")) scrolledTo = scrollY;
});

addEventListener("hashchange", ({ oldURL }) => {
  scrollTo({ top: scrolledTo, behavior: "instant" });
  const opened = document.querySelector(".thread:target h3");
  const before = new URL(oldURL).hash;
  (opened ?? openerOf(before))?.focus({ preventScroll: true });
});

const openerOf = (hash) =>
  hash.startsWith("#thread-") ? document.querySelector(`.feed a[href="${CSS.escape(hash)}"]`) : undefined;

document.addEventListener("keydown", ({ key }) => {
  if (key === "Escape") document.querySelector(".thread:target .close")?.click();
});

document.querySelectorAll("[data-follows]").forEach(scrollToEnd);
