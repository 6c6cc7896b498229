import { parseArgs } from "node:util";
import { didYouMean } from "./nearest.ts";

/** A command. All commands read their arguments, report errors in them and print `--help` in the same way. */
export interface Command<F extends Flags = Flags> {
  /** What a person types, such as `npm run cost`. */
  name: string;
  /** What it does, for the help: a sentence or two. */
  does: string;
  flags: F;
  /** The arguments without a flag. None given means all. */
  words?: Words;
}

interface Words {
  /** The name of the kind, such as "measurement". */
  kind: string;
  names: readonly string[];
}

type Flag = NumberFlag | ChoiceFlag | TextFlag | Switch;
export type Flags = Readonly<Record<string, Flag>>;

export interface NumberFlag {
  default: number;
  least: number;
  most: number;
  /** Whether only whole numbers are accepted. Default: true. */
  whole?: boolean;
  describes: string;
}

/** A flag that takes one of some numbers. */
export interface ChoiceFlag {
  default: number;
  oneOf: readonly number[];
  describes: string;
}

export interface TextFlag {
  default: string;
  describes: string;
}

/** A flag without a value. It is true when it is given. */
export interface Switch {
  describes: string;
}

export type Values<F extends Flags> = {
  [Name in keyof F]: F[Name] extends { default: number }
    ? number
    : F[Name] extends { default: string }
      ? string
      : boolean;
};

export interface Given<F extends Flags> {
  /** Whether `--help` is among the arguments. */
  help: boolean;
  values: Values<F>;
  words: string[];
  /** The errors, a sentence each. If there are any, don't use the values. */
  faults: string[];
}

const seeHelp = "--help lists all flags.";

/** `--builds-per-day 40` gives `buildsPerDay`. */
export function parseArguments<F extends Flags>(
  { flags, words }: Pick<Command<F>, "flags" | "words">,
  args: readonly string[],
): Given<F> {
  const names = Object.keys(flags);
  const options = Object.fromEntries(
    names.map((name) => [
      kebab(name),
      { type: "default" in flags[name]! ? ("string" as const) : ("boolean" as const) },
    ]),
  );
  const { values, positionals, tokens } = parseArgs({
    args: [...args],
    options,
    strict: false,
    tokens: true,
  });
  const read = names.map((name) => ({ name, ...valueOf(kebab(name), flags[name]!, values[kebab(name)]) }));
  const faults = [
    // By what was typed: the values have no place for a name such as __proto__.
    ...new Set(
      tokens
        .filter((token) => token.kind === "option")
        .filter(({ name }) => !Object.hasOwn(options, name))
        .map(({ rawName }) => noFlag(rawName, [...Object.keys(options), "help"])),
    ),
    ...positionals.filter((word) => !words?.names.includes(word)).map((word) => noWord(word, words)),
    ...read.flatMap(({ fault }) => fault ?? []),
  ];
  return {
    help: values["help"] !== undefined || values["h"] !== undefined,
    values: Object.fromEntries(read.map(({ name, value }) => [name, value])) as Values<F>,
    words: positionals,
    faults: faults.length > 0 ? [...faults, seeHelp] : [],
  };
}

function noFlag(typed: string, names: string[]): string {
  const flags = names.map((each) => `--${each}`);
  return `${typed} is not a known flag${didYouMean(typed, flags)}`;
}

function noWord(word: string, words: Words | undefined): string {
  if (!words) return `${JSON.stringify(word)} does not belong to any flag.`;
  const { kind, names } = words;
  return `${word} is not a known ${kind}${didYouMean(word, names, `; the known ones are ${names.join(", ")}.`)}`;
}

type Read = { value: number | string | boolean; fault?: string };

