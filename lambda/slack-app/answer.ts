import type { Build } from "../domain/build.ts";
import type { Committer } from "../domain/committer.ts";
import type { ListedJob } from "../domain/job.ts";
import type { Subscription } from "../domain/subscription.ts";
import type { ServiceStageFailure } from "../tracking/ports.ts";
import type { Conflict } from "../tracking/register.ts";

/** What a command led to. */
export type Answer =
  | { kind: "subscribed"; subscription: Subscription; as: "new" | "changed" | "same"; by: string }
  | { kind: "unsubscribed"; job: string; by: string }
  /** Of this channel. */
  | { kind: "subscriptions"; subscriptions: Subscription[] }
  /** The builds that are tracked in this channel. */
  | { kind: "builds"; builds: Build[] }
  | { kind: "following"; build: Build; isNew: boolean }
  | { kind: "notFollowed"; build: Build; because: Conflict["kind"] }
  /** The jobs that the channel may subscribe to. `complete: false`: there are more. */
  | { kind: "jobs"; jobs: ListedJob[]; subscribed: ReadonlySet<string>; complete: boolean }
  | { kind: "severalJobs"; typed: string; jobs: ListedJob[]; of: "subscribe" | "unsubscribe" }
  /** `complete: false`: it may be there all the same. */
  | { kind: "unknownJob"; typed: string; nearest: ListedJob[]; complete: boolean }
  | { kind: "notSubscribed"; typed: string; subscriptions: Subscription[] }
  /** The caller's own. */
  | { kind: "committers"; committers: Committer[] }
  /** `taken`: the name is linked to another user · `notYours`: there is nothing to end. */
  | { kind: "committer"; typed: string; as: "linked" | "linkedBefore" | "taken" | "unlinked" | "notYours" }
  /** `code`: Slack's. */
  | { kind: "channelRefused"; code: string }
  /** Slack could not be asked about the channel. */
  | { kind: "channelNotChecked" }
  | { kind: "serviceStageFailed"; reason: ServiceStageFailure }
  /** Other callers changed the same at the same moment. */
  | { kind: "contended" };
