import { mkdir } from "node:fs/promises";
import type { Page } from "playwright-core";
import { beginCommand } from "../command/command.ts";
import { findBrowser, howToGetBrowser, launchBrowser } from "./browser.ts";
import { parseLocalSettings } from "./settings.ts";
import { localChannels, startLocalSystem, type LocalSystem } from "./system.ts";

/** `npm run screenshots`: takes the README's pictures of the local page, while sample builds run. */

beginCommand({
  name: "npm run screenshots",
  does: "Takes the README's pictures of the local page, and writes them to docs/screenshots. It needs a Chromium.",
  flags: {},
});

const folder = new URL("../docs/screenshots/", import.meta.url).pathname;
const [builds, searchTeam] = localChannels;
const sizes = { wide: { width: 1280, height: 800 }, narrow: { width: 390, height: 844 } };

const executablePath = findBrowser();
if (!executablePath) {
  console.error(`This machine has no browser for the screenshots: ${howToGetBrowser}.`);
  process.exit(1);
}
await mkdir(folder, { recursive: true });
const system = await startLocalSystem(parseLocalSettings([], { PORT: "0" }), { speed: 2 });
system.startTicking((error) => console.error("A tick failed:", error));
const browser = await launchBrowser(executablePath);

async function open(size: keyof typeof sizes, colorScheme: "light" | "dark"): Promise<Page> {
  const page = await browser.newPage({ viewport: sizes[size], colorScheme, reducedMotion: "reduce" });
  await page.goto(system.apiUrl);
  return page;
}

async function take(page: Page, name: string): Promise<void> {
  await page.evaluate("document.fonts.ready.then(() => undefined)");
  await page.screenshot({ path: `${folder}${name}.png` });
  console.log(`docs/screenshots/${name}.png`);
}

async function register({ apiUrl, apiToken }: LocalSystem, buildId: string, body: object): Promise<void> {
  const headers = { authorization: `Bearer ${apiToken}`, "content-type": "application/json" };
  const response = await fetch(`${apiUrl}/builds/${buildId}`, {
    method: "PUT",
    headers,
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${buildId} could not be registered: ${await response.text()}`);
}

const openThread = (page: Page, buildId: string): Promise<void> =>
  page.locator(`[id^='build-${buildId}-'] a[href^='#thread-']`).click();

await register(system, "fails-1", { channel: searchTeam.id, mention: "U0JONAS001" });
const page = await open("wide", "light");
await page.locator("#build-fails-1-C0SEARCH001 .pill", { hasText: "Failed" }).waitFor();
await page
  .locator("#build-fails-1-C0SEARCH001")
  .getByText(/nothing pending/)
  .waitFor();

// The second build starts after all messages about the failure have arrived.
await register(system, "succeeds-1", { channel: builds.id });
await page.locator("#build-succeeds-1-C0BUILDS001 .is-moving .phase-name", { hasText: /^Build$/ }).waitFor();
await openThread(page, "fails-1");
await page.locator(".thread:visible .entry").last().scrollIntoViewIfNeeded();
await page.locator("[id^=card-]:visible").first().scrollIntoViewIfNeeded();
await take(page, "thread");

const narrow = await open("narrow", "dark");
await narrow.locator(`a[href='#channel-${searchTeam.id}']:visible`).click();
await take(narrow, "narrow");
await narrow.locator(".views label", { hasText: "Builds" }).click();
await narrow.locator("#build-succeeds-1-C0BUILDS001 a[href^='#thread-']").waitFor();
await take(narrow, "narrow-builds");

await page.locator("#side-slack").getByRole("button", { name: "Store, then 500" }).click();
await page.locator(".thread:visible .close").click();
await page.locator(`a[href='#channel-${builds.id}']:visible`).click();
await page.locator("#status", { hasText: /[1-9]\d* calls? since/ }).waitFor();
await page
  .locator("#build-succeeds-1-C0BUILDS001", { hasText: /Being sent|Not confirmed yet|In doubt/ })
  .waitFor();
await take(page, "fault");

await browser.close();
// Does not wait for the running tick, which takes up to a minute.
process.exit(0);
