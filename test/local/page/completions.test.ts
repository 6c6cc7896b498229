import { expect, test } from "@jest/globals";
import { completionsOf } from "../../../local/page/completions.ts";

/** What the composer offers, word by word. */

const jobs = ["webshop-checkout", "webshop-search", "docs"];
const verbs = ["subscribe", "unsubscribe", "list", "status", "follow", "me", "help"];
const levels = ["all", "progress", "changes", "failures", "end"];

test.each<[string, string[]]>([
  ["", ["/builds"]],
  ["/bu", ["/builds"]],
  ["/builds ", verbs],
  ["/builds s", ["subscribe", "status"]],
  ["/builds subscribe ", jobs],
  ["/builds subscribe web", ["webshop-checkout", "webshop-search"]],
  ["/builds unsubscribe d", ["docs"]],
  ["/builds subscribe docs ", [...levels, "branch:", "@"]],
  ["/builds subscribe docs b", ["branch:"]],
  ["/builds subscribe docs branch:main f", ["failures"]],
  ["/builds subscribe docs failures ", ["branch:", "@"]],
  ["/builds subscribe docs failures @", ["@committer", "@Jonas Weber", "@Mei Lin", "@on-call"]],
  ["/builds subscribe docs failures @M", ["@Mei Lin"]],
  ["/builds me ", ["Jonas Weber", "Mei Lin"]],
  ["/builds me Jonas ", []],
  // What is complete, what is unknown, and what nothing follows.
  ["/builds list", []],
  ["/builds list ", []],
  ["/builds unsubscribe docs ", []],
  ["/builds follow ", []],
  ["/builds constructor ", []],
  ["/remind ", []],
  ["hello", []],
])("after “%s” follow %j", (typed, words) => {
  expect(completionsOf(typed, jobs).map(({ word }) => word)).toEqual(words);
});

test("a completion replaces the word that was begun, and leaves room for the next", () => {
  expect(completionsOf("/builds subscribe  d", jobs)).toEqual([
    { word: "docs", text: "/builds subscribe  docs " },
  ]);
  expect(completionsOf("/builds subscribe docs b", jobs)[0]!.text).toBe("/builds subscribe docs branch:");
});
