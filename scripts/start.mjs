// Runs a script of this repository on the Node version that the repository installs, and runs `npm ci` first if necessary.
// It works on Node 20 without node_modules, because it is the first thing that runs after `git clone`.
import { spawn, spawnSync } from "node:child_process";
import { existsSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const windows = process.platform === "win32";
const nodeBinary = join(root, "node_modules", "node", "bin", windows ? "node.exe" : "node");

if (needsInstall()) install();
run(process.argv.slice(2));

/** npm writes `node_modules/.package-lock.json` last, so its age is the age of a complete installation. */
function needsInstall() {
  const installed = join(root, "node_modules", ".package-lock.json");
  if (!existsSync(installed) || !existsSync(nodeBinary)) return true;
  return statSync(installed).mtimeMs < statSync(join(root, "package-lock.json")).mtimeMs;
}

function install() {
  process.stderr.write("Installing dependencies with npm ci (once, and after each change of package-lock.json) …\n");
  const result = spawnSync("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"], {
    cwd: root,
    stdio: ["ignore", process.stderr, process.stderr],
    shell: windows,
  });
  if (result.status !== 0) {
    process.stderr.write(
      "npm ci failed, see above. Check the connection to the npm registry and run the command again.\n",
    );
    process.exit(result.status ?? 1);
  }
  if (!existsSync(nodeBinary)) {
    process.stderr.write(
      "npm ci did not install Node 24, because install scripts are disabled. Run `npm rebuild node esbuild` with scripts enabled.\n",
    );
    process.exit(1);
  }
}

/** @param {string[]} args script and its arguments */
function run(args) {
  const child = spawn(nodeBinary, args, { cwd: root, stdio: "inherit" });
  // A terminal sends Ctrl-C to both processes: wait until the child has ended.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  child.on("exit", (code, signal) => process.exit(signal === null ? (code ?? 1) : 1));
}
