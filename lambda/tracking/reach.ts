import { observeTrouble } from "../domain/build.ts";
import { backInReach, noNotices, outOfReach, type Notices } from "../domain/notices.ts";
import { closeCircuit, openCircuit } from "./circuit.ts";
import { recordNext, type Pass } from "./pass.ts";

/**
 * At a pass's end it is known whether what failed is one build's trouble, which its card tells, or ServiceStage is out
 * of reach for all, which each channel is told.
 */
export async function tellReach(pass: Pass): Promise<void> {
  logUnreadable(pass);
  if (pass.gate.refusal) await openCircuit(pass.gate.refusal.reason, pass.passage, pass);
  if (pass.gate.answered) {
    await closeCircuit(pass.passage, pass);
    await tellTroubles(pass);
  }
  await tellChannels(pass);
}

async function tellTroubles(pass: Pass): Promise<void> {
  for (const { build, error } of pass.unreadable) {
    if (error.reason === "refused") continue;
    await recordNext(build, () => observeTrouble(build, error.reason, pass.clock.now(), pass.keeping), pass);
  }
}

async function tellChannels(pass: Pass): Promise<void> {
  const outage = outageReason(pass);
  const channels = new Set([...pass.notices.keys(), ...(outage === undefined ? [] : pass.channels)]);
  for (const channel of channels) {
    const isOut = outage !== undefined && pass.channels.has(channel);
    const notices = pass.notices.get(channel) ?? (await loadNotices(channel, pass));
    await recordNext(notices, () => nextOf(notices, isOut ? outage : undefined, pass), pass);
  }
}

/** Not among the active ones; they may be there all the same, over and done with. */
async function loadNotices(channel: string, { store, newId }: Pass): Promise<Notices> {
  const fresh = noNotices(channel, newId());
  return (await store.load(fresh)) ?? fresh;
}

function nextOf(notices: Notices, outage: string | undefined, { gate, clock }: Pass): Notices {
  if (outage !== undefined) return outOfReach(notices, outage, clock.now());
  return gate.answered ? backInReach(notices, clock.now()) : notices;
}

/** Why nothing could be read in this pass; undefined when something was, or nothing was tried. */
function outageReason({ passage, gate, unreadable }: Pass): string | undefined {
  if (passage.kind === "blocked") return passage.reason;
  return gate.answered ? undefined : (gate.refusal ?? unreadable[0]?.error)?.reason;
}

/** Enough of them to see what is wrong. */
const loggedAtMost = 20;

function logUnreadable({ log, unreadable }: Pass): void {
  for (const { build, error } of unreadable.slice(0, loggedAtMost)) {
    const { message, reason, status, code, requestId } = error;
    log.warn(message, { buildId: build.buildId, reason, status, code, requestId });
  }
}
