import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import type { Browser, Locator, Page } from "playwright-core";
import { findBrowser, howToGetBrowser, launchBrowser } from "../../../local/browser.ts";
import { sampleJobs } from "../../../local/servicestage/jobs.ts";
import type { Scenario } from "../../../local/servicestage/scenarios.ts";
import { parseLocalSettings } from "../../../local/settings.ts";
import { startLocalSystem, type LocalSystem } from "../../../local/system.ts";
import { phaseStates } from "../../../lambda/domain/phase.ts";
import { translate } from "../../../lambda/slack/text.ts";
import { en } from "../../../lambda/slack/wording/en.ts";
import { until } from "../../until.ts";

/** The page as a person uses it, in a real browser, on the whole local system. */

const executablePath = findBrowser();
const [wide, narrow] = [
  { width: 1280, height: 800 },
  { width: 390, height: 844 },
];
/** The word that a Slack message uses for the state. */
const word = (state: string): string => translate(en.states, state, 40);
const anyState = phaseStates.map(word).join("|");
/** It runs until somebody cancels it. */
const endless: Scenario = {
  details: sampleJobs.find(({ details }) => details.job_name === "payment-gateway")!.details,
  timeline: [
    [0, "Init", "Building"],
    [3_600_000, "Init", "Successful"],
  ],
  lastWords: [],
};
const searchTeam = { id: "C0SEARCH001", name: "search-team" };

if (!executablePath) {
  process.stderr.write(`The page's tests in a browser are skipped: there is none (${howToGetBrowser}).\n`);
}
// oxlint-disable-next-line jest/no-disabled-tests: the line above says why, and what to do.
const describeInBrowser = executablePath ? describe : describe.skip;

