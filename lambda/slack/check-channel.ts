import * as z from "zod/mini";
import type { ChannelCheck, SlackChannels } from "../tracking/ports.ts";
import { SlackFailure } from "./answers.ts";
import type { Session } from "./session.ts";

const page = z.object({ ok: z.literal(true), messages: z.array(z.unknown()) });

/** Asks Slack for the channel's newest message. Slack answers `not_in_channel` when the bot is not in the channel. */
export const createSlackChannels = (session: Session): SlackChannels => ({
  check: (channel) =>
    session.use<ChannelCheck>(
      async (call) => {
        try {
          await call("conversations.history", { channel, limit: 1 }, page);
        } catch (error) {
          // Without the scope nothing is known about the channel. The notifier then works all the same.
          if (!(error instanceof SlackFailure) || error.code !== "missing_scope") throw error;
        }
        return { kind: "fine" };
      },
      ({ kind, reason }) => ({ kind: kind === "destination" ? "refused" : "unknown", reason }),
    ),
});
