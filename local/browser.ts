import { existsSync } from "node:fs";
import { chromium, type Browser } from "playwright-core";

/** Finds the Chromium of this machine. The tests of the page and the README's pictures need it. */

const usualPaths = [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
];

export const howToGetBrowser = "apt-get install chromium, or set CHROMIUM_PATH to a Chromium or Chrome";

/**
 * @returns the path, or undefined if there is no Chromium
 * @throws {Error} if CHROMIUM_PATH names a file that does not exist
 */
export function findBrowser({ CHROMIUM_PATH: path }: NodeJS.ProcessEnv = process.env): string | undefined {
  if (path && !existsSync(path)) throw new Error(`CHROMIUM_PATH is ${path}, but this file does not exist.`);
  return path || usualPaths.find((path) => existsSync(path));
}

/** The browser has no sandbox, because containers refuse a sandbox to root. It only loads the local page. */
export const launchBrowser = (executablePath: string): Promise<Browser> =>
  chromium.launch({
    executablePath,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
