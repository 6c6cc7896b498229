import { RegExpParser, visitRegExpAST, type AST } from "@eslint-community/regexpp";

/**
 * Runs a regular expression as JavaScript does, by trying one way after another, and counts the steps. A clock can't say
 * on a busy machine whether the time of a pattern grows faster than the text.
 */

type Instruction =
  | { op: "take"; accepts: (char: string) => boolean; back: boolean }
  | { op: "try"; first: number; second: number }
  | { op: "go"; to: number }
  | { op: "mark"; group: number; edge: 0 | 1 }
  | { op: "repeat"; group: number; back: boolean }
  | { op: "assert"; holds: (text: string, at: number) => boolean }
  | { op: "look"; program: Instruction[]; negate: boolean }
  | { op: "found" };

/** The beginning and the end of each group. */
type Marks = readonly (readonly [number, number] | undefined)[];

export interface Counted {
  steps: number;
  found: string[];
}

/** @throws {RangeError} beyond `atMost` steps */
export function countSteps(pattern: RegExp, text: string, atMost = Infinity): Counted {
  const program = compile(pattern);
  const found: string[] = [];
  let steps = 0;
  let at = 0;
  while (at <= text.length) {
    const end = run(program, at, [])?.at;
    if (end !== undefined) found.push(text.slice(at, end));
    if ((end !== undefined && !pattern.global) || pattern.sticky) break;
    at = end !== undefined && end > at ? end : at + 1;
  }
  return { steps, found };

  function run(program: Instruction[], start: number, startMarks: Marks) {
    const waiting = [{ next: 0, at: start, marks: startMarks }];
    for (let state = waiting.pop(); state; state = waiting.pop()) {
      let { next, at, marks } = state;
      for (;;) {
        steps += 1;
        if (steps > atMost) throw new RangeError(`${pattern} takes more than ${atMost} steps`);
        const instruction = program[next]!;
        next += 1;
        if (instruction.op === "found") return { at, marks };
        if (instruction.op === "try") {
          waiting.push({ next: instruction.second, at, marks });
          next = instruction.first;
        } else if (instruction.op === "go") {
          next = instruction.to;
        } else if (instruction.op === "take") {
          const char = instruction.back ? text[at - 1] : text[at];
          if (char === undefined || !instruction.accepts(char)) break;
          at += instruction.back ? -1 : 1;
        } else if (instruction.op === "mark") {
          const [from, to] = marks[instruction.group] ?? [at, at];
          const copy = [...marks];
          copy[instruction.group] = instruction.edge === 0 ? [at, to] : [from, at];
          marks = copy;
        } else if (instruction.op === "repeat") {
          const [from, to] = marks[instruction.group] ?? [0, 0];
          steps += to - from;
          const begin = instruction.back ? at - (to - from) : at;
          if (begin < 0 || !text.startsWith(text.slice(from, to), begin)) break;
          at = instruction.back ? begin : begin + to - from;
        } else if (instruction.op === "assert") {
          if (!instruction.holds(text, at)) break;
        } else {
          const seen = run(instruction.program, at, marks);
          if ((seen === undefined) !== instruction.negate) break;
          if (seen) marks = seen.marks;
        }
      }
    }
    return undefined;
  }
}

const compiled = new Map<RegExp, Instruction[]>();

function compile(pattern: RegExp): Instruction[] {
  const known = compiled.get(pattern);
  if (known) return known;
  const program = compileFresh(pattern);
  compiled.set(pattern, program);
  return program;
}

function compileFresh({ source, flags, multiline }: RegExp): Instruction[] {
  const charFlags = flags.replaceAll(/[^isuv]/g, "");
  const parsed = new RegExpParser().parsePattern(source, undefined, undefined, {
    unicode: flags.includes("u"),
    unicodeSets: flags.includes("v"),
  });
  const groups: AST.CapturingGroup[] = [];
  visitRegExpAST(parsed, { onCapturingGroupEnter: (group) => groups.push(group) });
  return programOf(parsed.alternatives, false);

  function programOf(alternatives: AST.Alternative[], back: boolean): Instruction[] {
    const program: Instruction[] = [];
    either(alternatives, back, program);
    return [...program, { op: "found" }];
  }

  function either([first, ...others]: AST.Alternative[], back: boolean, program: Instruction[]): void {
    if (others.length === 0) return inOrder(first!.elements, back, program);
    const fork = { op: "try" as const, first: program.length + 1, second: 0 };
    program.push(fork);
    inOrder(first!.elements, back, program);
    const leave = { op: "go" as const, to: 0 };
    program.push(leave);
    fork.second = program.length;
    either(others, back, program);
    leave.to = program.length;
  }

  function inOrder(elements: AST.Element[], back: boolean, program: Instruction[]): void {
    for (const element of back ? elements.toReversed() : elements) one(element, back, program);
  }

  function one(node: AST.Element, back: boolean, program: Instruction[]): void {
    switch (node.type) {
      case "Character":
      case "CharacterSet":
      case "CharacterClass":
      case "ExpressionCharacterClass":
        program.push({ op: "take", accepts: accepting(node.raw, charFlags), back });
        return;
      case "Group":
        either(node.alternatives, back, program);
        return;
      case "CapturingGroup": {
        const group = groups.indexOf(node);
        program.push({ op: "mark", group, edge: back ? 1 : 0 });
        either(node.alternatives, back, program);
        program.push({ op: "mark", group, edge: back ? 0 : 1 });
        return;
      }
      case "Backreference":
        program.push({ op: "repeat", group: groups.indexOf([node.resolved].flat()[0]!), back });
        return;
      case "Quantifier":
        repeated(node, back, program);
        return;
      case "Assertion":
        program.push(assertion(node));
        return;
    }
  }

  function repeated(
    { element, min, max, greedy }: AST.Quantifier,
    back: boolean,
    program: Instruction[],
  ): void {
    for (let times = 0; times < min; times++) one(element, back, program);
    const forks: Extract<Instruction, { op: "try" }>[] = [];
    for (let times = min; times < (max === Infinity ? min + 1 : max); times++) {
      forks.push({ op: "try", first: program.length + 1, second: program.length + 1 });
      program.push(forks.at(-1)!);
      one(element, back, program);
    }
    if (max === Infinity) program.push({ op: "go", to: program.indexOf(forks[0]!) });
    for (const fork of forks) fork[greedy ? "second" : "first"] = program.length;
  }

  function assertion(node: AST.Assertion): Instruction {
    if (node.kind === "lookahead" || node.kind === "lookbehind") {
      const program = programOf(node.alternatives, node.kind === "lookbehind");
      return { op: "look", program, negate: node.negate };
    }
    if (node.kind === "word") {
      const holds = (text: string, at: number) => (isWord(text[at - 1]) !== isWord(text[at])) !== node.negate;
      return { op: "assert", holds };
    }
    const [end, step] = node.kind === "start" ? [() => 0, -1] : [(text: string) => text.length, 0];
    return {
      op: "assert",
      holds: (text, at) => at === end(text) || (multiline && isLineEnd(text[at + step])),
    };
  }
}

const isLineEnd = (char = ""): boolean => /^[\n\r\u2028\u2029]$/.test(char);
const isWord = (char = ""): boolean => /^\w$/.test(char);

function accepting(raw: string, flags: string): (char: string) => boolean {
  const one = new RegExp(`^(?:${raw})$`, flags);
  const known = new Map<string, boolean>();
  return (char) => {
    const before = known.get(char);
    if (before !== undefined) return before;
    known.set(char, one.test(char));
    return known.get(char)!;
  };
}
