import * as z from "zod/mini";

/** What Slack's answers are made of. */

/** A message's time, by which Slack knows it within its channel: `1234567890.123456`. */
export const timestamp = z.string().check(z.regex(/^\d{1,10}\.\d{6}$/));

export const channelId = z.string().check(z.regex(/^[A-Z0-9]{1,40}$/));
