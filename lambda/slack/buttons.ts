import type { ActionsBlock, Button } from "@slack/types";
import type { Action } from "../domain/action.ts";
import { offeredActions } from "../domain/build-action.ts";
import type { Build } from "../domain/build.ts";
import type { Block } from "./blocks.ts";
import { buttonValueOf } from "./button-value.ts";
import type { Wording } from "./wording/wording.ts";

export interface ButtonSettings {
  /** What the buttons of a card may do. Default: nothing, so that there are no buttons. */
  actions?: readonly Action[] | undefined;
}

/** The buttons of a card, for what makes sense now. No block if there is nothing. */
export function renderButtons(build: Build, { actions = [] }: ButtonSettings, words: Wording): Block[] {
  const offered = offeredActions(build, actions);
  return offered.length === 0 ? [] : [block(offered.map((action) => button(build, action, words)))];
}

/** At most 25 elements. */
const block = (elements: Button[]): ActionsBlock => ({ type: "actions", elements });

function button({ buildId, registration }: Build, action: Action, { buttons }: Wording): Button {
  const { label, confirm } = buttons[action];
  const { id, channel } = registration;
  // What is cancelled does not come back.
  const style = action === "cancel" && { style: "danger" as const };
  return {
    type: "button",
    text: plain(label),
    action_id: action,
    value: buttonValueOf({ build: buildId, channel, registration: id }),
    ...style,
    ...(confirm && {
      confirm: {
        title: plain(confirm.title),
        text: plain(confirm.text),
        confirm: plain(confirm.confirm),
        deny: plain(confirm.deny),
        ...style,
      },
    }),
  };
}

const plain = (text: string) => ({ type: "plain_text" as const, text, emoji: false });
