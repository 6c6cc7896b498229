import { observe, registerBuild, type Build } from "../../lambda/domain/build.ts";
import type { ListedPhase, Snapshot } from "../../lambda/domain/phase.ts";
import { phasesAfter } from "../../testing/phases.ts";

export interface ModelOptions {
  /** How many builds run at any time. When a build ends, the next one begins. */
  builds: number;
  buildsPerChannel: number;
  buildMinutes: number;
  seed: number;
}

/** Each of the six phases has two transitions: it begins, and it ends. */
export const transitionsPerBuild = 12;

/** The place of a build in the model: its chain, and its number in the chain. */
interface Position {
  chain: number;
  number: number;
}

export const retention = { abandonAfterMillis: 86_400_000, keepMillis: 86_400_000 };
export const details = {
  jobName: "webshop-checkout",
  index: "214",
  branch: "main",
  commitId: "4f1c9a27d1f04b3e",
};

/**
 * Simulates ServiceStage with chains of builds. All builds are equally long, and their transitions have equal distances.
 * The seed decides how far the first build of each chain is at the start.
 */
export class Model {
  readonly options: ModelOptions;
  readonly #started: number;
  readonly #lengthMillis: number;
  /** For each chain, the beginning of the build that runs at the start. */
  readonly #begun: number[];
  /** The chains in the order in which their builds end. */
  readonly #order: number[];
  #ended = 0;

  constructor(options: ModelOptions, started: number) {
    const random = randomFrom(options.seed);
    this.options = options;
    this.#started = started;
    this.#lengthMillis = options.buildMinutes * 60_000;
    this.#begun = Array.from({ length: options.builds }, () => started - random() * this.#lengthMillis);
    this.#order = [...this.#begun.keys()].toSorted((a, b) => this.#begun[a]! - this.#begun[b]!);
  }

  /** The builds that run at the start. They have just been observed. */
  underWay(): Build[] {
    return this.#order.map((chain) => {
      const build = this.#register({ chain, number: 0 });
      return observe(build, this.phasesAt(build.buildId, this.#started), details, this.#started, retention);
    });
  }

  /** The builds that have begun since the last call. They have just been registered. */
  *begunBy(now: number): Iterable<Build> {
    for (;;) {
      const chain = this.#order[this.#ended % this.#order.length]!;
      const position = { chain, number: Math.floor(this.#ended / this.#order.length) + 1 };
      if (this.#beginOf(position) > now) return;
      this.#ended += 1;
      yield this.#register(position);
    }
  }

  phasesAt(buildId: string, now: number): ListedPhase[] {
    return phasesAfter((now - this.#beginOf(parseId(buildId))) / this.#stepMillis);
  }

  /** @param transition counted from 1. @returns the time of the build's transition in ServiceStage */
  timeOf(buildId: string, transition: number): number {
    return this.#beginOf(parseId(buildId)) + transition * this.#stepMillis;
  }

  /** Which chain the build belongs to. */
  chainOf = (buildId: string): number => parseId(buildId).chain;

  get #stepMillis(): number {
    return this.#lengthMillis / transitionsPerBuild;
  }

  #beginOf({ chain, number }: Position): number {
    return this.#begun[chain]! + number * this.#lengthMillis;
  }

  #register(position: Position): Build {
    const buildId = formatId(position);
    const channels = Math.ceil(this.options.builds / this.options.buildsPerChannel);
    const settings = { channel: `C${position.chain % channels}`, mention: [], thread: true };
    return registerBuild(buildId, buildId, settings, this.#beginOf(position));
  }
}

/** How many transitions led to the snapshot. */
export const transitionsTo = (snapshot: Snapshot): number =>
  snapshot.reduce((sum, { state }) => sum + (state === "Successful" ? 2 : state === "Building" ? 1 : 0), 0);

/** ServiceStage's ids begin with any letter or digit. The order of the store's pages depends on this. */
function formatId({ chain, number }: Position): string {
  const mixed = Math.imul((chain + 1) * 31 + number, 0x9e3779b1) >>> 0;
  return `${((mixed >>> 16) % 36).toString(36)}-${chain}-${number}`;
}

function parseId(buildId: string): Position {
  const [, chain, number] = buildId.split("-");
  return { chain: Number(chain), number: Number(number) };
}

/** The generator Mulberry32. It is small, and good enough to spread builds over time. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
