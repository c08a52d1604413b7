import { spawnSync } from "node:child_process";
import { chmod, copyFile, mkdir, mkdtemp, readFile, rm, symlink, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";

const script = join(import.meta.dirname, "../../scripts/start.mjs");

let clone = "";
beforeEach(async () => {
  clone = await mkdtemp(join(tmpdir(), "lockmaster-start-"));
  await mkdir(join(clone, "scripts"));
  await mkdir(join(clone, "bin"));
  await copyFile(script, join(clone, "scripts/start.mjs"));
  await writeFile(join(clone, "package-lock.json"), "{}");
  await writeFile(join(clone, "hello.mjs"), "console.log('hello', ...process.argv.slice(2)); process.exitCode = 7;");
  // Replaces npm: records its arguments, and creates the files of a finished installation.
  await writeFile(
    join(clone, "bin/npm"),
    `#!/bin/sh
echo "$@" >> npm-calls
[ -e npm-fails ] && exit 1
mkdir -p node_modules/node/bin && ln -sf "${process.execPath}" node_modules/node/bin/node && echo {} > node_modules/.package-lock.json
`,
  );
  await chmod(join(clone, "bin/npm"), 0o755);
});
afterEach(() => rm(clone, { recursive: true }));

function start() {
  return spawnSync(process.execPath, [join(clone, "scripts/start.mjs"), "hello.mjs", "--flag"], {
    env: { ...process.env, PATH: `${join(clone, "bin")}:${process.env["PATH"]}` },
    encoding: "utf8",
  });
}

const npmCalls = () => readFile(join(clone, "npm-calls"), "utf8").catch(() => "");

async function install(): Promise<void> {
  await mkdir(join(clone, "node_modules/node/bin"), { recursive: true });
  await symlink(process.execPath, join(clone, "node_modules/node/bin/node"));
  await writeFile(join(clone, "node_modules/.package-lock.json"), "{}");
}

test("installs in a fresh clone, says so, then runs the script with its arguments and exits with its code", async () => {
  const { status, stdout, stderr } = start();
  expect(await npmCalls()).toMatch(/^ci /);
  expect(stderr).toContain("Installing dependencies");
  expect(stdout).toBe("hello --flag\n");
  expect(status).toBe(7);
});

test("installs nothing when everything is installed", async () => {
  await install();
  const { stdout, stderr } = start();
  expect(await npmCalls()).toBe("");
  expect([stdout, stderr]).toEqual(["hello --flag\n", ""]);
});

test("installs again when the lock file is newer than the installation", async () => {
  await install();
  const later = new Date(Date.now() + 60_000);
  await utimes(join(clone, "package-lock.json"), later, later);
  start();
  expect(await npmCalls()).toMatch(/^ci /);
});

test("runs nothing when the installation fails, and says what to do", async () => {
  await writeFile(join(clone, "npm-fails"), "");
  const { status, stdout, stderr } = start();
  expect(stdout).toBe("");
  expect(stderr).toContain("npm ci failed");
  expect(status).toBe(1);
});
