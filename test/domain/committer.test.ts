import { describe, expect, test } from "@jest/globals";
import {
  committerName,
  linkTo,
  nameIn,
  propose,
  unknownCommitter,
  unlink,
  type Committer,
  type CommitterChange,
  type CommitterLink,
} from "../../lambda/domain/committer.ts";

const [ann, ben] = ["U0ANN000001", "U0BEN000001"];
const unknown = unknownCommitter("ada");
const linked = (user: string, more: Partial<CommitterLink> = {}): Committer => ({
  ...unknown,
  link: { user, linkedAt: 1, ...more },
});
const proposed = (user: string): Committer => ({ ...unknown, link: { user, askedAt: 1 } });

describe("a committer's name", () => {
  test.each([
    ["Ada Lovelace", "ada lovelace"],
    ["  ADA\t\n lovelace ", "ada lovelace"],
    ["Zoë", "zoë"],
    ["Zoe\u0308", "zoë"],
    ["İlke", "i\u0307lke"],
    ['Ada "Countess" `L`', "ada countess l"],
    ["李雷", "李雷"],
    ["ada@example.com", "ada@example.com"],
    ["x".repeat(100), "x".repeat(100)],
    ["half \uD800", "half \uFFFD"],
  ])("%j is known as %j", (text, name) => {
    expect(committerName(text)).toBe(name);
    expect(committerName(name)).toBe(name);
  });

  test.each(["", "  ", '""', "\u200B\u2800", "\u0000", "x".repeat(101), "İ".repeat(60)])(
    "%j is none",
    (text) => {
      expect(committerName(text)).toBeUndefined();
    },
  );
});

describe("who is linked", () => {
  test.each<[string, Committer, CommitterChange, CommitterLink | "refused" | undefined]>([
    ["a user links a free name", unknown, linkTo(ann), { user: ann, linkedAt: 9 }],
    ["a user links the own name again", linked(ann), linkTo(ann), { user: ann, linkedAt: 1 }],
    ["a user takes another user's name", linked(ben), linkTo(ann), "refused"],
    ["a user confirms a proposal", proposed(ann), linkTo(ann), { user: ann, askedAt: 1, linkedAt: 9 }],
    [
      "a user links a name that was proposed to another",
      proposed(ben),
      linkTo(ann),
      { user: ann, linkedAt: 9 },
    ],
    ["the API proposes a free name", unknown, propose(ann), { user: ann, askedAt: 9 }],
    ["the API proposes again", proposed(ann), propose(ann), { user: ann, askedAt: 1 }],
    ["the API proposes to another user", proposed(ben), propose(ann), { user: ann, askedAt: 9 }],
    ["the API proposes a user's own name", linked(ann), propose(ann), { user: ann, linkedAt: 1 }],
    ["the API proposes another user's name", linked(ben), propose(ann), "refused"],
    ["a user ends the own link", linked(ann), unlink(ann), undefined],
    ["a user declines a proposal", proposed(ann), unlink(ann), undefined],
    ["a user ends another user's link", linked(ben), unlink(ann), "refused"],
    ["a user declines another user's proposal", proposed(ben), unlink(ann), "refused"],
    ["the API ends a link", linked(ann), unlink(), undefined],
    ["there is nothing to end", unknown, unlink(), "refused"],
  ])("%s", (_sentence, known, change, link) => {
    const changed = change(known, 9);
    expect(changed ? changed.link : "refused").toEqual(link);
    // What changes nothing is the very same object, so that nothing is written.
    expect(changed === known).toBe(changed !== undefined && changed.link === known.link);
  });
});

describe("a failure names the committer", () => {
  test.each<[string, Committer, boolean, object, string | undefined]>([
    ["the first time with the hint, which is noted", unknown, true, { name: "Ada", hint: true }, "r1"],
    ["again in the same message", { ...unknown, hintedBy: "r1" }, true, { name: "Ada", hint: true }, "r1"],
    ["in another message without it", { ...unknown, hintedBy: "r0" }, true, { name: "Ada" }, "r0"],
    ["without it if Slack can't call", unknown, false, { name: "Ada" }, undefined],
    ["as a user once linked", { ...linked(ann), hintedBy: "r1" }, true, { user: ann }, "r1"],
    ["as a user, and notes no hint", linked(ann), true, { user: ann }, undefined],
    ["with the hint while a link is proposed", proposed(ann), true, { name: "Ada", hint: true }, "r1"],
  ])("%s", (_sentence, known, mayHint, named, hintedBy) => {
    const decided = nameIn(known, "Ada", "r1", mayHint);
    expect([decided.named, decided.next.hintedBy]).toEqual([named, hintedBy]);
    expect(decided.next === known).toBe(hintedBy === known.hintedBy);
  });

  test("and once more with the hint after a proposal, which asks the user this way", () => {
    const asked = propose(ann)({ ...unknown, hintedBy: "r0" }, 9)!;
    expect(nameIn(asked, "Ada", "r1", true).named).toEqual({ name: "Ada", hint: true });
  });

  test("but not after a user ended the link", () => {
    const ended = unlink(ann)({ ...linked(ann), hintedBy: "r0" }, 9)!;
    expect(nameIn(ended, "Ada", "r1", true).named).toEqual({ name: "Ada" });
  });
});
