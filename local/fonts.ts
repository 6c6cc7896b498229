import { spawnSync } from "node:child_process";

/** The page needs these scripts besides Latin letters. Each has a sample character and a package of Debian and Ubuntu. */
const needed = [
  { script: "emoji", character: "🚫", package: "fonts-noto-color-emoji" },
  { script: "Chinese", character: "成", package: "fonts-noto-cjk" },
];

/**
 * @param hasFont whether a font of this machine has the character
 * @returns what to install, so that no picture shows boxes in place of characters. Undefined if nothing is missing.
 */
export function findMissingFonts(hasFont = hasFontconfigFont): string | undefined {
  const missing = needed.filter(({ character }) => !hasFont(character));
  if (missing.length === 0) return undefined;
  const scripts = missing.map(({ script }) => script).join(" and ");
  return `This machine has no font for ${scripts}: apt-get install ${missing.map((each) => each.package).join(" ")}`;
}

/** macOS and Windows have no fontconfig, but they contain these fonts. */
function hasFontconfigFont(character: string): boolean {
  const code = character.codePointAt(0)!.toString(16);
  const { error, stdout } = spawnSync("fc-list", [`:charset=${code}`], { encoding: "utf8" });
  return error !== undefined || stdout !== "";
}
