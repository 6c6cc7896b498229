import type { Language } from "../names.ts";
import { literal } from "../slack/text.ts";
import { commandWordingIn, type CommandWording } from "../slack/wording/commands.ts";
import { wordingIn, type Wording } from "../slack/wording/wording.ts";
import type { ClickAnswer } from "./answer-click.ts";
import type { Reply } from "./render.ts";

/** The answer to a click, which only its caller sees. The message with the button stays. */
export function renderClickAnswer(answer: ClickAnswer, language: Language): Reply {
  const text = textOf(answer, commandWordingIn(language), wordingIn(language));
  return { response_type: "ephemeral", replace_original: false, text };
}

function textOf(answer: ClickAnswer, { clicks }: CommandWording, { failures }: Wording): string {
  switch (answer.kind) {
    case "done":
      return clicks.done[answer.action];
    case "started":
    case "begun":
      return clicks[answer.kind](literal(answer.buildId, 130));
    case "noAnswer":
      return clicks.noAnswer[answer.action];
    case "failed":
      return answer.reason === "forbidden" ? clicks.forbidden : clicks.failed(failures[answer.reason]);
    case "refused": {
      const { action, refusal } = answer;
      return "by" in refusal
        ? clicks[refusal.kind][action](`<@${refusal.by}>`)
        : clicks.refused[refusal.kind];
    }
    case "notAllowed":
    case "unknownBuild":
    case "contended":
    case "otherChannel":
    case "unknownButton":
      return clicks[answer.kind];
  }
}
