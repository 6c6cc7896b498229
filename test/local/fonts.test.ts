import { expect, test } from "@jest/globals";
import { findMissingFonts } from "../../local/fonts.ts";

const says = "This machine has no font for";

test.each<[string, string[], string | undefined]>([
  ["nothing", ["🚫", "成"], undefined],
  ["emoji", ["成"], `${says} emoji: apt-get install fonts-noto-color-emoji`],
  ["Chinese", ["🚫"], `${says} Chinese: apt-get install fonts-noto-cjk`],
  ["both", [], `${says} emoji and Chinese: apt-get install fonts-noto-color-emoji fonts-noto-cjk`],
])("a missing font is named with its package: %s", (_sentence, written, told) => {
  expect(findMissingFonts((character) => written.includes(character))).toBe(told);
});
