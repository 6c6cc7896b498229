import { registerBuild, type Build, type Settings } from "../../lambda/domain/build.ts";
import { addCardRevision, type Message, type MessageContent } from "../../lambda/domain/delivery.ts";
import type { Measured } from "../../lambda/domain/duration.ts";
import { noNotices, type Notices } from "../../lambda/domain/notices.ts";
import type { Phase } from "../../lambda/domain/phase.ts";

export const channel = "C0123456789";
/** 2026-11-23 15:00:00 UTC. */
export const at = Date.UTC(2026, 10, 23, 15);

/** A build whose first card is pending. */
export function someBuild(build: Partial<Build> = {}, settings: Partial<Settings> = {}): Build {
  const registered = registerBuild(
    "0f7fqckz",
    "registration-1",
    { channel, mention: [], thread: true, ...settings },
    at,
  );
  return { ...registered, delivery: addCardRevision(registered.delivery), ...build };
}

/** The build after its card was posted in Slack. */
export function withCard(build: Build, ts: string): Build {
  const card = { ...build.delivery.card!, receipt: { channel, ts } };
  return { ...build, delivery: { ...build.delivery, card } };
}

export const someNotices = (): Notices => noNotices(channel, "notices-1");

export const message = (content: MessageContent, number = 1): Message => ({ number, at, ...content });

export const movedTo = (to: string, from = "NotStarted", phase = "Build"): MessageContent => ({
  kind: "transition",
  transition: { phase, from, to, at },
});

export const exact = (seconds: number): Measured => ({ kind: "exact", millis: seconds * 1_000 });
export const atMost = (seconds: number): Measured => ({ kind: "atMost", millis: seconds * 1_000 });

export const phase = (name: string, state: string, more: Partial<Phase> = {}): Phase => ({
  id: name,
  name,
  state,
  since: at,
  ...more,
});
