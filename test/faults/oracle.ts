import type { Action } from "../../lambda/domain/action.ts";
import { notifyOf, wishOf, type Build } from "../../lambda/domain/build.ts";
import type { Message } from "../../lambda/domain/delivery.ts";
import { isWanted } from "../../lambda/domain/notify.ts";
import type { ListedPhase } from "../../lambda/domain/phase.ts";
import type { Transition } from "../../lambda/domain/transition.ts";
import type { MemorySlack, Posted } from "../../testing/memory-slack.ts";
import type { MemoryStore } from "../../testing/memory-store.ts";
import { shortWords, type Words } from "../../testing/words.ts";

/** What is wrong with what the channel holds; all zero when the promise was kept. */
export interface Verdict {
  lost: number;
  duplicated: number;
  disordered: number;
  /** A sentence for each fault. */
  faults: string[];
}

/** What the judge reads, beside the builds as they are stored. */
interface Kept {
  store: Pick<MemoryStore, "recorded">;
  slack: Pick<MemorySlack, "messages">;
}

interface Judged extends Kept {
  build: Build;
  isQuiet: boolean;
  mayRepeat?: (key: string) => number;
  /** What ServiceStage listed, one after the other. */
  steps?: ListedPhase[][];
}

/**
 * Holds what Slack shows against what was recorded: every message once, with its words, in order, but those that the
 * settings leave out, which the history has; one card, which shows the build as it is; each phase's transitions without
 * a gap up to its state. Nothing may be pending any more.
 * @param mayRepeat how many more copies of a key may be there; none by default
 */
export function judge(
  { store, slack, build, isQuiet, mayRepeat = () => 0, steps }: Judged,
  words: Words = shortWords,
): Verdict {
  const verdict: Verdict = { lost: 0, duplicated: 0, disordered: 0, faults: [] };
  const add: Add = (kind, fault) => {
    verdict[kind] += 1;
    verdict.faults.push(`${kind}: ${fault}`);
  };
  const undeliverable = undeliverableOf(build);
  const isLeftOut = leftOutOf(build, store.recorded);
  const shown = slack.messages.filter(({ deleted }) => !deleted);
  const isFirst = ({ key }: Posted, index: number) => shown.findIndex((other) => other.key === key) === index;
  // What may stand there again is judged by its first copy.
  const once = shown.filter((message, index) => mayRepeat(message.key) === 0 || isFirst(message, index));

  if (!isQuiet) add("lost", `still pending after all recovery: ${JSON.stringify(build.delivery)}`);
  for (const [key, message] of store.recorded) {
    const said = words.message(key, message);
    const copies = shown.filter((stored) => stored.key === key);
    const expected = !undeliverable.has(key) && !isLeftOut(key, message);
    if (copies.length === 0 && expected) add("lost", `message ${key} (${said})`);
    if (copies.length > 0 && isLeftOut(key, message))
      add("duplicated", `${key} (${said}), which is left out`);
    if (copies.length > 1 + mayRepeat(key)) add("duplicated", `message ${key} (${said})`);
    if (copies.some(({ says }) => says !== said)) add("lost", `the words of message ${key}`);
  }
  for (const registration of registrationsIn(store.recorded, shown)) {
    judgeOrder(
      once.filter(({ key }) => key.startsWith(`${registration}/`) && !key.includes("/card/")),
      add,
    );
    const posted = slack.messages.filter(({ key }) => key.startsWith(`${registration}/card/`));
    const cards = posted.filter(({ deleted }) => !deleted);
    if (cards.length > 1 + repeatsAmong(posted, mayRepeat))
      add("duplicated", `${cards.length} cards of ${registration}`);
  }
  if (build.delivery.card || notifyOf(build) === "all")
    judgeCard(build, words.card(build), slack.messages, add);
  judgeLeftOut(build, store.recorded, isLeftOut, add);
  judgeChain(build, store.recorded, add);
  judgeSlow(build, store.recorded, add);
  if (steps) judgeSteps(steps, store.recorded, add);
  return verdict;
}

/** The verdict on several builds, each by itself, in one. */
export function judgeAll(
  builds: Build[],
  store: Kept["store"],
  slack: Kept["slack"],
  isQuiet: (build: Build) => boolean,
): Verdict {
  const recorded = Map.groupBy(store.recorded, ([key]) => registrationOf(key));
  const messages = Map.groupBy(slack.messages, ({ key }) => registrationOf(key));
  const verdicts = builds.map((build) => {
    const { id } = build.registration;
    const kept = {
      store: { recorded: new Map(recorded.get(id)) },
      slack: { messages: messages.get(id) ?? [] },
    };
    return judge({ ...kept, build, isQuiet: isQuiet(build) });
  });
  return sumOf(verdicts);
}

export function sumOf(verdicts: readonly Verdict[]): Verdict {
  const sum = (kind: Wrong) => verdicts.reduce((total, verdict) => total + verdict[kind], 0);
  return {
    lost: sum("lost"),
    duplicated: sum("duplicated"),
    disordered: sum("disordered"),
    faults: verdicts.flatMap(({ faults }) => faults),
  };
}

export const wrong = (kind: Wrong, fault: string): Verdict => ({
  lost: 0,
  duplicated: 0,
  disordered: 0,
  [kind]: 1,
  faults: [`${kind}: ${fault}`],
});

const registrationOf = (key: string): string => key.split("/")[0]!;

/** How many of these messages stand there once more, as they may. */
function repeatsAmong(messages: Posted[], mayRepeat: (key: string) => number): number {
  const copies = Map.groupBy(messages, ({ key }) => key);
  return [...copies].reduce((sum, [key, { length }]) => sum + Math.min(length - 1, mayRepeat(key)), 0);
}

