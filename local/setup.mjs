// Plain JavaScript for any Node from 20: it runs before anything is installed.
import { spawnSync } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { createHash } from "node:crypto";

const root = new URL("../", import.meta.url);
const stamp = new URL("node_modules/.installed", root);
const wanted = createHash("sha256")
  .update(readFileSync(new URL("package-lock.json", root)))
  .update(`${process.platform} ${process.arch}`)
  .digest("hex");

const installed = () => {
  try {
    return readFileSync(stamp, "utf8");
  } catch {
    return undefined;
  }
};

if (installed() !== wanted) {
  console.log("Installing what is missing (once, about half a minute)…");
  rmSync(stamp, { force: true });
  // Node 24 comes with the packages, so the engine warnings of an older npm are noise.
  const { status } = spawnSync("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"], {
    cwd: root,
    stdio: "inherit",
    shell: process.platform === "win32",
  });
  if (status !== 0) {
    console.error("npm ci failed: the lines above say why. It needs the npm registry, once.");
    process.exit(status ?? 1);
  }
  writeFileSync(stamp, wanted);
}
