import { spawnSync } from "node:child_process";

/** The page's scripts besides Latin. Each has one of its characters, and the package of Debian and Ubuntu that has a font. */
const needed = [
  { script: "emoji", character: "🚫", package: "fonts-noto-color-emoji" },
  { script: "Chinese", character: "成", package: "fonts-noto-cjk" },
];

/**
 * @param hasFont whether this machine has a font with the character
 * @returns what to install, because a missing font leaves boxes in the pictures. Undefined if nothing is missing
 */
export function findMissingFonts(hasFont = hasFontconfigFont): string | undefined {
  const missing = needed.filter(({ character }) => !hasFont(character));
  if (missing.length === 0) return undefined;
  const scripts = missing.map(({ script }) => script).join(" and ");
  return `This machine has no font for ${scripts}: apt-get install ${missing.map((each) => each.package).join(" ")}`;
}

/** macOS and Windows have these fonts, and no fontconfig. */
function hasFontconfigFont(character: string): boolean {
  const code = character.codePointAt(0)!.toString(16);
  const { error, stdout } = spawnSync("fc-list", [`:charset=${code}`], { encoding: "utf8" });
  return error !== undefined || stdout !== "";
}