describeInBrowser("the local page", () => {
  let system: LocalSystem;
  let browser: Browser;
  let page: Page;
  /** What went wrong in the page itself: scripts that threw, what its policy forbade. */
  let errors: string[];

  beforeAll(async () => {
    system = await startLocalSystem(parseLocalSettings([], { PORT: "0" }), { speed: 4 });
    system.startTicking((error) => errors.push(String(error)));
    browser = await launchBrowser(executablePath!);
  });
  afterAll(async () => {
    await browser.close();
    await system.close();
  });
  beforeEach(async () => {
    errors = [];
    page = await open(wide);
  });
  afterEach(async () => {
    // A fault that a failed test left on would fail all others.
    system.serviceStage!.fault = undefined;
    system.slack!.clearFaults();
    await page.context().close();
    if (errors.length > 0) throw new Error(errors.join("\n"));
  });

  async function open(viewport: typeof wide): Promise<Page> {
    const context = await browser.newContext({ viewport });
    const opened = await context.newPage();
    opened.setDefaultTimeout(50_000);
    opened.on("pageerror", (error) => errors.push(error.message));
    opened.on("console", (message) => {
      if (message.type() === "error" && !/status of 4|net::ERR_FAILED/.test(message.text()))
        errors.push(message.text());
    });
    await opened.goto(system.apiUrl);
    return opened;
  }

  async function register(fields: Record<string, string>): Promise<void> {
    const { buildId: id = "" } = fields;
    await page.getByText("Register one build by its ID").click();
    for (const [name, value] of Object.entries(fields))
      await page.locator(`#registration-${name}`).fill(value);
    await page.getByRole("button", { name: "Register" }).click();
    if (id) await page.getByText(`${id} is registered.`).waitFor();
  }

  /** @returns the build's id */
  async function startSample(kind: string): Promise<string> {
    const answer = page.locator("#started");
    const before = await answer.innerText();
    await page.getByLabel("What the sample build does").selectOption(kind);
    await page.getByRole("button", { name: "Start a sample build" }).click();
    await page.locator("#started", { hasText: /is registered/ }).waitFor();
    expect(await until(async () => (await answer.innerText()) !== before)).toBe(true);
    return (await answer.innerText()).split(" ")[0]!;
  }

  const buildOf = (buildId: string): Locator => page.locator(`[id="build-${buildId}"]`);
  const pill = (buildId: string, label: string): Locator =>
    buildOf(buildId).locator(".build-head .pill", { hasText: label });
  const untilTold = (buildId: string): Promise<void> =>
    buildOf(buildId)
      .getByText(/sent .*nothing pending/)
      .waitFor();
  const fault = (side: string, label: string): Locator =>
    page.locator(`#side-${side}`).getByRole("button", { name: label });

  async function openThread(buildId: string): Promise<Locator> {
    await buildOf(buildId)
      .getByRole("link", { name: /Thread in/ })
      .click();
    return page.locator(".thread:visible");
  }

  /** The transitions in the thread's replies, such as "Build: Running → Failed", in order. */
  const arrowsIn = async (thread: Locator): Promise<string[]> =>
    (await thread.locator("[id^=reply-]").allInnerTexts()).flatMap((text) =>
      [...text.matchAll(new RegExp(`\\w+: (?:${anyState}) → (?:${anyState})`, "g"))].map(([arrow]) => arrow),
    );

  /** Each phase's transitions without a gap and without one twice. */
  function expectUnbroken(arrows: readonly string[]): void {
    const states = new Map<string, string>();
    for (const arrow of arrows) {
      const [phase, from, to] = arrow.split(/: | → /) as [string, string, string];
      expect([arrow, states.get(phase) ?? word("NotStarted")]).toEqual([arrow, from]);
      states.set(phase, to);
    }
  }

  test("a build goes from its registration to its end, without a reload", async () => {
    await page.evaluate(() => Object.assign(globalThis, { neverReloaded: true }));
    await register({ buildId: "fails-1", channel: searchTeam.id, mention: "U0JONAS001, S0123456" });
    await pill("fails-1", "Running").waitFor();
    const thread = await openThread("fails-1");
    await pill("fails-1", "Failed").waitFor();
    await untilTold("fails-1");

    await thread.locator("[id^=parent-]", { hasText: "❌ Failed: webshop-search #87" }).waitFor();
    const arrows = await arrowsIn(thread);
    expectUnbroken(arrows);
    expect(arrows.at(-1)).toMatch(/^Build: .+ → Failed$/);
    await page.locator(".channel:visible [id^=broadcast-]", { hasText: "@Jonas Weber @somebody" }).waitFor();
    await buildOf("fails-1").locator(".over summary").click();
    expect(await buildOf("fails-1").locator(".phase.is-bad").innerText()).toContain("Build");
    expect(await buildOf("fails-1").locator(".phase.is-good rect").count()).toBeGreaterThan(0);
    expect(await page.evaluate(() => "neverReloaded" in globalThis)).toBe(true);
  });

  test.each([
    ["slack", "Throttle (429)", "Slack answers every call with 429"],
    ["servicestage", "Error (500)", "ServiceStage answers every call with 500"],
  ])("a fault of %s, %s, is seen, and nothing is lost or told twice after it", async (side, label, seen) => {
    const buildId = await startSample("fails");
    await pill(buildId, "Running").waitFor();

    await fault(side, label).click();
    await page.locator("#status", { hasText: seen }).waitFor();
    expect(await fault(side, label).getAttribute("aria-pressed")).toBe("true");
    await page.locator("#status", { hasText: /[2-9] calls since/ }).waitFor();
    await fault(side, label).click();
    await page.locator(`#side-${side}:not(.is-faulty)`).waitFor();

    await pill(buildId, "Failed").waitFor();
    await untilTold(buildId);
    const arrows = await arrowsIn(await openThread(buildId));
    expectUnbroken(arrows);
    expect(arrows.at(-1)).toMatch(/^Build: .+ → Failed$/);
  });

  test("after refused credentials the page says until when nothing is read, and its button ends the pause", async () => {
    const label = "Reject the key (401)";
    await register({ buildId: "succeeds-401" });
    await pill("succeeds-401", "Running").waitFor();
    await fault("servicestage", label).click();
    await page.locator("#status", { hasText: /No build is read until \d\d:\d\d:\d\d/ }).waitFor();
    await buildOf("succeeds-401")
      .getByText(/last read at \d\d:\d\d:\d\d/)
      .waitFor();
    // Nothing moves any more, once the last transition of a style has ended.
    const countMoving = () =>
      buildOf("succeeds-401").evaluate((element) => element.getAnimations({ subtree: true }).length);
    expect(await until(async () => (await countMoving()) === 0)).toBe(true);

    await fault("servicestage", label).click();
    await page.locator("#side-servicestage:not(.is-faulty)").waitFor();
    await pill("succeeds-401", "Succeeded").waitFor();
    await untilTold("succeeds-401");
  });

  test("a command subscribes the channel, and the next build appears there, is muted, cancelled and built again", async () => {
    await page.locator(`.tabs a[href='#channel-${searchTeam.id}']`).first().click();
    const composer = page.locator(`#composer-${searchTeam.id}`);
    const typed = composer.getByLabel("Type a command in #search-team");
    const feed = page.locator(".channel:visible .feed");
    for (const word of ["/builds", "subscribe", "payment-gateway"]) {
      await composer.getByRole("button", { name: word, exact: true }).click();
    }
    expect(await typed.inputValue()).toBe("/builds subscribe payment-gateway ");
    await page.keyboard.press("Enter");
    await feed.getByText("@Jonas Weber subscribed this channel to payment-gateway").waitFor();
    expect(await typed.inputValue()).toBe("");

    await typed.fill("/builds list");
    await composer.getByRole("button", { name: "Send" }).click();
    await feed.getByText("Only visible to you · /builds list").waitFor();
    await feed.locator("[id^=answer-]", { hasText: "payment-gateway · every change" }).waitFor();

    await page.locator("#jobs > summary").click();
    await page
      .getByRole("button", { name: "Change the subscription of #search-team to payment-gateway" })
      .click();
    const settings = page.getByRole("dialog", { name: /^Change the subscription/ });
    await settings.getByLabel("Branches").fill("{main}");
    await settings.getByRole("button", { name: "Save" }).click();
    await settings.getByText("is not a pattern of a branch").waitFor();
    await settings.getByLabel("Branches").fill("main, release/*");
    await settings.getByLabel("Branches").press("Enter");
    await page.locator("#jobs", { hasText: "new builds of main, release/*" }).waitFor();
    expect(await settings.count()).toBe(0);

    await typed.pressSequentially("/builds unsub");
    await composer.getByRole("button", { name: "unsubscribe" }).waitFor();
    system.serviceStage!.startBuild(endless);
    const card = feed.locator("[id^=card-]", { hasText: "payment-gateway #341" });
    await card.waitFor();
    expect(await typed.inputValue()).toBe("/builds unsub");
    await typed.fill("good morning");
    await typed.press("Enter");
    await page.locator("#notice", { hasText: "This Slack takes only the command /builds." }).waitFor();
    expect(await typed.inputValue()).toBe("good morning");

    await typed.fill("/builds status");
    await typed.press("Enter");
    await feed.locator("[id^=answer-]", { hasText: "payment-gateway #341" }).getByText("card").click();
    await page.locator(".thread:visible [id^=parent-]", { hasText: "payment-gateway #341" }).waitFor();

    await card.getByRole("button", { name: "Mute" }).click();
    await feed.locator("[id^=answer-]", { hasText: "This build is muted" }).waitFor();
    const question = page.getByRole("dialog");
    await card.getByRole("button", { name: "Cancel the build" }).click();
    await question.getByRole("button", { name: "Let it run" }).click();
    expect(await question.count()).toBe(0);
    await card.getByRole("button", { name: "Cancel the build" }).click();
    await question.getByRole("button", { name: "Cancel the build" }).click();
    await card.filter({ hasText: "Cancelled: payment-gateway" }).waitFor();
    await card.getByRole("button", { name: "Build again" }).click();
    await question.getByRole("button", { name: "Build again" }).click();
    await feed.locator("[id^=card-]", { hasText: "payment-gateway #342" }).waitFor();

    await page.locator(".thread:visible .close").click();
    await card.locator(".replies-link").click();
    for (const did of ["muted this build", "cancelled this build", "started a new build"]) {
      await page.locator(".thread:visible", { hasText: `@Jonas Weber ${did}` }).waitFor();
    }
  });

  test("a stopped build does not change any more", async () => {
    system.serviceStage!.setPhases("endless", [{ name: "Init", state: "Building" }], { job_name: "endless" });
    await register({ buildId: "endless" });
    await untilTold("endless");
    await buildOf("endless").getByRole("button", { name: "Stop tracking" }).click();
    await pill("endless", "Tracking stopped").waitFor();
    await buildOf("endless")
      .getByText(/last read at/)
      .waitFor();
    const bar = () => buildOf("endless").locator(".timeline").innerHTML();
    const before = await bar();
    // What is pushed meanwhile is another build's.
    await startSample("succeeds");
    await page.locator(".build .pill", { hasText: "Running" }).first().waitFor();
    expect(await bar()).toBe(before);
  });

  test("a card that a person deletes is replaced once, and the thread goes on under the new card", async () => {
    system.serviceStage!.setPhases("steady", [{ name: "Init", state: "Building" }], { job_name: "steady" });
    await register({ buildId: "steady" });
    await untilTold("steady");
    const card = page.locator(".channel:visible [id^=card-]", { hasText: "Running: steady" });
    const id = await card.getAttribute("id");
    await card.hover();
    await card.getByRole("button", { name: "Delete" }).click();
    await card.waitFor({ state: "detached" });

    system.serviceStage!.setPhases("steady", [{ name: "Init", state: "Failed" }], { job_name: "steady" });
    const next = page.locator(".channel:visible [id^=card-]", { hasText: "Failed: steady" });
    await next.waitFor();
    await untilTold("steady");
    expect(await next.count()).toBe(1);
    expect(await next.getAttribute("id")).not.toBe(id);
    expect(await arrowsIn(await openThread("steady"))).toEqual([
      `Init: ${word("Building")} → ${word("Failed")}`,
    ]);
  });

  test("a job whose name is HTML is harmless", async () => {
    const name = `<img src=x onerror="globalThis.hacked=1"><script>globalThis.hacked=1</script>`;
    const details = { job_name: name, branch: name, committer: name };
    system.serviceStage!.setPhases("hostile", [{ name, state: "Failed" }], details);
    await register({ buildId: "hostile", label: name });
    await untilTold("hostile");

    await page
      .locator(".channel:visible [id^=card-]", { hasText: `❌ Failed: ${name.slice(0, 20)}` })
      .waitFor();
    await page.reload();
    expect(await buildOf("hostile").locator("h3").innerText()).toContain(name);
    expect(await page.locator("main script, main img:not(.avatar)").count()).toBe(0);
    expect(await page.evaluate(() => "hacked" in globalThis)).toBe(false);
  });

  test("the API's faults are beside the fields, and the fields keep their values", async () => {
    await register({ buildId: "", channel: "#general", mention: "jonas", label: "nightly" });
    await page.getByText("400 The request is not valid.").waitFor();
    const faulty = await page.locator("[aria-invalid]").evaluateAll((fields) => fields.map(({ id }) => id));
    expect(faulty).toEqual(["buildId", "channel", "mention"].map((name) => `registration-${name}`));
    await page.locator("#registration-buildId:focus").waitFor();
    expect(await page.locator("#registration-channel-fault").innerText()).toBe(
      "Channel must be a channel ID such as C0123456789: Slack shows the ID at the bottom of the channel's details; " +
        'the value is "#general"',
    );
    expect(await page.locator("#registration-label").inputValue()).toBe("nightly");

    await page.locator("#registration-buildId").fill("fails-9");
    await page.locator("#registration-channel").fill("C0NOSUCHCHANNEL");
    await page.locator("#registration-mention").fill("");
    await page.locator("#registration-buildId").press("Enter");
    await page.getByText("fails-9 is registered.").waitFor();
    expect(await page.locator("#registration-buildId").inputValue()).toBe("");
    expect(await page.locator("[aria-invalid]").count()).toBe(0);
    await buildOf("fails-9")
      .getByText(/Slack has refused messages for this channel since .*: channel_not_found/)
      .waitFor();
    await buildOf("fails-9").getByRole("button", { name: "Stop tracking" }).click();
    await buildOf("fails-9").getByRole("button", { name: "Stop tracking" }).waitFor({ state: "detached" });
  });

  test("typed text, open parts and the place on the page stay while the page changes", async () => {
    await register({ buildId: "cancelled-1" });
    await pill("cancelled-1", "Running").waitFor();
    const thread = await openThread("cancelled-1");
    await buildOf("cancelled-1").locator(".told summary").click();
    await page.locator("#registration-label").pressSequentially("half a la");

    await pill("cancelled-1", "Cancelled").waitFor();
    await untilTold("cancelled-1");
    expect(await page.locator("#registration-label").inputValue()).toBe("half a la");
    expect(await page.evaluate("document.activeElement.id")).toBe("registration-label");
    expect(await buildOf("cancelled-1").locator(".history li").first().isVisible()).toBe(true);
    expect(await thread.isVisible()).toBe(true);
  });

  /**
   * What a person can't see whole: elements beyond the screen or cut by an element around them, and words that are broken
   * inside a table. What is on the page for screen readers or for the keyboard only is left out.
   */
  const unseen = `[
    ...[...document.querySelectorAll("body *:not(.skip, .enter, svg *)")].flatMap((element) => {
      const { left, right, width } = element.getBoundingClientRect();
      const isBeyond = width > 0 && (left < 0 || Math.floor(right) > innerWidth);
      const isCut = getComputedStyle(element).overflowX !== "visible" && element.scrollWidth > element.clientWidth;
      return (isBeyond || isCut) && !element.matches("input") ? [element.outerHTML.slice(0, 80)] : [];
    }),
    ...[...document.querySelectorAll(".slack-table :is(th, td) *")].flatMap(({ childNodes }) => [...childNodes]).flatMap((node) =>
      [...(node.nodeType === 3 ? node.data : "").matchAll(/[A-Za-z]+/g)].flatMap(({ 0: word, index }) => {
        const range = document.createRange();
        range.setStart(node, index);
        range.setEnd(node, index + word.length);
        return range.getClientRects().length > 1 ? [word] : [];
      }),
    ),
  ]`;

  /** On a narrow screen the page has two tabs, and the faults cover the page. */
  const showTab = (name: string): Promise<void> => page.locator(".views label", { hasText: name }).click();

  const pressIfShown = async (label: string): Promise<void> => {
    const button = page.locator("#simulator button", { hasText: label }).first();
    if (await button.isVisible()) await button.click();
  };

  test.each([
    ["narrow", narrow, ["Slack", "Builds"]],
    ["wide", wide, []],
  ])(
    "on a %s screen nothing is cut: no button, no call, no word; and a fault moves nothing",
    async (_sentence, viewport, tabs) => {
      const buildId = await startSample("fails");
      await pill(buildId, "Failed").waitFor();
      await untilTold(buildId);
      await page.setViewportSize(viewport);
      expect(await page.evaluate(unseen)).toEqual([]);
      for (const tab of tabs) {
        await showTab(tab);
        expect(await page.evaluate(unseen)).toEqual([]);
      }
      await pressIfShown("Break something");

      const placesOf = async () =>
        Promise.all(
          ["main", "#status", "#fault-slack-token"].map((each) => page.locator(each).boundingBox()),
        );
      const before = await placesOf();
      await fault("slack", "Store, then 500").click();
      await page.locator("#side-slack.is-faulty").waitFor();
      expect(await placesOf()).toEqual(before);
      expect(await page.evaluate(unseen)).toEqual([]);
      await fault("slack", "Store, then 500").click();
      await page.locator("#side-slack:not(.is-faulty)").waitFor();
      await pressIfShown("Close");

      await openThread(buildId);
      expect(await page.evaluate(unseen)).toEqual([]);
    },
  );

  test("a short break of the updates gives no notice, and a long one says what the page does", async () => {
    const notice = page.locator("#notice");
    await page.clock.install({ time: 0 });
    await page.clock.pauseAt(3_600_000);
    await page.route("**/page/events", (route) => route.abort());
    await page.reload();
    // When a second stream has failed, the page's own stream has failed too.
    await page.evaluate('new Promise((resolve) => (new EventSource("/page/events").onerror = resolve))');
    await page.clock.runFor(4_000);
    expect(await notice.isVisible()).toBe(false);
    await page.clock.runFor(2_000);
    await notice.getByText("It tries to connect again every few seconds.").waitFor();

    await page.unroute("**/page/events");
    await page.clock.runFor(4_000);
    await notice.waitFor({ state: "hidden" });
  });

  test("on a narrow screen a thread covers the page, and closing it leads back to the same place", async () => {
    await page.context().close();
    page = await open(narrow);
    const overflow = () => page.evaluate<number>("document.documentElement.scrollWidth - innerWidth");
    expect(await overflow()).toBeLessThanOrEqual(0);

    // The newest is in sight, in both tabs, and each thing to press has room for a finger.
    const tooSmall = `[...document.querySelectorAll("button, select, summary, .tabs a, .views label, .replies-link, .close, .composer input")]
      .filter((each) => each.checkVisibility() && each.getBoundingClientRect().height < 44).map((each) => each.outerHTML)`;
    const isInSight = async (what: Locator) => {
      const { y = -1, height = 0 } = (await what.boundingBox()) ?? {};
      return y + height > 0 && y < narrow.height;
    };
    expect(await isInSight(page.locator(".channel:visible .feed .entry").last())).toBe(true);
    expect(await page.evaluate(tooSmall)).toEqual([]);
    await showTab("Builds");
    expect(await isInSight(page.locator(".build h3").first())).toBe(true);
    expect(await page.locator(".channel:visible").count()).toBe(0);
    expect(await page.evaluate(tooSmall)).toEqual([]);
    await showTab("Slack");

    const opener = page.locator(".channel:visible .replies-link").last();
    await opener.scrollIntoViewIfNeeded();
    const scrolledTo = await page.evaluate<number>("scrollY");
    await opener.click();
    const thread = page.locator(".thread:visible");
    expect(await thread.boundingBox()).toEqual({ x: 0, y: 0, ...narrow });
    await page.locator(".thread:visible h3:focus").waitFor();
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await thread.waitFor({ state: "detached" }).catch(() => undefined);
    expect(await page.evaluate("document.activeElement.hash")).toBe(await opener.getAttribute("href"));
    expect(await page.evaluate<number>("scrollY")).toBe(scrolledTo);

    await opener.press("Enter");
    await page.keyboard.press("Escape");
    expect(await page.locator(".thread:visible").count()).toBe(0);
    expect(await overflow()).toBeLessThanOrEqual(0);
  });
});