function valueOf(name: string, flag: Flag, given: unknown): Read {
  if (!("default" in flag)) {
    return typeof given === "string"
      ? { value: true, fault: `--${name} does not take a value, but got ${JSON.stringify(given)}.` }
      : { value: given === true };
  }
  if (given === undefined) return { value: flag.default };
  const text = typeof given === "string" ? given.trim() : "";
  if (isText(flag)) {
    // A text that begins with a dash is the next flag.
    const isGiven = text !== "" && !text.startsWith("-");
    return isGiven ? { value: text } : { value: "", fault: `--${name} needs a value: ${flag.describes}.` };
  }
  const value = text === "" ? Number.NaN : Number(text);
  if (accepts(flag, value)) return { value };
  return { value, fault: `--${name} is ${JSON.stringify(given)}, but must be ${describeAccepted(flag)}.` };
}

const isText = (flag: NumberFlag | ChoiceFlag | TextFlag): flag is TextFlag =>
  typeof flag.default === "string";

function accepts(flag: NumberFlag | ChoiceFlag, value: number): boolean {
  if ("oneOf" in flag) return flag.oneOf.includes(value);
  const { least, most, whole = true } = flag;
  return value >= least && value <= most && (!whole || Number.isInteger(value));
}

function describeAccepted(flag: NumberFlag | ChoiceFlag): string {
  if ("oneOf" in flag) return `one of ${flag.oneOf.join(", ")}`;
  const { least, most, whole = true } = flag;
  return `${whole ? "a whole number" : "a number"} from ${least} to ${most}`;
}

/** Renders the help: what the command does, then a line for each flag with its range and default. */
export function renderHelp({ name, does, flags, words }: Command): string {
  const given = [
    ...(Object.keys(flags).length > 0 ? ["[flags]"] : []),
    ...(words ? [`[${words.kind} …]`] : []),
  ];
  const width = Math.max(0, ...Object.keys(flags).map((flag) => kebab(flag).length));
  return [
    given.length > 0 ? `${name} -- ${given.join(" ")}` : name,
    does,
    ...Object.entries(flags).map(
      ([name, flag]) => `  --${kebab(name).padEnd(width)}  ${flag.describes}${limitsOf(flag)}`,
    ),
    ...(words ? [`  ${words.kind}: ${words.names.join(", ")}`] : []),
    ...explainBrackets(Object.values(flags)),
  ].join("\n");
}

function explainBrackets(flags: Flag[]): string[] {
  if (flags.some((flag) => "least" in flag || "oneOf" in flag))
    return ["In brackets: the values that are accepted, and the default."];
  return flags.some((flag) => "default" in flag) ? ["In brackets: the default."] : [];
}

function limitsOf(flag: Flag): string {
  if (!("default" in flag)) return "";
  if ("oneOf" in flag) return ` (${flag.oneOf.join(", ")}; ${flag.default})`;
  return "least" in flag ? ` (${flag.least} to ${flag.most}; ${flag.default})` : ` (${flag.default})`;
}

const kebab = (name: string): string => name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

/** Whether a command that hands its arguments to another program is asked for help. */
export const asksForHelp = (args: readonly string[]): boolean =>
  args.includes("--help") || args.includes("-h");

/** Prints the help of a command that hands its arguments to another program. The other program's help follows. */
export function printHelpBefore(command: Command, program: string): void {
  console.log(`${renderHelp(command)}\n\nThe other flags are those of ${program}:\n`);
}

/**
 * Returns the arguments of this process. Prints the help and ends the process for `--help`; ends it with status 2 when the
 * arguments have errors.
 */
export function beginCommand<F extends Flags>(
  command: Command<F>,
  args: readonly string[] = process.argv.slice(2),
): Pick<Given<F>, "values" | "words"> {
  endWhenNobodyReads();
  const { help, faults, ...given } = parseArguments(command, args);
  if (help) {
    console.log(renderHelp(command));
    process.exit(0);
  }
  if (faults.length > 0) {
    console.error(faults.join("\n"));
    process.exit(2);
  }
  return given;
}

/** Ends the process when its output pipe is closed, as `| head -3` does. The exit status stays as it is. */
export function endWhenNobodyReads(beforeTheEnd: () => void = () => undefined): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code !== "EPIPE") throw error;
      beforeTheEnd();
      process.exit();
    });
  }
}