type Wrong = "lost" | "duplicated" | "disordered";
type Add = (kind: Wrong, fault: string) => void;

const undeliverableOf = (build: Build): Set<string> =>
  new Set(
    build.delivery.history
      .filter(({ how }) => how === "undeliverable")
      .map(({ message }) => `${build.registration.id}/${message.number}`),
  );

type IsLeftOut = (key: string, message: Message) => boolean;

/** What follows the message about a mute is left out, unless it is an end. All registrations have the same settings. */
function leftOutOf(build: Build, recorded: Map<string, Message>): IsLeftOut {
  const { notify = "all" } = build.registration;
  const mutes = new Map<string, number>();
  for (const [key, message] of recorded)
    if (message.kind === "action" && message.action === "mute")
      mutes.set(registrationOf(key), message.number);
  return (key, message) => {
    const isMuted = message.number > (mutes.get(registrationOf(key)) ?? Infinity);
    return !isWanted({ ...wishOf(build), notify: isMuted ? "end" : notify }, message);
  };
}

/** Somebody pressed a button, and the answer said that it was done. */
export interface Click {
  registration: string;
  action: Action;
  by: string;
}

/** Each click that was carried out is told once, and no other one is. */
export function judgeClicks(clicks: readonly Click[], recorded: Map<string, Message>): Verdict {
  const nameOf = ({ registration, action, by }: Click) => `${registration}: ${action} by ${by}`;
  const told = [...recorded].flatMap(([key, message]) =>
    message.kind === "action" ? [nameOf({ ...message, registration: registrationOf(key) })] : [],
  );
  const done = clicks.map(nameOf);
  return sumOf([
    ...done.filter((each) => !told.includes(each)).map((each) => wrong("lost", `the click ${each}`)),
    ...told
      .filter((each, index) => !done.includes(each) || told.indexOf(each) !== index)
      .map((each) => wrong("duplicated", `the click ${each}`)),
  ]);
}

const registrationsIn = (recorded: Map<string, Message>, shown: Posted[]): Set<string> =>
  new Set([...recorded.keys(), ...shown.map(({ key }) => key)].map((key) => registrationOf(key)));

function judgeOrder(shown: Posted[], add: Add): void {
  const numbers = shown.map(({ key }) => Number(key.split("/")[1]));
  for (let index = 1; index < numbers.length; index++) {
    if (numbers[index]! < numbers[index - 1]!) add("disordered", numbers.join(", "));
  }
}

/** A card that a person deleted after the last edit is theirs to have deleted. */
function judgeCard(build: Build, shows: string, messages: Posted[], add: Add): void {
  const card = messages.find(({ ts }) => ts === build.delivery.card?.receipt?.ts);
  if (!card) add("lost", "the card");
  else if (!card.deleted && card.says !== shows) add("lost", `the card shows "${card.says}", not "${shows}"`);
}

/** What the settings leave out is in the history. */
function judgeLeftOut(build: Build, recorded: Map<string, Message>, isLeftOut: IsLeftOut, add: Add): void {
  const kept = new Set(build.delivery.history.map(({ message, how }) => `${message.number} ${how}`));
  for (const [key, message] of recorded) {
    const isOwn = key.startsWith(`${build.registration.id}/`);
    if (isOwn && isLeftOut(key, message) && !kept.has(`${message.number} leftOut`))
      add("lost", `${key}, left out, in the history`);
  }
}

/** What came between is not known where messages were counted, since there was no room for them. */
function judgeChain(build: Build, recorded: Map<string, Message>, add: Add): void {
  const states = new Map<string, string>();
  let isGap = false;
  for (const [key, message] of recorded) {
    if (!key.startsWith(`${build.registration.id}/`)) continue;
    if (message.kind === "omitted") {
      isGap = true;
      states.clear();
    }
    for (const { phase, from, to } of transitionsOf(message)) {
      if ((states.get(phase) ?? (isGap ? from : "NotStarted")) !== from)
        add("lost", `what came before ${phase} ${from} → ${to}`);
      states.set(phase, to);
    }
  }
  for (const { name, state } of build.snapshot) {
    if ((states.get(name) ?? (isGap ? state : "NotStarted")) !== state)
      add("lost", `how ${name} became ${state}`);
  }
}

/** That a build takes longer than usual is told once, and always if it was found. */
function judgeSlow({ registration, slowSince }: Build, recorded: Map<string, Message>, add: Add): void {
  const slow = [...recorded].filter(([, { kind }]) => kind === "slow").map(([key]) => registrationOf(key));
  if (new Set(slow).size < slow.length) add("duplicated", "that the build takes longer than usual");
  if (slowSince !== undefined && !slow.includes(registration.id))
    add("lost", "that the build takes longer than usual");
}

/** No phase is told to have gone back to a state that it had left. */
function judgeSteps(steps: ListedPhase[][], recorded: Map<string, Message>, add: Add): void {
  for (const [registration, messages] of Map.groupBy(recorded, ([key]) => registrationOf(key))) {
    const at = new Map<string, number>();
    for (const { phase, to } of messages.flatMap(([, message]) => transitionsOf(message))) {
      const listed = (step: ListedPhase[]) => step.some(({ name, state }) => name === phase && state === to);
      const found = steps.findIndex((step, index) => index >= (at.get(phase) ?? 0) && listed(step));
      if (found === -1) add("disordered", `${registration}: ${phase} went back to ${to}`);
      at.set(phase, Math.max(found, 0));
    }
  }
}

function transitionsOf(message: Message): Transition[] {
  if (message.kind === "caughtUp") return message.transitions;
  return message.kind === "transition" ? [message.transition] : [];
}
