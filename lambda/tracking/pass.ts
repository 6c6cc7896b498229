import pMap from "p-map";
import { isMoving, type Build } from "../domain/build.ts";
import { isHeld } from "../domain/delivery.ts";
import { nameOf, type Feed } from "../domain/feed.ts";
import type { Notices } from "../domain/notices.ts";
import { enterCircuit, type Passage } from "./circuit.ts";
import { createGate, type Gate } from "./gate.ts";
import { pollBuild } from "./poll-build.ts";
import type { ServiceStage, ServiceStageError } from "./ports.ts";
import { tellReach } from "./reach.ts";
import { record, type RecordOptions } from "./record.ts";

export interface PassOptions extends RecordOptions {
  serviceStage: ServiceStage;
  shards: readonly number[];
  /** Another one in each pass: rotates which builds come first, so that under overload nobody is always last. */
  turn: number;
  report: PassReport;
}

/** Counts, summed over the passes of a tick. */
export interface PassReport {
  builds: number;
  polled: number;
  changed: number;
  unreadable: number;
  errors: number;
}

/** One pass, and what it found on its way. */
export interface Pass extends PassOptions {
  passage: Passage;
  gate: Gate;
  /** The channels of the builds that are still to be polled. */
  channels: Set<string>;
  /** By channel. */
  notices: Map<string, Notices>;
  unreadable: { build: Build; error: ServiceStageError }[];
  /** Another pass within the minute is worth it. */
  again: boolean;
}

/** How many builds are read at the same time. */
const concurrency = 32;
/** A build is polled only with this much time left for its calls and the write. */
const pollMillis = 12_000;

/**
 * One pass over all active feeds: read, poll, record. Deliveries go on in their lanes after it.
 * One failing feed never stops the others.
 * @returns whether another pass within the minute is worth it
 * @throws when the store can't be read
 */
export async function runPass(options: PassOptions): Promise<boolean> {
  const pass: Pass = {
    ...options,
    passage: await enterCircuit(options),
    gate: createGate(),
    channels: new Set(),
    notices: new Map(),
    unreadable: [],
    again: false,
  };
  await pMap(feedsInTime(pass), (feed) => handle(feed, pass), { concurrency });
  await tellReach(pass);
  return pass.again;
}

async function* feedsInTime(pass: Pass): AsyncIterable<Feed> {
  for await (const feed of pass.store.loadActive(pass.shards, pass.turn)) {
    if (isLate(pass)) return;
    yield feed;
  }
}

async function handle(feed: Feed, pass: Pass): Promise<void> {
  if (feed.kind === "notices") {
    pass.notices.set(feed.channel, feed);
  } else {
    pass.report.builds += 1;
    await recordNext(feed, () => nextOf(feed, pass), pass);
  }
}

async function nextOf(build: Build, pass: Pass): Promise<Build> {
  const alone = isHeld(build.delivery, pass.clock.now()) || isLate(pass);
  const next = alone ? build : await pollBuild(build, pass);
  pass.again ||= isMoving(next, pass.clock.now());
  return next;
}

/** Records what a feed becomes; what goes wrong with this one is logged, and the others go on. */
export async function recordNext<F extends Feed>(
  feed: F,
  next: () => F | Promise<F>,
  pass: Pass,
): Promise<void> {
  try {
    const became = await next();
    if (became !== feed) pass.report.changed += 1;
    const owing = await record(feed, became, pass);
    pass.again ||= owing;
  } catch (error) {
    pass.report.errors += 1;
    pass.log.error("A feed could not be handled; the next pass tries again", { feed: nameOf(feed), error });
  }
}

const isLate = ({ clock, deadline }: PassOptions): boolean => clock.now() + pollMillis > deadline;
