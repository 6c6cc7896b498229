import type { Build } from "../../lambda/domain/build.ts";
import type { MessageContent } from "../../lambda/domain/delivery.ts";
import type { languages } from "../../lambda/names.ts";
import type { Rendered } from "../../lambda/slack/blocks.ts";
import { renderCard } from "../../lambda/slack/card.ts";
import { renderMessage } from "../../lambda/slack/messages.ts";
import { at, exact, message, phase, someBuild } from "./builds.ts";

/** Each place of a message for a name from outside, and how Slack shows it. */

/** The place of a name, and a function that makes a build with this name. */
export const places: Record<string, (name: string) => Build> = {
  job: (name) => failing({ details: { jobName: name, index: "7" } }),
  "build's number": (name) => failing({ details: { jobName: "shop", index: name } }),
  label: (name) => failing({ details: { jobName: "shop" } }, name),
  "label in place of the job": (name) => failing({}, name),
  branch: (name) => failing({ details: { jobName: "shop", branch: name } }),
  commit: (name) => failing({ details: { jobName: "shop", commitId: name.slice(0, 8) } }),
  committer: (name) => failing({ details: { jobName: "shop", committer: name } }),
  "committer of a failure": (name) =>
    failing({ details: { jobName: "shop" }, closing: { committer: { name, hint: true } } }),
  starter: (name) => failing({ details: { jobName: "shop", creator: name } }),
  phase: (name) => failing({ snapshot: [phase(name, "Failed", { lasted: exact(5) })] }),
  "phase that runs": (name) => failing({ snapshot: [phase(name, "Building"), phase("Build", "Failed")] }),
  state: (name) => failing({ snapshot: [phase("Build", name), phase("Init", "Failed")] }),
};

/** The build has no card yet, so its messages also say what was built. */
function failing(build: Partial<Build>, label?: string): Build {
  const settings = { thread: false, ...(label !== undefined && { label }) };
  const { delivery, ...some } = someBuild({ status: "ended", outcome: "failed", ...build }, settings);
  return { ...some, delivery: { version: 1, outbox: delivery.outbox, nextNumber: 1, history: [] } };
}

/** The card, and a message of each kind, with blocks and without. */
export function messagesOf(build: Build, language: (typeof languages)[number]): Record<string, Rendered> {
  const settings = { region: "eu-west-101", language };
  const transitions = build.snapshot.map(({ name, state }) => ({ phase: name, from: state, to: state, at }));
  const contents: MessageContent[] = [
    { kind: "ended", outcome: "failed" },
    { kind: "caughtUp", transitions },
    ...transitions.map((transition) => ({ kind: "transition" as const, transition })),
  ];
  const all: Record<string, Rendered> = { card: renderCard(build, settings) };
  for (const content of contents) all[content.kind] = renderMessage(build, message(content), settings);
  for (const [kind, { text }] of Object.entries(all)) all[`${kind}, plain`] = { text, blocks: [] };
  return all;
}

export const visible = (html: string): string =>
  html
    .replaceAll(/<[^>]*>/g, "")
    .replaceAll(/&#(\d+);/g, (_, code: string) => String.fromCharCode(Number(code)))
    .replaceAll("\u2009", "");

export const marksIn = (html: string) => ({
  em: html.split("<em>").length,
  struck: html.split("<s>").length,
  quotes: html.split("<blockquote").length,
  emoji: html.split("slack-emoji").length,
  mentions: html.split("slack-mention").length,
  links: html.split("<a ").length,
});
