import * as z from "zod/mini";

/** Schemas for parts of Slack's answers. */

/** A message's timestamp, which identifies it within its channel: `1234567890.123456`. */
export const timestamp = z.string().check(z.regex(/^\d{1,10}\.\d{6}$/));

export const channelId = z.string().check(z.regex(/^[A-Z0-9]{1,40}$/));
