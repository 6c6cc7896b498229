import * as fc from "fast-check";
import type { Build } from "../../lambda/domain/build.ts";
import { isVisible } from "../../lambda/domain/visible.ts";
import { languages } from "../../lambda/names.ts";
import type { Rendered } from "../../lambda/slack/blocks.ts";
import { renderMessage as draw } from "../../local/slack/html.ts";
import { findFaults } from "../../local/slack/limits.ts";
import { at, someBuild } from "../slack/builds.ts";
import { marksIn, messagesOf as renderAll, places, visible } from "../slack/places.ts";
import type { Target } from "./target.ts";
import { hostileText } from "./texts.ts";

/** Names from outside, in every place of a message. They must be shown unchanged, and must have no other effect. */

const harmless = "checkout";
/** The people whom the registration mentions. */
const asked = "U0123456789";

const allPlaces: Record<string, (name: string) => Build> = {
  ...places,
  log: (name) => ({ ...places["job"]!("shop"), closing: { logTail: [name] } }),
  reason: (name) => someBuild({ trouble: { reason: name, since: at, shown: true } }),
  "build's id": (name) => someBuild({ buildId: name }),
};

const mayBeInvisible = new Set(["phase", "phase that runs", "state"]);

interface Case {
  place: string;
  name: string;
  language: (typeof languages)[number];
}

export type Render = typeof renderAll;

export function createNames(messagesOf: Render = renderAll): Target<Case> {
  const render = ({ place, language }: Case, name: string) => {
    const build = allPlaces[place]!(name);
    const registration = { ...build.registration, mention: [asked] };
    return messagesOf({ ...build, registration }, language);
  };
  const known = new Map<string, Record<string, Drawn>>();
  /** The result for the harmless name, which is the same for many cases. */
  function plainOf(each: Case): Record<string, Drawn> {
    const key = `${each.place} ${each.language}`;
    const drawn = known.get(key) ?? mapValues(render(each, harmless), drawnOf);
    known.set(key, drawn);
    return drawn;
  }
  return {
    name: "names in messages",
    cases: 3_000,
    arbitrary: fc
      .record({
        place: fc.constantFrom(...Object.keys(allPlaces)),
        name: hostileText,
        language: fc.constantFrom(...languages),
      })
      // A build has no facts without a visible character.
      .filter(({ place, name }) => isVisible(name) || mayBeInvisible.has(place)),
    async check(each) {
      const plain = plainOf(each);
      for (const [kind, rendered] of Object.entries(render(each, each.name))) {
        const fault = faultOf(rendered, plain[kind], each);
        if (fault !== undefined) return `${kind}: ${fault}`;
      }
      return undefined;
    },
  };
}

interface Drawn {
  marks: string;
  visible: string;
}

function drawnOf(rendered: Rendered): Drawn {
  const drawn = draw(rendered);
  return { marks: JSON.stringify(marksIn(drawn)), visible: visible(drawn) };
}

const mapValues = <V, R>(values: Record<string, V>, map: (value: V) => R): Record<string, R> =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, map(value)]));

function faultOf(rendered: Rendered, plain: Drawn | undefined, { place, name }: Case): string | undefined {
  const [refused] = findFaults(rendered);
  if (refused) return `Slack refuses it: ${refused.error}, ${refused.detail}`;
  const json = JSON.stringify(rendered);
  // JSON writes half a character as an escape.
  if (/\\ud[89a-f]/i.test(json)) return `it holds half a character: ${json}`;
  const command = json.match(/<[@#!][^>]*>/g)?.find((found) => found !== `<@${asked}>` && !isDate(found));
  if (command !== undefined) return `it holds ${command}`;

  const drawn = draw(rendered);
  const foreign = drawn.match(/<\/?[a-z]+/gi)?.find((tag) => !tags.has(tag.replace(/^<\/?/, "")));
  if (foreign !== undefined) return `it is drawn with ${foreign}`;
  if (!plain) return undefined;
  const marks = JSON.stringify(marksIn(drawn));
  if (marks !== plain.marks) return `it is drawn with ${marks} in place of ${plain.marks}: ${drawn}`;
  if (!plain.visible.includes(place === "commit" ? harmless.slice(0, 8) : harmless)) return undefined;
  const shown = beginningOf(place === "commit" ? name.slice(0, 8) : name);
  return visible(drawn).includes(shown) ? undefined : `${JSON.stringify(shown)} is not in ${drawn}`;
}

const isDate = (command: string): boolean => /^<!date\^\d+\^[^<>|]*\|[^<>|]* UTC>$/.test(command);

/** The settings with which a message is rendered. */
const tags = new Set(
  "div svg rect strong em s span a code pre blockquote table thead tbody tr th td time hr p".split(" "),
);

/** The shortest place has room for this number of escaped characters. */
const shownAtLeast = 14;

/** The visible form of a name: on one line, and without backticks. */
function beginningOf(name: string): string {
  const line = name
    .toWellFormed()
    .replaceAll(/[\p{Cc}\p{Zl}\p{Zp}\u202A-\u202E\u2066-\u2069]+/gu, " ")
    .trim()
    .replaceAll(/[`｀]/g, "'");
  if (!isVisible(line)) return "?";
  let beginning = "";
  let room = shownAtLeast;
  for (const char of line) {
    room -= { "&": 5, "<": 4, ">": 4 }[char] ?? char.length;
    if (room < 0) break;
    beginning += char;
  }
  return beginning.replaceAll("\u2009", "").trim();
}
