import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

/** The page's styles and scripts. They come from this folder and from installed packages. */

const types = {
  css: "text/css; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  svg: "image/svg+xml",
  woff2: "font/woff2",
};

const here = (path: string) => new URL(path, import.meta.url);
const packaged = (name: string) => new URL(import.meta.resolve(name));

/** The order matters: a later style overrides an earlier one. */
const ownStyles = ["base.css", "simulator.css", "slack.css", "registration.css", "builds.css", "layout.css"];

export const styles = ["message.css", ...ownStyles];

export const assets: Record<string, URL> = {
  ...Object.fromEntries(ownStyles.map((name) => [name, here(`assets/${name}`)])),
  "page.js": here("assets/page.js"),
  "logo.svg": here("assets/logo.svg"),
  "message.css": here("../slack/message.css"),
  "idiomorph.js": packaged("idiomorph/dist/idiomorph.esm.js"),
  "emoji.woff2": packaged("@fontsource/noto-color-emoji/files/noto-color-emoji-emoji-400-normal.woff2"),
  "inter.woff2": packaged("@fontsource-variable/inter/files/inter-latin-wght-normal.woff2"),
};

export interface Asset {
  type: string;
  content: Buffer;
}

/** @returns undefined for an unknown name */
export async function loadAsset(name: string): Promise<Asset | undefined> {
  const file = Object.hasOwn(assets, name) ? assets[name] : undefined;
  if (!file) return undefined;
  const extension = name.slice(name.lastIndexOf(".") + 1) as keyof typeof types;
  return { type: types[extension], content: await readFile(fileURLToPath(file)) };
}
