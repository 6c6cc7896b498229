import * as z from "zod/mini";
import { actions, type Action } from "../domain/action.ts";
import { parseButtonValue, type ButtonTarget } from "../slack/button-value.ts";
import { isResponseUrl } from "./response-url.ts";

/** Parses a click on a button of a message: https://docs.slack.dev/reference/interaction-payloads/block_actions-payload */

/** Cards outlive versions of the app, so the names and values may be those of an older or a newer one. */
const pressed = z.object({
  action_id: z.string().check(z.maxLength(255)),
  value: z.optional(z.string().check(z.maxLength(2_000))),
});

const click = (slackApiUrl: string) =>
  z.object({
    type: z.literal("block_actions"),
    user: z.object({ id: z.string().check(z.regex(/^[UW][A-Z0-9]{1,20}$/)) }),
    channel: z.object({ id: z.string().check(z.regex(/^[A-Z0-9]{1,40}$/)) }),
    response_url: z.string().check(z.refine((url) => isResponseUrl(url, slackApiUrl))),
    actions: z.array(pressed).check(z.minLength(1), z.maxLength(25)),
  });

/** What matters of the payload, in the payload's form. */
export type Click = z.output<ReturnType<typeof click>>;

/** Undefined if it is no click, or one that can't be answered. */
export const parseClick = (payload: unknown, slackApiUrl: string): Click | undefined =>
  click(slackApiUrl).safeParse(payload).data;

/** The button of a card that was pressed. Undefined if no card of this version has this button. */
export function buttonOf({ actions: [first] }: Click): { action: Action; target: ButtonTarget } | undefined {
  const action = actions.find((each) => each === first?.action_id);
  const target = first?.value === undefined ? undefined : parseButtonValue(first.value);
  return action && target && { action, target };
}
