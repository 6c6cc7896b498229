import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** A change of the code that breaks one rule: the suite must see it. */
export interface Mutation {
  /** Which stories show it. */
  of: "builds" | "jobs";
  /** The one story that is searched, where a search of all takes long: the shortest plan has two faults. */
  story?: string;
  /** It shows without a fault. */
  faultless?: true;
  /** By its number in the first comment of `delivery.ts` or `subscription.ts`, or `digest`. */
  rule: string;
  sentence: string;
  /** Below `lambda/`. */
  file: string;
  /** Stands in the file once. */
  code: string;
  mutant: string;
}

export const mutations: Mutation[] = [
  {
    of: "builds",
    rule: "delivery 2",
    sentence: "a live lease does not stop the build",
    file: "domain/delivery.ts",
    code: "lease !== undefined && lease.until > now;",
    mutant: "false && lease !== undefined && lease.until > now;",
  },
  {
    of: "builds",
    rule: "delivery 3",
    sentence: "a lease does not wait for what Slack may still apply",
    file: "domain/delivery.ts",
    code: "lateApplyMillis = 30_000",
    mutant: "lateApplyMillis = 0",
  },
  {
    of: "builds",
    rule: "delivery 4",
    sentence: "what is pending is regrouped under the first message's key",
    file: "domain/delivery.ts",
    code: "outbox: [...delivery.outbox, ...messages],",
    mutant: `outbox: [...delivery.outbox, ...messages].slice(0, 1).map((first) => ({
      ...first,
      ...(delivery.outbox.length + messages.length > 1 && {
        kind: "caughtUp",
        transitions: [...delivery.outbox, ...messages].flatMap((each) =>
          each.kind === "transition" ? [each.transition] : each.kind === "caughtUp" ? each.transitions : [],
        ),
      }),
    })) as Message[],`,
  },
  {
    of: "builds",
    rule: "delivery 6",
    sentence: "messages are posted under a card whose receipt is not saved",
    file: "tracking/deliver.ts",
    code: 'const saved = await saveOurs(build, posted, "delivery", this.#parts.store);',
    mutant: "const saved = posted;",
  },
  {
    of: "builds",
    rule: "delivery 7",
    sentence: "a partial delivery is released, but not settled",
    file: "domain/delivery.ts",
    code: "new Set(delivered.map(({ message }) => message.number))",
    mutant:
      "new Set(delivered.length < delivery.outbox.length ? [] : delivered.map(({ message }) => message.number))",
  },
  {
    of: "builds",
    rule: "delivery 7",
    sentence: "what was told before an answer was lost is not written down",
    file: "tracking/deliver.ts",
    code: "delivered.length > 0 ? confirm(delivery, delivered) : delivery",
    mutant: "delivery",
  },
  {
    of: "builds",
    rule: "delivery 8",
    sentence: "the receipt of a card that was in doubt counts as showing the build as it is",
    file: "domain/delivery.ts",
    code: "nameOfCard(card) ? 0 : card.revision",
    mutant: "nameOfCard(card) ? card.revision : card.revision",
  },
  {
    of: "builds",
    story: "short, readBacks: hidden, honoursClientMsgId: true",
    rule: "delivery 8",
    sentence: "that a card was in doubt is forgotten once its lease is released",
    file: "tracking/deliver.ts",
    code: "shownBy(build.delivery, card)",
    mutant: "build.delivery.lease?.doubtSince === undefined ? card.revision : 0",
  },
  {
    of: "builds",
    story: "over",
    rule: "delivery 8",
    sentence: "the beginning of the doubt is forgotten at a takeover",
    file: "domain/delivery.ts",
    code: "lapsed.doubtSince ?? lapsed.since",
    mutant: "lapsed.since",
  },
  {
    of: "builds",
    story: "over",
    rule: "delivery 8",
    sentence: "a look that failed releases the lease",
    file: "tracking/deliver.ts",
    code: '${answer.reason}`,\n    };\n    return "leave";',
    mutant: '${answer.reason}`,\n    };\n    return "settle";',
  },
  {
    of: "builds",
    rule: "delivery 10",
    sentence: "a card that was deleted is posted anew under the same number",
    file: "domain/delivery.ts",
    code: "number: card.number + 1",
    mutant: "number: card.number",
  },
  {
    of: "builds",
    story: "short",
    rule: "delivery 11",
    sentence: "DELETE drops what is pending",
    file: "domain/build.ts",
    code: 'over(stopped, "stopped",',
    mutant: 'over({ ...stopped, delivery: { ...build.delivery, outbox: [] } }, "stopped",',
  },
  {
    of: "builds",
    story: "over",
    rule: "delivery 11",
    sentence: "PUT replaces a registration that still has something pending",
    file: "tracking/register.ts",
    code: "return isActive(existing)",
    mutant: "return isActive(existing) && false",
  },
  {
    of: "builds",
    rule: "delivery 13",
    sentence: "a lease covers what was observed after it was taken",
    file: "domain/delivery.ts",
    code: "number < before",
    mutant: "number < Infinity + before",
  },
  {
    of: "builds",
    rule: "delivery 13",
    sentence: "a lease that is taken over covers what was never sent",
    file: "domain/delivery.ts",
    code: "{ ...lease, covers: lapsed.covers, doubtSince",
    mutant: "{ ...lease, doubtSince",
  },
  {
    of: "builds",
    rule: "delivery 13",
    sentence: "an observation writes the lease",
    file: "store/item.ts",
    code: "...(delivers && deliveryOf(after)),",
    mutant: "...deliveryOf(after),",
  },
  {
    of: "builds",
    rule: "delivery 13",
    sentence: "an observation writes the outbox as it knows it",
    file: "store/item.ts",
    code: "...(observes ? missingFrom(before, after).map((message) => entryOf(message, message)) : []),",
    mutant: "...(observes ? after.delivery.outbox.map((message) => entryOf(message, message)) : []),",
  },
  {
    of: "builds",
    rule: "delivery 13",
    sentence: "a delivery is conditional on the observation's version alone",
    file: "store/item.ts",
    code: `...(writer !== "delivery" || leaves ? [{ path: ["version"], value: before.version }] : []),
      ...(delivers || leaves ? [{`,
    mutant: `{ path: ["version"], value: before.version },
      ...(false ? [{`,
  },
  {
    of: "builds",
    rule: "delivery 14",
    sentence: "a build leaves the index although somebody pressed a button meanwhile",
    file: "store/item.ts",
    code: "...(leaves ? requestsAsIn(before) : []),",
    mutant: "",
  },
  {
    of: "builds",
    rule: "delivery 14",
    sentence: "a build whose click is not told yet leaves the index",
    file: "domain/build.ts",
    code: "|| hasUntoldAction(build);",
    mutant: "|| (hasUntoldAction(build) && false);",
  },
  {
    of: "builds",
    rule: "delivery 14",
    sentence: "PUT replaces a registration whose click is not told yet",
    file: "tracking/register.ts",
    code: "return isActive(existing)",
    mutant: "return isActive({ ...existing, actions: {} })",
  },
  {
    of: "builds",
    rule: "delivery 14",
    sentence: "it is not written down that a click is told",
    file: "domain/build-action.ts",
    code: "toldActions: last.request.number,",
    mutant: "",
  },
  {
    of: "builds",
    rule: "delivery 14",
    sentence: "a mute leaves out what was recorded before",
    file: "domain/build.ts",
    code: "message.number < mutedFrom ?",
    mutant: "mutedFrom === Infinity ?",
  },
  {
    of: "builds",
    rule: "delivery 14",
    sentence: "of two people who press a button at once, each does it",
    file: "store/item.ts",
    code: "      ...requestsAsIn(build),",
    mutant: "",
  },
  {
    of: "builds",
    story: "burst, channels: C1,C2,C3, refuses: C2",
    rule: "several channels",
    sentence: "an answer that was asked for before a channel's last change is used for it",
    file: "tracking/poll-build.ts",
    code: "observedAt === undefined ? anyTime : changedAt + clockSkewMillis",
    mutant: "observedAt === undefined ? anyTime : anyTime + changedAt + clockSkewMillis",
  },
  {
    of: "builds",
    rule: "several channels",
    sentence: "a channel that refuses stops the tick's sending",
    file: "tracking/record.ts",
    code: "if (!maySendNow(feed, now) || pace.stopped) return undefined;",
    mutant: `if (feed.delivery.postponed) (pace as unknown as { refused: boolean }).refused = true;
  if (!maySendNow(feed, now) || pace.stopped || (pace as unknown as { refused?: boolean }).refused) return undefined;`,
  },
  {
    of: "builds",
    rule: "usual",
    sentence: "that a build takes longer than usual is told again and again",
    file: "domain/build.ts",
    code: "if (slow) next.slowSince = now;",
    mutant: "",
  },
  {
    of: "jobs",
    rule: "subscription 1",
    sentence: "what can't be decided yet counts as seen",
    file: "tracking/poll-job.ts",
    code: '...judgedAs("register", "leave").map(',
    mutant: '...judgedAs("register", "leave", "later").map(',
  },
  {
    of: "jobs",
    rule: "subscription 2",
    sentence: "builds count as seen before they are registered",
    file: "tracking/pass.ts",
    code: `    const registered: Build[] = [];
    for (const each of found) {`,
    mutant: `    const registered: Build[] = [];
    if (!(await this.#parts.record(before, next)) && before === next) return;
    for (const each of found) {`,
  },
  {
    of: "jobs",
    rule: "subscription 2",
    sentence: "what was seen is written without the condition on the version",
    file: "store/item.ts",
    code: `...(writer !== "delivery" || leaves ? [{ path: ["version"], value: before.version }] : []),`,
    mutant: `...((writer !== "delivery" && before.kind !== "subscription") || leaves
        ? [{ path: ["version"], value: before.version }]
        : []),`,
  },
  {
    of: "jobs",
    rule: "subscription 2",
    sentence: "a registration is put over the one that is there",
    file: "tracking/tick.ts",
    code: "store.register(build, undefined)",
    mutant: "store.register(build, await store.load(build))",
  },
  {
    of: "jobs",
    rule: "subscription 3",
    sentence: "a build is dropped from what was seen because a whole list lacks it",
    file: "domain/subscription.ts",
    code: "const seen = decided.length > 0 ? addSeen(read, decided) : read;",
    mutant: `const listed = new Set(listing?.builds.map(({ buildId }) => seenHash(buildId)));
  const kept = listing?.whole ? { ...read, seen: (read.seen ?? []).filter((each) => listed.has(each)) } : read;
  const seen = decided.length > 0 ? addSeen(kept, decided) : kept;`,
  },
  {
    of: "jobs",
    rule: "subscription 4",
    sentence: "the whole list is read only once",
    file: "domain/subscription.ts",
    code: "return trouble !== undefined || now - listedAt",
    mutant: "return trouble !== undefined || now - Infinity",
  },
  {
    of: "jobs",
    rule: "subscription 4",
    sentence: "last_build_id is not followed when the list can't be read",
    file: "tracking/read-job-builds.ts",
    code: 'if (!(error instanceof ServiceStageError) || error.reason === "refused") throw error;',
    mutant: "throw error;",
  },
  {
    of: "jobs",
    rule: "subscription 4",
    sentence: "a pause of the notifier counts as a delay of last_build_id",
    file: "domain/subscription.ts",
    code: "Math.max(lateAfterMillis, now - polledAt)",
    mutant: "lateAfterMillis",
  },
  {
    of: "jobs",
    rule: "subscription 4",
    sentence: "once last_build_id was late, the list is read in each poll for ever",
    file: "domain/subscription.ts",
    code: "(listLeads && !isInTime)",
    mutant: "listLeads",
  },
  {
    of: "jobs",
    rule: "subscription 4",
    sentence: "the next pass begins behind the last page that was read",
    file: "tracking/read-job-builds.ts",
    code: "note({ nextPage: page });",
    mutant: "note({ nextPage: page + 1 });",
  },
  {
    of: "jobs",
    rule: "subscription 5",
    sentence: "an old build is registered because its details can't be read",
    file: "domain/subscription.ts",
    code: "since === undefined || foundAt <= since;",
    mutant: "since === undefined;",
  },
  {
    of: "jobs",
    rule: "subscription 5",
    sentence:
      "an old build that was dropped from what was seen is registered because its details can't be read",
    file: "domain/subscription.ts",
    code: "dropped === true || since",
    mutant: "since",
  },
  {
    of: "jobs",
    rule: "subscription 6",
    sentence: "a failure of the list is swallowed",
    file: "tracking/read-job-builds.ts",
    code: "return { ...list.listing, ...(failure && { failure }) };",
    mutant: "return list.listing;",
  },
  {
    of: "jobs",
    rule: "subscription 6",
    sentence: "only an unknown job is told",
    file: "domain/subscription.ts",
    code: "const tells = isOwn &&",
    mutant: "const tells = isOwn && reason === unknownJob &&",
  },
  {
    of: "jobs",
    rule: "subscription 6",
    sentence: "a trouble is told again when its reason changes",
    file: "domain/subscription.ts",
    code: "isOverdue && !shown",
    mutant: "isOverdue && (!shown || trouble?.reason !== reason)",
  },
  {
    of: "jobs",
    rule: "subscription 6",
    sentence: "an outage of ServiceStage is told as the trouble of a job",
    file: "tracking/reach.ts",
    code: 'isAnswered && reason !== "refused", now)',
    mutant: "true, now)",
  },
  {
    of: "jobs",
    rule: "subscription 5",
    sentence: "a build that had ended before the subscription is new",
    file: "domain/subscription.ts",
    code: "  if (outcomeOfDetails(details) === undefined) return false;",
    mutant: "  if (outcomeOfDetails(details) !== undefined) return false;",
  },
  {
    of: "jobs",
    rule: "subscription 5",
    sentence: "a build that ended without a time is new at the first listing",
    file: "domain/subscription.ts",
    code: "return listedAt === undefined && !isRunning && startedAt < at;",
    mutant: "return false;",
  },
  {
    of: "jobs",
    rule: "subscription 5",
    sentence: "a build that runs at the first listing counts as old",
    file: "domain/subscription.ts",
    code: "listedAt === undefined && state !== undefined && hasEnded(state) &&",
    mutant: "listedAt === undefined && state !== undefined &&",
  },
  {
    of: "builds",
    story: "over, digest: true, thread: false, notify: end",
    rule: "digest",
    sentence: "an end is recorded although it could not be noted for the digest",
    file: "tracking/poll-build.ts",
    code: "await noteForDigest(ended, parts);",
    mutant: "await noteForDigest(ended, parts).catch(() => undefined);",
  },
  {
    of: "builds",
    story: "over, digest: true, thread: false, notify: end",
    faultless: true,
    rule: "digest",
    sentence: "the week that was told is forgotten with its messages",
    file: "domain/feed.ts",
    code: "Math.max(now + keepMillis, neededUntil(feed))",
    mutant: "now + keepMillis",
  },
  {
    of: "builds",
    story: "over, digest: true, thread: false, notify: end",
    faultless: true,
    rule: "digest",
    sentence: "the digest is recorded without the week that it is about",
    file: "domain/notices.ts",
    code: "digestUntil: digest.until,",
    mutant: "",
  },
];

const root = fileURLToPath(new URL("../../", import.meta.url));
const mutants = `${root}.mutants`;

export const removeMutants = (): void => rmSync(mutants, { recursive: true, force: true });

/** Copies the code and this suite, applies the mutation there, and gives the copy's folder. @throws when it can't */
export function createMutant({ file, code, mutant }: Mutation, name: string): string {
  const folder = `${mutants}/${name}`;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  writeFileSync(`${folder}/package.json`, '{ "type": "module" }');
  for (const part of ["lambda", "testing", "test/faults"])
    cpSync(`${root}${part}`, `${folder}/${part}`, { recursive: true });
  const path = `${folder}/lambda/${file}`;
  const source = readFileSync(path, "utf8");
  if (source.split(code).length !== 2) throw new Error(`${file} does not hold this code once: ${code}`);
  writeFileSync(
    path,
    source.replace(code, () => mutant),
  );
  return folder;
}
