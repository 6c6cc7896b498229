import { existsSync } from "node:fs";
import { chromium, type Browser } from "playwright-core";

/** Finds and starts this machine's Chromium. The page's tests and its screenshots need a browser. */

const usualPaths = [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
];

export const howToGetBrowser = "apt-get install chromium, or set CHROMIUM_PATH to a Chromium or Chrome";

/**
 * @returns undefined if this machine has no browser
 * @throws {Error} if the file in CHROMIUM_PATH does not exist
 */
export function findBrowser({ CHROMIUM_PATH: path }: NodeJS.ProcessEnv = process.env): string | undefined {
  if (path && !existsSync(path)) throw new Error(`CHROMIUM_PATH is ${path}, but this file does not exist.`);
  return path || usualPaths.find((path) => existsSync(path));
}

/** Without a sandbox, because root can't use one in a container. The browser opens only the local page. */
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
