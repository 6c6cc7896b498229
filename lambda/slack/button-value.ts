import * as z from "zod/mini";
import { idPattern } from "../domain/id.ts";
import { channelId } from "./shapes.ts";

/** What a button is for. A card may be older than the build's registration, so the registration is named too. */
const target = z.object({
  build: z.string().check(z.regex(idPattern)),
  channel: channelId,
  registration: z.string().check(z.minLength(1), z.maxLength(100)),
});

export type ButtonTarget = z.output<typeof target>;

/** Slack keeps 2,000 characters, and sends them back with the click. */
export const buttonValueOf = ({ build, channel, registration }: ButtonTarget): string =>
  JSON.stringify({ build, channel, registration });

/** Undefined if no card of this version has this value. */
export function parseButtonValue(value: string): ButtonTarget | undefined {
  try {
    return target.safeParse(JSON.parse(value)).data;
  } catch {
    return undefined;
  }
}
