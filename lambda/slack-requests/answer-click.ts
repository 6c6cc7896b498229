import { act, type ActParts, type ActResult } from "../tracking/act.ts";
import { buttonOf, type Click } from "./parse-click.ts";

/** What a click led to. `otherChannel`: the card belongs to another channel · `unknownButton`: of another version. */
export type ClickAnswer = ActResult | { kind: "otherChannel" | "unknownButton" };

/** Carries a click out. A card that somebody copied into another channel shows no secret, and changes nothing. */
export async function answerClick(click: Click, parts: ActParts): Promise<ClickAnswer> {
  const button = buttonOf(click);
  if (!button) return { kind: "unknownButton" };
  const { action, target } = button;
  const { build: buildId, channel, registration: registrationId } = target;
  if (channel !== click.channel.id) return { kind: "otherChannel" };
  return act({ action, buildId, channel, registrationId, userId: click.user.id }, parts);
}
