import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { beforeAll, expect, test } from "@jest/globals";

/** The quick bench. The tests check that it works, and check its counts. They don't check times, which depend on the machine. */

const run = (...args: string[]) =>
  promisify(execFile)(
    process.execPath,
    [fileURLToPath(new URL("../../bench/run.ts", import.meta.url)), ...args],
    {
      env: { ...process.env, NODE_OPTIONS: "--disable-warning=ExperimentalWarning" },
    },
  );

interface Changed {
  builds: number;
  changed: number;
  gets: { total: number; paths: number };
  dynamoDb: Record<string, number>;
  slack: Record<string, number>;
}

let lines: string[];
let found: { changed: Changed[]; tick: unknown[] };

beforeAll(async () => {
  const { stdout } = await run("--quick", "changed", "tick");
  lines = stdout.trim().split("\n");
  found = JSON.parse(lines.at(-1)!);
}, 180_000);

test("the bench prints a table for each requested measurement", () => {
  expect(lines.filter((line) => line.startsWith("## "))).toEqual([
    "## Requests of a tick over 100 builds",
    "## A tick over unchanged builds, against its floor",
  ]);
});

test.each([
  [1, 1],
  [10, 10],
  // Three quarters of the 40 edits in a minute. The last quarter is reserved for failures and ends.
  [100, 30],
])(
  "of 100 builds %i changed: a GET for each, two writes for a changed one, a message a transition, %i edits",
  (changed, edits) => {
    const counted = found.changed.find((each) => each.changed === changed);
    expect(counted).toEqual({
      builds: 100,
      changed,
      gets: { total: 100, paths: 100 },
      dynamoDb: { GetItem: 1, Query: 16, UpdateItem: 2 * changed },
      slack: { "auth.test": 1, "chat.postMessage": 2 * changed, "chat.update": edits },
    });
  },
);

test("an unknown measurement is refused, and the error lists the known ones", async () => {
  await expect(run("speed")).rejects.toMatchObject({
    code: 2,
    stderr: expect.stringContaining("speed is not a known measurement; the known ones are start, signing,"),
  });
});
