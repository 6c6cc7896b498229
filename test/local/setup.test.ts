import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { temporaryFolder } from "../temporary-folder.ts";

/** The first step of every npm script, tried in a small project with the real npm. */

let packed: string;
let root: string;
beforeAll(() => {
  packed = root = temporaryFolder("packed");
  mkdirSync(join(root, "local"));
  cpSync(fileURLToPath(new URL("../../local/setup.mjs", import.meta.url)), join(root, "local/setup.mjs"));
  for (const version of ["1.0.0", "2.0.0"]) pack(version);
  depend("1.0.0");
  npm("ci");
});
beforeEach(() => {
  root = temporaryFolder("setup");
  cpSync(packed, root, { recursive: true });
});

const write = (path: string, content: object): void =>
  writeFileSync(join(root, path), JSON.stringify(content));

function run(command: string, ...args: string[]): string {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd: root, encoding: "utf8" });
  if (status !== 0) throw new Error(`${command} ${args.join(" ")}: ${stdout}${stderr}`);
  return stdout;
}
const npm = (...args: string[]): string => run("npm", ...args, "--offline", "--no-audit", "--no-fund");
const isInstalling = (): boolean => run(process.execPath, "local/setup.mjs").includes("Installing");

function pack(version: string): void {
  mkdirSync(join(root, version));
  write(`${version}/package.json`, { name: "part", version });
  npm("pack", `./${version}`);
}

/** Sets the version in the lock file. */
function depend(version: string): void {
  write("package.json", { name: "whole", dependencies: { part: `file:part-${version}.tgz` } });
  npm("install", "--package-lock-only");
}

interface Lock {
  packages: Record<string, object>;
}

function alsoLock(name: string, about: object): void {
  const lock = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")) as Lock;
  lock.packages[`node_modules/${name}`] = { version: "1.0.0", optional: true, ...about };
  write("package-lock.json", lock);
}

describe("after npm ci", () => {
  test("nothing is installed again", () => {
    expect(isInstalling()).toBe(false);
  });

  test("a lock with another version is installed, once", () => {
    depend("2.0.0");
    expect([isInstalling(), isInstalling()]).toEqual([true, false]);
    expect(readFileSync(join(root, "node_modules/part/package.json"), "utf8")).toContain("2.0.0");
  });

  test("a missing optional package for another platform is not installed", () => {
    alsoLock("elsewhere", { os: ["nowhere"], cpu: [process.arch] });
    alsoLock("anywhere", {});
    expect(isInstalling()).toBe(false);
  });

  test("a missing optional package for this platform is installed", () => {
    alsoLock("here", { os: [process.platform], cpu: [process.arch] });
    expect(isInstalling()).toBe(true);
  });
});

test("setup then runs the given command with its arguments, and ends with its status", () => {
  const ends = (code: string) =>
    spawnSync(process.execPath, ["local/setup.mjs", process.execPath, "-e", code, "an argument"], {
      cwd: root,
      encoding: "utf8",
    });
  expect(ends("console.log(process.argv[1])")).toMatchObject({ status: 0, stdout: "an argument\n" });
  expect(ends("process.exit(3)").status).toBe(3);
  expect(ends("process.kill(process.pid)").status).toBe(1);
});

test("without npm ci everything is installed, once", () => {
  rmSync(join(root, "node_modules"), { recursive: true });
  expect([isInstalling(), isInstalling()]).toEqual([true, false]);
});
