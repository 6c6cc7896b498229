import { html, type Html } from "../../html.ts";
import { commandName } from "../../slack/person.ts";
import { completionsOf } from "../completions.ts";

/** Where a person types a command under a channel, with a button for each word that may follow. */

/** The longest command is shorter. */
const charsAtMost = 3_000;

/** The command with which the page invites to begin. Nobody is subscribed to the last job yet. */
export const exampleOf = (jobs: readonly string[]): string =>
  `${commandName} subscribe ${jobs.at(-1) ?? "JOB"}`;

export const renderComposer = ({ id, name }: { id: string; name: string }, jobs: readonly string[]): Html =>
  html`<form class="composer" id="composer-${id}" method="post" action="/page/slack/command">
    <input type="hidden" name="channel" value="${id}" />
    <input
      id="command-${id}"
      name="text"
      aria-label="Type a command in #${name}"
      placeholder="${exampleOf(jobs)}"
      maxlength="${charsAtMost}"
      autocomplete="off"
      autocapitalize="off"
      spellcheck="false"
      required
    />
    <button>Send</button>
    ${renderCompletions(id, "", jobs)}
  </form>`;

/** @param channel the channel's id */
export const renderCompletions = (channel: string, typed: string, jobs: readonly string[]): Html =>
  html`<div class="completions" id="completions-${channel}" role="group" aria-label="What may follow">
    ${completionsOf(typed, jobs).map(
      ({ word, text }) => html`<button type="button" class="small" data-text="${text}">${word}</button>`,
    )}
  </div>`;
