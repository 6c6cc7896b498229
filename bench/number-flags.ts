import { parseArgs } from "node:util";

/** Flags that are numbers, as a table: what each is, what it may be, and what it is when not given. */
export type NumberFlags = Readonly<Record<string, NumberFlag>>;

export interface NumberFlag {
  default: number;
  least: number;
  most: number;
  /** Only whole numbers, unless false. */
  whole?: boolean;
  describes: string;
}

export type Values<F extends NumberFlags> = Record<keyof F, number>;

/**
 * `--builds-per-day 40` gives `buildsPerDay`.
 * @returns the values, or `help` when `--help` is among the arguments
 * @throws {Error} naming every fault, one a line
 */
export function parseNumberFlags<F extends NumberFlags>(flags: F, args: string[]): Values<F> | "help" {
  const names = Object.keys(flags);
  const options = Object.fromEntries(names.map((name) => [kebab(name), { type: "string" as const }]));
  const { values, positionals } = parseArgs({ args, options, strict: false });
  if (values["help"]) return "help";
  const faults = [
    ...Object.keys(values).flatMap((name) => (Object.hasOwn(options, name) ? [] : [`--${name} is no flag.`])),
    ...positionals.map((text) => `${JSON.stringify(text)} belongs to no flag.`),
    ...names.flatMap(faultOfValue),
  ];
  if (faults.length > 0) throw new Error([...faults, "--help lists what there is."].join("\n"));
  return Object.fromEntries(names.map((name) => [name, valueOf(name)])) as Values<F>;

  function valueOf(name: string): number {
    const given = values[kebab(name)];
    if (given === undefined) return flags[name]!.default;
    return typeof given === "string" && given.trim() !== "" ? Number(given) : Number.NaN;
  }

  function faultOfValue(name: string): string[] {
    const { least, most, whole = true } = flags[name]!;
    const value = valueOf(name);
    if (value >= least && value <= most && (!whole || Number.isInteger(value))) return [];
    const accepted = `${whole ? "a whole number" : "a number"} from ${least} to ${most}`;
    return [`--${kebab(name)} is ${JSON.stringify(values[kebab(name)])}; accepted is ${accepted}.`];
  }
}

/** One line for each flag, with its range and default. */
export function renderHelp(flags: NumberFlags): string {
  const width = Math.max(...Object.keys(flags).map((name) => kebab(name).length));
  return Object.entries(flags)
    .map(
      ([name, { describes, least, most, default: byDefault }]) =>
        `  --${kebab(name).padEnd(width)}  ${describes} (${least} to ${most}; ${byDefault})`,
    )
    .join("\n");
}

const kebab = (name: string): string => name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
