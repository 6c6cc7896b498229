import { readFileSync } from "node:fs";
import { expect, test } from "@jest/globals";
import { idleDollars, renderRow, teams } from "../../bench/cost/teams.ts";

const readme = readFileSync(new URL("../../README.md", import.meta.url), "utf8");

test.each(teams.map((team) => [team.name, team] as const))(
  "the README says what a month costs: %s",
  async (_name, team) => {
    const rows = readme.split("\n").filter((line) => line.startsWith(`| ${team.name}`));
    expect(rows).toEqual([await renderRow(team)]);
  },
);

test("the README says what a month without builds costs", async () => {
  expect(readme).toContain(`A month without builds costs **${(await idleDollars()).toFixed(2)}**`);
});
