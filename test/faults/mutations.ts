import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** A change of the code that breaks one rule of delivery: the suite must see it. */
export interface Mutation {
  rule: number;
  sentence: string;
  /** Below `lambda/`. */
  file: string;
  /** Stands in the file once. */
  code: string;
  mutant: string;
}

export const mutations: Mutation[] = [
  {
    rule: 2,
    sentence: "a live lease does not stop the build",
    file: "domain/delivery.ts",
    code: "lease !== undefined && lease.until > now;",
    mutant: "false && lease !== undefined && lease.until > now;",
  },
  {
    rule: 3,
    sentence: "a lease does not wait for what Slack may still apply",
    file: "domain/delivery.ts",
    code: "lateApplyMillis = 30_000",
    mutant: "lateApplyMillis = 0",
  },
  {
    rule: 4,
    sentence: "what is pending is regrouped under the first message's key",
    file: "domain/delivery.ts",
    code: "outbox: [...delivery.outbox, ...messages],",
    mutant: `outbox: [...delivery.outbox, ...messages].slice(0, 1).map((first) => ({
      ...first,
      kind: "caughtUp",
      transitions: [...delivery.outbox, ...messages].flatMap((each) =>
        each.kind === "transition" ? [each.transition] : each.kind === "caughtUp" ? each.transitions : [],
      ),
    })) as Message[],`,
  },
  {
    rule: 6,
    sentence: "messages are posted under a card whose receipt is not saved",
    file: "tracking/deliver.ts",
    code: 'const saved = await saveOurs(build, posted, "delivery", this.#parts.store);',
    mutant: "const saved = posted;",
  },
  {
    rule: 7,
    sentence: "a partial delivery is released, but not settled",
    file: "domain/delivery.ts",
    code: "new Set(delivered.map(({ message }) => message.number))",
    mutant:
      "new Set(delivered.length < delivery.outbox.length ? [] : delivered.map(({ message }) => message.number))",
  },
  {
    rule: 7,
    sentence: "what was told before an answer was lost is not written down",
    file: "tracking/deliver.ts",
    code: "delivered.length > 0 ? confirm(delivery, delivered) : delivery",
    mutant: "delivery",
  },
  {
    rule: 8,
    sentence: "the receipt of a card that was in doubt counts as showing the build as it is",
    file: "domain/delivery.ts",
    code: "nameOfCard(card) ? 0 : card.revision",
    mutant: "nameOfCard(card) ? card.revision : card.revision",
  },
  {
    rule: 8,
    sentence: "that a card was in doubt is forgotten once its lease is released",
    file: "tracking/deliver.ts",
    code: "shownBy(build.delivery, card)",
    mutant: "build.delivery.lease?.doubtSince === undefined ? card.revision : 0",
  },
  {
    rule: 8,
    sentence: "the beginning of the doubt is forgotten at a takeover",
    file: "domain/delivery.ts",
    code: "lapsed.doubtSince ?? lapsed.since",
    mutant: "lapsed.since",
  },
  {
    rule: 8,
    sentence: "a look that failed releases the lease",
    file: "tracking/deliver.ts",
    code: '${answer.reason}`,\n    };\n    return "leave";',
    mutant: '${answer.reason}`,\n    };\n    return "settle";',
  },
  {
    rule: 10,
    sentence: "a card that was deleted is posted anew under the same number",
    file: "domain/delivery.ts",
    code: "number: card.number + 1",
    mutant: "number: card.number",
  },
  {
    rule: 11,
    sentence: "DELETE drops what is pending",
    file: "domain/build.ts",
    code: 'over(stopped, "stopped",',
    mutant: 'over({ ...stopped, delivery: { ...build.delivery, outbox: [] } }, "stopped",',
  },
  {
    rule: 11,
    sentence: "PUT replaces a registration that still owes something",
    file: "tracking/register.ts",
    code: "return hasPending(existing.delivery)",
    mutant: "return hasPending(existing.delivery) && false",
  },
  {
    rule: 13,
    sentence: "a lease covers what was observed after it was taken",
    file: "domain/delivery.ts",
    code: "number < before",
    mutant: "number < Infinity + before",
  },
  {
    rule: 13,
    sentence: "a lease that is taken over covers what was never sent",
    file: "domain/delivery.ts",
    code: "{ ...lease, covers: lapsed.covers, doubtSince",
    mutant: "{ ...lease, doubtSince",
  },
  {
    rule: 13,
    sentence: "an observation writes the lease",
    file: "store/item.ts",
    code: "...(delivers && deliveryOf(after)),",
    mutant: "...deliveryOf(after),",
  },
  {
    rule: 13,
    sentence: "an observation writes the outbox as it knows it",
    file: "store/item.ts",
    code: "...(observes ? missingFrom(before, after).map((message) => entryOf(message, message)) : []),",
    mutant: "...(observes ? after.delivery.outbox.map((message) => entryOf(message, message)) : []),",
  },
  {
    rule: 13,
    sentence: "a delivery is conditional on the observation's version alone",
    file: "store/item.ts",
    code: `...(writer !== "delivery" || leaves ? [{ path: ["version"], value: before.version }] : []),
      ...(delivers || leaves ? [{`,
    mutant: `{ path: ["version"], value: before.version },
      ...(false ? [{`,
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
