import type { Notify } from "../domain/notify.ts";

/** What somebody asks for with the slash command. */
export type Command =
  | { kind: "help" }
  | { kind: "list" }
  | { kind: "status" }
  | { kind: "chooseJob" }
  | { kind: "subscribe"; job: string; options: SubscribeOptions }
  | { kind: "unsubscribe"; job: string }
  | { kind: "follow"; buildId: string }
  /** Lists the caller's own names as a committer, links one or ends its link. */
  | { kind: "me"; committer?: TypedCommitter; off?: true };

export interface TypedCommitter {
  typed: string;
  /** As it is stored. */
  name: string;
}

/** What is left out follows the stack's settings. */
export interface SubscribeOptions {
  notify?: Notify;
  branches?: string[];
  mention?: string[];
}

/** Who asks, and where. */
export interface Caller {
  channel: string;
  userId: string;
}
