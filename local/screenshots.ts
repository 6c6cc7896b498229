import { mkdir } from "node:fs/promises";
import type { Page } from "playwright-core";
import { beginCommand } from "../command/command.ts";
import { findBrowser, howToGetBrowser, launchBrowser } from "./browser.ts";
import { parseLocalSettings } from "./settings.ts";
import { localChannels, startLocalSystem } from "./system.ts";

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
const system = await startLocalSystem(parseLocalSettings([], { PORT: "0" }), {});
system.startTicking((error) => console.error("A tick failed:", error));
const browser = await launchBrowser(executablePath);

async function open(size: keyof typeof sizes, colorScheme: "light" | "dark"): Promise<Page> {
  const page = await browser.newPage({ viewport: sizes[size], colorScheme, reducedMotion: "reduce" });
  page.setDefaultTimeout(120_000);
  await page.goto(system.apiUrl);
  return page;
}

async function take(page: Page, name: string): Promise<void> {
  await page.evaluate("document.fonts.ready.then(() => undefined)");
  await page.screenshot({ path: `${folder}${name}.png` });
  console.log(`docs/screenshots/${name}.png`);
}

/** In both channels, so that each new build of the job is told in both. */
for (const { id } of [builds, searchTeam]) await system.person!.type(id, "/builds subscribe webshop-search");
const job = system.serviceStage!.jobs.find(({ jobName }) => jobName === "webshop-search")!;
const buildIn = (page: Page, state: string) =>
  page
    .locator(".build", { hasText: "webshop-search" })
    .filter({ has: page.locator(".pill", { hasText: state }) });

const page = await open("wide", "light");
await page.locator("#jobs", { hasText: "2 subscriptions" }).waitFor();
system.serviceStage!.startBuildOf(job.jobId);
const failed = buildIn(page, "Failed");
await failed.locator(".over summary", { hasText: /nothing pending.*nothing pending/s }).waitFor();

// The second build starts after all messages about the failure have arrived.
system.serviceStage!.startBuildOf(job.jobId);
const running = buildIn(page, "Running");
await running.locator(".is-moving .phase-name", { hasText: /^Build$/ }).waitFor();
await page.locator(`a[href='#channel-${searchTeam.id}']:visible`).click();
await failed.getByRole("link", { name: "Thread in #search-team" }).click();
await page.locator(".channel:visible [id^=card-]", { hasText: "Running" }).scrollIntoViewIfNeeded();
await running.filter({ hasNot: page.locator(".pending") }).waitFor();
await take(page, "thread");

const narrow = await open("narrow", "dark");
await narrow.locator(`a[href='#channel-${searchTeam.id}']:visible`).click();
await narrow.locator(`#command-${searchTeam.id}`).fill("/builds subscribe payment-gateway ");
await narrow.locator(`#completions-${searchTeam.id}`, { hasText: "branch:" }).waitFor();
await narrow.locator(".channel:visible [id^=card-]", { hasText: "Running" }).scrollIntoViewIfNeeded();
await take(narrow, "narrow");
await narrow.locator(".views label", { hasText: "Builds" }).click();
await buildIn(narrow, "Running").waitFor();
await take(narrow, "narrow-builds");

await page.locator("#side-slack").getByRole("button", { name: "Store, then 500" }).click();
system.serviceStage!.startBuildOf(job.jobId);
await page.locator(".thread:visible .close").click();
await page.locator(`a[href='#channel-${builds.id}']:visible`).click();
await page.locator("#status", { hasText: /[1-9]\d* calls? since/ }).waitFor();
await page
  .locator(".build .pending", { hasText: /Being sent|Not confirmed yet|In doubt/ })
  .first()
  .waitFor();
await take(page, "fault");

await browser.close();
// Does not wait for the running tick, which takes up to a minute.
process.exit(0);
