// This is plain JavaScript, because any Node from version 20 runs it before anything is installed.
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

// npm writes .package-lock.json last, so the file shows that npm has finished. npm leaves out optional packages for other
// platforms. If a package also depends on the C library, only npm knows whether it belongs here.
const isInstalled = () => {
  // Some packages have the version v1.2.3. npm reads it as 1.2.3.
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
    "Installing the packages into node_modules with npm ci. This takes about a minute, and happens once…",
  );
  rmSync(new URL(stamp, root), { force: true });
  // One of the packages is Node 24, so warnings about an older Node are of no use.
  const { status } = spawnSync("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"], {
    cwd: root,
    stdio: "inherit",
    shell: process.platform === "win32",
  });
  if (status !== 0) {
    console.error("npm ci failed. The lines above say why. It needs access to the npm registry.");
    process.exit(status ?? 1);
  }
  writeFileSync(new URL(stamp, root), wanted);
}

// `node local/setup.mjs COMMAND ARGUMENT…`: every npm script is such a command.
const [command, ...args] = process.argv.slice(2);
if (command !== undefined) {
  const child = spawn(command, args, { stdio: "inherit", shell: process.platform === "win32" });
  // The terminal sends Ctrl-C to this process and to the command. The command decides when to end.
  process.on("SIGINT", () => undefined).on("SIGTERM", () => child.kill("SIGTERM"));
  child.on("error", ({ message }) => {
    console.error(`${command} could not be started: ${message}`);
    process.exitCode = 1;
  });
  child.on("exit", (code) => (process.exitCode = code ?? 1));
}
