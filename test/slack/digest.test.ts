import { describe, expect, test } from "@jest/globals";
import type { Digest, DigestJob } from "../../lambda/domain/digest.ts";
import { languages } from "../../lambda/names.ts";
import { renderDigest } from "../../lambda/slack/digest.ts";
import { wordingIn } from "../../lambda/slack/wording/wording.ts";
import { findFaults } from "../../local/slack/limits.ts";

const job = (given: Partial<DigestJob> = {}): DigestJob => ({
  job: "shop",
  builds: 1,
  succeeded: 1,
  failed: 0,
  ...given,
});
const digest = (given: Partial<Digest> = {}): Digest => ({
  since: 0,
  until: 7 * 86_400_000,
  builds: 1,
  succeeded: 1,
  failed: 0,
  days: [0, 0, 0, 0, 0, 0, 1],
  jobs: [job()],
  moreJobs: 0,
  ...given,
});
const linesOf = (given: Partial<Digest>) => renderDigest(digest(given), wordingIn("en")).text.split("\n");

describe("a digest", () => {
  test.each([
    [[0, 0, 0, 0, 0, 0, 0], "▁▁▁▁▁▁▁"],
    [[0, 1, 2, 3, 4, 5, 7], "▁▂▃▄▅▆█"],
    [[1, 1_000, 0, 500, 0, 0, 0], "▂█▁▅▁▁▁"],
  ])(
    "shows the builds of each day, %j, as bars, and only a day without builds has the lowest",
    (days, bars) => {
      expect(linesOf({ days })[2]).toBe(`Day by day: ${bars}`);
    },
  );

  test.each<[Partial<Digest>, string]>([
    [{ builds: 1, succeeded: 1 }, "1 build: 1 succeeded (100%), 0 failed"],
    [{ builds: 1_000, succeeded: 999, failed: 1 }, "1000 builds: 999 succeeded (99%), 1 failed"],
    [{ builds: 100, succeeded: 29, failed: 71 }, "100 builds: 29 succeeded (29%), 71 failed"],
    [{ builds: 3, succeeded: 1, failed: 1 }, "3 builds: 1 succeeded (50%), 1 failed, 1 other"],
    [{ builds: 2, succeeded: 0, failed: 0 }, "2 builds: 0 succeeded (–), 0 failed, 2 others"],
    [{ builds: 9, succeeded: 9, atLeast: true }, "At least 9 builds: 9 succeeded (100%), 0 failed"],
  ])("of %j says the share of those that succeeded or failed", (given, expected) => {
    expect(linesOf(given)[1]).toBe(expected);
  });

  test("shows names as they are, and no markup, mention or address in them works", () => {
    const name = "<!here> *a* `b` @here & https://example.com";
    const { text, blocks } = renderDigest(
      digest({ jobs: [job({ job: name })], slowed: { job: name, medianMillis: 2_000, beforeMillis: 1_000 } }),
      wordingIn("en"),
    );
    const shown = "&lt;!here&gt; *a* 'b' @here &amp; https://example.com";
    const inCode = `\u2009\`${shown}\`\u2009`;
    expect(text.split("\n").slice(-2)).toEqual([
      `Slowed down most: ${inCode}, from 1 s to 2 s`,
      `${inCode} · 1 · 100% · –`,
    ]);
    expect(JSON.stringify(blocks[1])).toContain(JSON.stringify(shown));
  });

  test.each(languages)(
    "stays within Slack's limits, in %s, whatever the names and numbers are",
    (language) => {
      for (const name of ["&".repeat(100), '"\\'.repeat(50), "工".repeat(100), "\u0000", ""]) {
        const [jobs, slowed] = [
          Array.from({ length: 10 }, () =>
            job({ job: name, builds: 1e9, medianMillis: 30 * 86_400_000 - 1 }),
          ),
          { job: name, medianMillis: 30 * 86_400_000, beforeMillis: 1 },
        ];
        const failsMost = { phase: name, builds: 1e9 };
        const message = renderDigest(
          digest({ builds: 1e9, jobs, slowed, failsMost, moreJobs: 1e9 }),
          wordingIn(language),
        );
        expect(findFaults(message)).toEqual([]);
        expect(JSON.stringify(message).length).toBeLessThan(12_000);
      }
    },
  );
});
