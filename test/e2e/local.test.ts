import { spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "@lockmaster/cli/lib/ledger-command.fixture.ts";
import { demonstrationFile } from "@lockmaster/cli/lib/configuration-file.ts";
import { localCommand } from "@lockmaster/cli/local/command.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const root = join(import.meta.dirname, "../..");
const main = join(root, "packages/cli/src/main.ts");

type Ended = { code: number | null; stdout: string; stderr: string };

/** @param stopWhenPrints interrupts the process, as Ctrl-C does, once it has printed this */
function lockmaster(args: readonly string[], stopWhenPrints?: string): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [main, ...args], { cwd: tmpdir(), env: { ...process.env, NO_COLOR: "1" } });
    let [stdout, stderr] = ["", ""];
    child.stdout.on("data", (chunk: Buffer) => {
      stdout += chunk.toString();
      if (stopWhenPrints !== undefined && stdout.includes(stopWhenPrints)) child.kill("SIGINT");
    });
    child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, stdout, stderr }));
  });
}

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "lockmaster-"));
});
afterAll(() => rm(folder, { recursive: true }));

async function scenarioFile(name: string, content: unknown): Promise<string> {
  const file = join(folder, `${name}.json`);
  await writeFile(file, typeof content === "string" ? content : JSON.stringify(content));
  return file;
}

/** A clone with a configuration of its own runs that by default. */
const local = ["local", "--config", demonstrationFile];
const push = { event: "push", branch: "main", sha: "d".repeat(40), message: "A change" };

const ownConfiguration = {
  repositories: {
    "team/web": {
      images: { web: { context: ".", paths: ["**"], repository: "web" } },
      environments: {
        live: {
          on: { branch: "trunk" },
          cluster: "live",
          services: { web: { service: "web", containers: { app: "web" } } },
          health: { alarms: ["web-errors"] },
        },
      },
    },
  },
};

describe("lockmaster local", () => {
  test("runs the shipped story with the names of another configuration, and names what it leaves out", async () => {
    const file = join(folder, "own.config.mjs");
    await writeFile(file, `export default ${JSON.stringify(ownConfiguration)};\n`);
    const args = ["local", "--config", file, "--once", "--port", "0", "--speed", "1000"];
    const { code, stdout, stderr } = await lockmaster(args);
    expect(stderr).toBe("");
    expect(stdout).toContain("own.config.mjs are ready after");
    expect(stdout).toContain(
      "Left out: The tag v1.0.0 promotes the same images to production. team/web: no environment",
    );
    expect(stdout).toContain("Left out: A pull request builds and tests, and deploys nothing. team/web: no image");
    expect(stdout).toContain("\nA push to trunk is deployed to live\n  push to trunk: ");
    expect(stdout).toContain("web: container app exited with code 1");
    expect(stdout).toContain("Every release of the story ended as expected.");
    expect(code).toBe(0);
  });

  test("runs on the Node of the Lambda runtime or a newer one", () => {
    expect(Number.parseInt(process.versions.node)).toBeGreaterThanOrEqual(24);
  });

  test("runs the shipped story with the expected outcomes, and stops", async () => {
    const { code, stdout, stderr } = await lockmaster([...local, "--once", "--port", "0", "--speed", "1000"]);
    expect(stderr).toBe("");
    expect(stdout).toContain("✔ succeeded");
    expect(stdout).toContain("SCAN_REFUSED: image backend");
    expect(stdout).toContain("✔ checked");
    expect(stdout).toContain("✔ rolled-back");
    expect(stdout).toContain("backend: container api exited with code 1");
    expect(stdout).toContain("Error: DATABASE_URL is not set");
    expect(stdout).toContain("Every release of the story ended as expected.");
    expect(stdout).not.toContain("\u001B");
    expect(code).toBe(0);
  });

  test("fails when an outcome is not as expected, and prints one JSON object per line", async () => {
    const file = await scenarioFile("unexpected", {
      builds: [{ image: "backend", fails: { phase: "BUILD", message: "tests failed" } }],
      faults: [{ kind: "throttle", function: "deploy-srevice", strength: "outage" }],
      story: [{ title: "A push", on: push, expect: "succeeded" }],
    });
    const { code, stdout } = await lockmaster([
      ...local,
      "--once",
      "--json",
      "--port",
      "0",
      "--speed",
      "1000",
      "--scenario",
      file,
    ]);
    const lines = stdout
      .trimEnd()
      .split("\n")
      .map((line): { event: string } => JSON.parse(line));
    expect(lines.map(({ event }) => event).filter((event) => event !== "state")).toEqual([
      "started",
      "part-began",
      "accepted",
      "part-ended",
      "fault-not-injected",
      "ended",
    ]);
    expect(lines.find(({ event }) => event === "fault-not-injected")).toMatchObject({
      fault: { function: "deploy-srevice" },
    });
    expect(lines.find(({ event }) => event === "part-ended")).toMatchObject({
      expected: "succeeded",
      asExpected: false,
      report: { result: "refused", reason: expect.stringContaining("tests failed") },
    });
    expect(code).toBe(1);
  });

  test("keeps running without a story, and stops cleanly on Ctrl-C", async () => {
    const { code, stdout } = await lockmaster([...local, "--no-story", "--port", "0"], "Ctrl-C stops it.");
    expect(stdout).toContain("  npm run lockmaster -- send push                     push another commit to staging\n");
    expect(stdout).toContain("send tag v2.0.0 --sha <commit> promote a commit from staging to production\n");
    expect(stdout).toContain("ecs describe-services --cluster shop-staging --services worker\n");
    expect(code).toBe(0);
  });

  test.each([
    ["text that is not JSON", "{", /is not JSON/],
    ["an unknown field", { taks: [] }, /is not a scenario:\n {2}taks: /],
    [
      "an invalid commit",
      { story: [{ title: "x", on: { ...push, sha: "main" }, expect: "succeeded" }] },
      /story\.0\.on\.sha: must be 40/,
    ],
  ])("refuses a scenario file with %s, naming file and field", async (name, content, message) => {
    const file = await scenarioFile(name.replaceAll(" ", "-"), content);
    const { exitCode, complaint } = await run([localCommand()], ["local", "--scenario", file]);
    expect(complaint).toContain(file);
    expect(complaint).toMatch(message);
    expect(exitCode).toBe(1);
  });
});
