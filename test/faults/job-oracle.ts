import { isBranchWanted } from "../../lambda/domain/branches.ts";
import { hasSeen } from "../../lambda/domain/seen.ts";
import type { Subscription } from "../../lambda/domain/subscription.ts";
import { isDecided, isOver, type JobBuildStory, type JobWorld, type Registered } from "./job-world.ts";
import { judge, type Verdict } from "./oracle.ts";

/** ServiceStage's clock may differ by so much, so a build that ended shortly before the subscription may be told. */
const clockSkewMillis = 15 * 60_000;

/**
 * Holds the registrations and what Slack shows against the job's builds as they were. In each channel a build that runs
 * or begins while the subscription stands is registered once, if its branch is wanted, and is delivered under the promise
 * of any build. A build that had ended before, or is not wanted, is not registered. Nothing is left undecided. A job that
 * can't be read is told once for each trouble. A run without faults finds builds in time, and reads no list in the end.
 */
export async function judgeJob(world: JobWorld, { mayReadInEachPoll = false } = {}): Promise<Verdict> {
  const verdict: Verdict = { lost: 0, duplicated: 0, disordered: 0, faults: [] };
  const add = (kind: "lost" | "duplicated" | "disordered", fault: string) => {
    verdict[kind] += 1;
    verdict.faults.push(`${kind}: ${fault}`);
  };
  for (const { channel } of world.scenario.channels) {
    // Undefined when it has ended and expired.
    const subscription = await world.subscriptionOf(channel);
    const registered = Map.groupBy(
      world.registered.filter((each) => each.channel === channel),
      ({ buildId }) => buildId,
    );
    if (subscription && !isDecided(subscription))
      add("lost", `something is left to be done: ${JSON.stringify(subscription)}`);
    if ((subscription?.status === "active") !== world.subscribed.has(channel))
      add("lost", `the end or the beginning of the subscription of ${channel}`);
    judgeTellings(channel, world, add);
    for (const story of world.stories) {
      const these = registered.get(story.buildId) ?? [];
      const about = `${story.buildId} in ${channel}`;
      if (these.length === 0 && mustBeTold(story, channel, subscription, world))
        add("lost", `${about} was never registered`);
      if (world.isFaultless && these.some(({ at }) => at > (story.foundBy ?? Infinity)))
        add("lost", `${about} was found late`);
      // A user may register a build again that is over. A subscription registers only what was never registered.
      if (these.some(({ by }, index) => by === "tick" && index > 0))
        add("duplicated", `${about} was registered again`);
      if (these.some(({ by }) => by === "tick") && isForbidden(story, channel, world))
        add("duplicated", `${about} is old, or its branch is not wanted`);
      if (these.length > 0) judgeDelivery(these, world, verdict);
    }
  }
  // A longer list is still being read.
  const isReadAtOnce = world.stories.length < 20 * world.scenario.perPage;
  if (world.isFaultless && isReadAtOnce && !mayReadInEachPoll && world.idleListReads > 0)
    add("disordered", "the list is read in each poll, although nothing is new");
  return verdict;
}

/** A user may ask for the subscription again. Then a trouble may be told once more, and begins anew. */
function judgeTellings(
  channel: string,
  { scenario: { tellings = 0 }, slack, settings, ended }: JobWorld,
  add: (kind: "lost" | "duplicated", fault: string) => void,
): void {
  const told = slack.messages.filter(
    (each) => each.channel === channel && each.says.includes("jobUnreadable"),
  ).length;
  const puts = settings.get(channel)!.length;
  const isUndisturbed = puts === 1 && ended.length === 0;
  if (told < tellings && isUndisturbed) add("lost", `that the job of ${channel} can't be read`);
  if (told > tellings * puts) add("duplicated", `that the job of ${channel} can't be read`);
}

/** The build has to be registered: it ran when the first listing was complete, or began later; or it counts as seen. */
function mustBeTold(
  story: JobBuildStory,
  channel: string,
  last: Subscription | undefined,
  world: JobWorld,
): boolean {
  const settings = world.settings.get(channel)!;
  if (story.vanishes !== undefined) return false;
  if (!settings.every(({ branches }) => isBranchWanted(story.branch, branches))) return false;
  const ends = world.millisOf(story.ends);
  const mustTell = ({ since = Infinity }: Subscription) => ends >= since;
  const isSeenByEnded = world.ended
    .filter((each) => each.settings.channel === channel)
    .some((each) => hasSeen(each.seen, story.buildId) && mustTell(each));
  return isSeenByEnded || (last?.status === "active" && mustTell(last));
}

/** The build had ended long before the first subscription, or its branch was never wanted. */
function isForbidden(
  { ends, branch, vanishes, hasNoDetails, hasNoEnd }: JobBuildStory,
  channel: string,
  world: JobWorld,
): boolean {
  // If a fault hides it from the first list, nobody knows that it is old.
  if ((hasNoDetails || hasNoEnd) && !world.isFaultless) return false;
  if (world.millisOf(ends) < world.millisOf(0) - clockSkewMillis) return true;
  // Without its details a build is registered after a while.
  if (vanishes !== undefined) return false;
  return world.settings.get(channel)!.every(({ branches }) => !isBranchWanted(branch, branches));
}

/** The registrations of one build in one channel: a later one took the place of one that was over. */
function judgeDelivery(these: Registered[], { store, slack, builds }: JobWorld, verdict: Verdict): void {
  const ids = new Set(these.map(({ id }) => id));
  const isOurs = (key: string) => ids.has(key.split("/")[0]!);
  const build = builds.get(these.at(-1)!.id)!;
  const kept = {
    store: { recorded: new Map([...store.recorded].filter(([key]) => isOurs(key))) },
    slack: { messages: slack.messages.filter(({ key }) => isOurs(key)) },
  };
  const { lost, duplicated, disordered, faults } = judge({ ...kept, build, isQuiet: isOver(build) });
  verdict.lost += lost;
  verdict.duplicated += duplicated;
  verdict.disordered += disordered;
  verdict.faults.push(...faults);
}
