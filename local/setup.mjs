// Plain JavaScript for any Node from 20: it runs before anything is installed.
import { spawn, spawnSync } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { createHash } from "node:crypto";

const root = new URL("../", import.meta.url);
const stamp = "node_modules/.installed";
const lock = readFileSync(new URL("package-lock.json", root), "utf8");
const wanted = createHash("sha256").update(lock).update(`${process.platform} ${process.arch}`).digest("hex");

const read = (path) => {
  try {
    return readFileSync(new URL(path, root), "utf8");
  } catch {
    return undefined;
  }
};

// npm writes `.package-lock.json` last, whoever called npm. npm leaves out an optional package that is meant for another
// platform. If the package also depends on the C library, only npm knows whether the package is meant for this machine.
const isInstalled = () => {
  // Some packages write v1.2.3, which npm reads as 1.2.3.
  const versionOf = (path) => JSON.parse(read(`${path}/package.json`) || "{}").version?.replace(/^v/, "");
  const isMeant = ({ optional, os, cpu, libc }) =>
    !optional ||
    ((os || cpu) && !libc && (!os || os.includes(process.platform)) && (!cpu || cpu.includes(process.arch)));
  const isThere = ([path, about]) => {
    const version = path === "" ? about.version : versionOf(path);
    return version === about.version || (version === undefined && !isMeant(about));
  };
  return (
    read("node_modules/.package-lock.json") !== undefined &&
    Object.entries(JSON.parse(lock).packages).every(isThere)
  );
};

if (read(stamp) !== wanted && !isInstalled()) {
  console.log(
    "Installing the packages into node_modules with npm ci. This takes about half a minute, and happens once…",
  );
  rmSync(new URL(stamp, root), { force: true });
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
  writeFileSync(new URL(stamp, root), wanted);
}

// `node local/setup.mjs COMMAND ARGUMENT…`: every npm script is such a command.
const [command, ...args] = process.argv.slice(2);
if (command !== undefined) {
  const child = spawn(command, args, { stdio: "inherit", shell: process.platform === "win32" });
  // The terminal sends Ctrl-C to both; the command decides when it ends.
  process.on("SIGINT", () => undefined).on("SIGTERM", () => child.kill("SIGTERM"));
  child.on("error", ({ message }) => {
    console.error(`${command} could not be started: ${message}`);
    process.exitCode = 1;
  });
  child.on("exit", (code) => (process.exitCode = code ?? 1));
}
