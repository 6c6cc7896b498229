import type { Build } from "../../lambda/domain/build.ts";
import { messageKey, type Message } from "../../lambda/domain/delivery.ts";
import { noNotices } from "../../lambda/domain/notices.ts";
import type { Posted } from "../../testing/memory-slack.ts";
import type { Words } from "../../testing/words.ts";
import type { Plan, Story } from "./explore.ts";
import { judge, judgeClicks, sumOf, wrong, type Verdict } from "./oracle.ts";
import { scenarios } from "./scenarios.ts";
import {
  faultsOf,
  digestAt,
  parseStep,
  World,
  type FaultKind,
  type Scenario,
  type WorldOptions,
} from "./world.ts";

const storyOf = (scenario: Scenario): Story<FaultKind> => ({
  name: scenario.name,
  faultsAtMost: scenario.faultsAtMost,
  async run(plan) {
    const { verdict, calls } = await runOnce(scenario, plan);
    return { plan, verdict, choices: calls.map((call) => faultsOf[call]) };
  },
  async trace(plan) {
    const world = new World(scenario, plan, { traced: true });
    await world.run();
    return renderTrace(scenario.name, world, (await judgeWorld(world)).faults);
  },
});

/** Builds that are registered by hand. */
export const buildStories: Story<FaultKind>[] = scenarios.map(storyOf);

export async function runOnce(scenario: Scenario, plan: Plan<FaultKind>, options: WorldOptions = {}) {
  const world = new World(scenario, plan, options);
  await world.run();
  return { verdict: await judgeWorld(world, options.words), calls: world.calls };
}

/** Each channel by itself. */
async function judgeWorld(world: World, words?: Words): Promise<Verdict> {
  const { store, slack, mayRepeat, scenario } = world;
  const steps = scenario.steps.map(parseStep);
  const verdicts: Verdict[] = [];
  for (const channel of scenario.channels) {
    const ids = new Set(world.registrations.get(channel));
    const isOurs = (key: string) => ids.has(key.split("/")[0]!);
    const kept = {
      store: { recorded: new Map([...store.recorded].filter(([key]) => isOurs(key))) },
      slack: { messages: slack.messages.filter(({ key }) => isOurs(key)) },
    };
    const [build, isQuiet] = [await world.loadBuild(channel), await world.isQuiet(channel)];
    verdicts.push(judge({ ...kept, build, isQuiet, mayRepeat, steps }, words));
    if (!isRowRight(build, scenario)) verdicts.push(wrong("lost", "the row before the build's end"));
    if (scenario.digest) verdicts.push(await judgeDigest(world, channel, build));
  }
  verdicts.push(judgeClicks(world.clicks, store.recorded), await judgeHint(world));
  if (world.heldUp) verdicts.push(wrong("lost", "a channel that refuses holds up another one"));
  if (world.needlessReadBacks > 0)
    verdicts.push(wrong("disordered", "something was read back that was never sent"));
  return sumOf(verdicts);
}

/** A build that ended in the week is in one digest. One that was stopped may be: a process may have died after it noted the end. */
async function judgeDigest(
  { store, slack, mayRepeat }: World,
  channel: string,
  { outcome, changedAt }: Build,
): Promise<Verdict> {
  const notices = await store.load(noNotices(channel, ""));
  const recorded = notices?.delivery.history.filter(({ message }) => message.kind === "digest") ?? [];
  const keys = recorded.map(({ message }) => messageKey(notices!.id, message));
  const isDelivered = recorded.every(({ how }) => how !== "undeliverable");
  const shown = slack.messages.filter(
    (each) => each.channel === channel && isDigest(store.recorded.get(each.key)),
  );
  const allowed = 1 + (keys[0] === undefined ? 0 : mayRepeat(keys[0]));
  if (recorded.length > 1 || shown.length > allowed) return wrong("duplicated", "the digest");
  const isThere = recorded.length === 1 && (shown.length > 0 || !isDelivered);
  return outcome !== undefined && changedAt < digestAt && !isThere ? wrong("lost", "the digest") : sumOf([]);
}

const isDigest = (message: Message | undefined): boolean => message?.kind === "digest";

/** The three earlier builds succeeded. Nothing is known of them if the first poll had no time to read the list. */
const isRowRight = ({ outcome, row }: Build, { usualMinutes }: Scenario): boolean =>
  usualMinutes === undefined || !outcome || !row || (row.of === "successes" && row.builds === 3);

/** Of all registrations, one has the hint. It is stored as the one that has it. */
async function judgeHint(world: World): Promise<Verdict> {
  const { store, hintMayBeLost } = world;
  const { committer, channels } = world.scenario;
  if (committer === undefined) return sumOf([]);
  const known = await store.loadCommitter(committer.toLowerCase());
  const verdicts: Verdict[] = [];
  for (const channel of channels) {
    const { registration, closing } = await world.loadBuild(channel);
    const named = closing?.committer;
    const [hasHint, isIts] = [named && "hint" in named, known?.hintedBy === registration.id];
    if (hasHint && !isIts) verdicts.push(wrong("duplicated", "the hint how to link the committer"));
    if (named && !hasHint && isIts && !hintMayBeLost)
      verdicts.push(wrong("lost", "the hint how to link the committer"));
    if (named && !known && !hintMayBeLost) verdicts.push(wrong("lost", "that a hint is due"));
  }
  return sumOf(verdicts);
}

/** The run, line by line. */
export function renderTrace(
  name: string,
  { trace, slack }: { trace: string[]; slack: { messages: readonly Posted[] } },
  faults: readonly string[],
): string {
  const shown = slack.messages.map(
    ({ key, says, deleted }) => `  ${key}: ${says}${deleted ? " (deleted)" : ""}`,
  );
  return [`${name}:`, ...trace, "the channel then holds", ...shown, ...faults].join("\n");
}
