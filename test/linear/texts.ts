import { RegExpParser, type AST } from "@eslint-community/regexpp";

/** Text that a pattern nearly matches again and again. Such text takes the most steps. */
export interface Repeated {
  head: string;
  pump: string;
  tail: string;
}

export const ofLength = ({ head, pump, tail }: Repeated, length: number): string =>
  head + pump.repeat(Math.ceil(length / pump.length)) + tail;

/** @param random from 0 to below 1 */
export function drawRepeated(pattern: RegExp, random: () => number): Repeated {
  const sliceOf = <T extends string | string[]>(whole: T): T => {
    const from = Math.floor(random() * whole.length);
    return whole.slice(from, from + 1 + Math.floor(random() * whole.length)) as T;
  };
  const piece = (): string => {
    const parts = draw(pattern, random);
    return random() < 0.5 ? sliceOf(parts).join("") : sliceOf(parts.join(""));
  };
  const pieces = Array.from({ length: 1 + Math.floor(random() * 2) }, piece);
  return {
    head: random() < 0.5 ? piece() : "",
    pump: (random() < 0.5 ? " " : "") + pieces.join(random() < 0.5 ? " " : "") || "a",
    tail: random() < 0.5 ? "\0" : "",
  };
}

const common = Array.from(" \n\t\r\"'=:-/@.<>|a1A_+%\\;&,{[密\u001B\0");

/** A text that the pattern matches, except for its look-arounds. */
function draw({ source, flags }: RegExp, random: () => number): string[] {
  const anyOf = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
  const unicode = { unicode: flags.includes("u"), unicodeSets: flags.includes("v") };
  return either(new RegExpParser().parsePattern(source, undefined, undefined, unicode).alternatives);

  function either(alternatives: readonly AST.Alternative[]): string[] {
    const words: string[] = [];
    let before: AST.Element | undefined;
    for (const element of anyOf(alternatives).elements) {
      const drawn = one(element);
      if (element.type === "Character" && before?.type === "Character")
        words.push(words.pop() + drawn.join(""));
      else words.push(...drawn);
      before = element;
    }
    return words;
  }

  function one(node: AST.Element): string[] {
    switch (node.type) {
      case "Character":
        return [String.fromCodePoint(node.value)];
      case "CharacterSet":
      case "CharacterClass":
      case "ExpressionCharacterClass": {
        const accepted = new RegExp(`^${node.raw}$`, flags.replaceAll(/[^isuv]/g, ""));
        return [anyOf(common.concat(node.raw.split("")).filter((char) => accepted.test(char))) ?? ""];
      }
      case "Group":
      case "CapturingGroup":
        return either(node.alternatives);
      case "Quantifier": {
        const times = node.min + Math.floor(random() * Math.min(4, node.max - node.min + 1));
        return [Array.from({ length: times }, () => one(node.element).join("")).join("")];
      }
      case "Assertion":
        return "alternatives" in node && !node.negate && random() < 0.5 ? either(node.alternatives) : [];
      case "Backreference":
        break;
    }
    return [];
  }
}
