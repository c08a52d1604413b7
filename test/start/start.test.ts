import { spawnSync } from "node:child_process";
import { chmod, copyFile, mkdir, mkdtemp, readFile, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";

const repository = join(import.meta.dirname, "../..");
const script = join(repository, "scripts/start.mjs");

let clone = "";
beforeEach(async () => {
  clone = await mkdtemp(join(tmpdir(), "lockmaster-start-"));
  await mkdir(join(clone, "scripts"));
  await mkdir(join(clone, "bin"));
  await copyFile(script, join(clone, "scripts/start.mjs"));
  await writeFile(join(clone, "package-lock.json"), "{}");
  await writeFile(join(clone, "hello.mjs"), "console.log('hello', ...process.argv.slice(2)); process.exitCode = 7;");
  // Replaces npm: records its arguments and leaves what a complete installation leaves, unless a file tells it to fail.
  await writeFile(
    join(clone, "bin/npm"),
    `#!/bin/sh
echo "$@" >> npm-calls
if [ "$1" = ping ]; then
  [ -e registry-hangs ] && exec sleep 60
  [ -e registry-fails ] && { cat registry-fails >&2; exit 1; }
  exit 0
fi
[ -e npm-fails ] && exit 1
mkdir -p node_modules && echo {} > node_modules/.package-lock.json
`,
  );
  await chmod(join(clone, "bin/npm"), 0o755);
});
afterEach(() => rm(clone, { recursive: true }));

/** @param node what `process.versions.node` claims; the real version if absent */
function start(node?: string) {
  const claim = `Object.defineProperty(process, "versions", { value: { ...process.versions, node: "${node}" } });`;
  const preload = node === undefined ? [] : ["--import", `data:text/javascript,${encodeURIComponent(claim)}`];
  return spawnSync(process.execPath, [...preload, join(clone, "scripts/start.mjs"), "hello.mjs", "--flag"], {
    env: { ...process.env, PATH: `${join(clone, "bin")}:${process.env["PATH"]}` },
    encoding: "utf8",
  });
}

const npmCalls = async () =>
  (await readFile(join(clone, "npm-calls"), "utf8").catch(() => "")).split("\n").filter((line) => line !== "");

async function install(): Promise<void> {
  await mkdir(join(clone, "node_modules"), { recursive: true });
  await writeFile(join(clone, "node_modules/.package-lock.json"), "{}");
}

test("installs in a fresh clone, says so, then runs the script with its arguments and exits with its code", async () => {
  const { status, stdout, stderr } = start();
  expect(await npmCalls()).toEqual([expect.stringMatching(/^ping /), expect.stringMatching(/^ci (?!.*--offline)/)]);
  expect(stderr).toContain("Installing dependencies");
  expect(stdout).toBe("hello --flag\n");
  expect(status).toBe(7);
});

test("installs nothing if everything is installed", async () => {
  await install();
  const { stdout, stderr } = start();
  expect(await npmCalls()).toEqual([]);
  expect([stdout, stderr]).toEqual(["hello --flag\n", ""]);
});

test("installs again if the lock file is newer than the installation", async () => {
  await install();
  const later = new Date(Date.now() + 60_000);
  await utimes(join(clone, "package-lock.json"), later, later);
  start();
  expect((await npmCalls()).at(-1)).toMatch(/^ci /);
});

test("runs nothing if the installation fails, and says what to do", async () => {
  await writeFile(join(clone, "npm-fails"), "");
  const { status, stdout, stderr } = start();
  expect(stdout).toBe("");
  expect(stderr).toContain("npm ci failed");
  expect(status).toBe(1);
});

test.each([
  ["answers with an error", "npm error code E404", []],
  ["cannot be found", "npm error code ENOTFOUND", ["--offline"]],
])("installs from the right place if the registry %s", async (_, error, options) => {
  await writeFile(join(clone, "registry-fails"), error);
  expect(start().stdout).toBe("hello --flag\n");
  const [, ci = ""] = await npmCalls();
  expect(ci.split(" ").filter((option) => option === "--offline")).toEqual(options);
});

test("says that the registry does not answer and that npm's cache does not suffice, instead of waiting", async () => {
  await writeFile(join(clone, "registry-hangs"), "");
  await writeFile(join(clone, "npm-fails"), "");
  const { status, stderr } = start();
  expect(stderr).toContain("The npm registry does not answer");
  expect((await npmCalls()).slice(1)).toEqual([expect.stringContaining("--offline")]);
  expect(stderr).toContain("npm's cache does not hold every dependency");
  expect(status).toBe(1);
});

test("names an older Node, and what to install, if npm has no Node 24 for this machine", () => {
  const { status, stdout, stderr } = start("20.20.2");
  expect(stdout).toBe("");
  expect(stderr).toContain("this is Node 20.20.2");
  expect(stderr).toContain("Install Node 24");
  expect(status).toBe(1);
});

test("runs on the Node 24 that npm installed if the machine's is older", async () => {
  await install();
  const name = `node-${process.platform}-${process.arch}`;
  await mkdir(join(clone, "node_modules", name, "bin"), { recursive: true });
  await writeFile(join(clone, "node_modules", name, "bin/node"), "#!/bin/sh\necho own node runs $*\n", { mode: 0o755 });
  expect(start("20.20.2").stdout).toBe("own node runs hello.mjs --flag\n");
});

test("the lock file holds a Node 24 for each platform by its integrity, and none has an install script", async () => {
  const { packages } = JSON.parse(await readFile(join(repository, "package-lock.json"), "utf8"));
  const locked = Object.keys(packages[""].optionalDependencies).map((name) => packages[`node_modules/${name}`]);
  expect(locked.map(({ os, cpu }) => `${os}-${cpu}`).toSorted()).toEqual([
    "darwin-arm64",
    "darwin-x64",
    "linux-arm64",
    "linux-x64",
    "win32-x64",
  ]);
  for (const { version, integrity, hasInstallScript, optional } of locked) {
    expect(version).toMatch(/^24\./);
    expect(integrity).toMatch(/^sha512-/);
    expect(hasInstallScript).toBeUndefined();
    expect(optional).toBe(true);
  }
});
