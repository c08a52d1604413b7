import { spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const root = join(import.meta.dirname, "../..");
const main = join(root, "packages/cli/src/main.ts");

type Ended = { code: number | null; stdout: string; stderr: string };

/** @param whenSays ends the process with Ctrl-C once it has printed this */
function lockmaster(args: readonly string[], whenSays?: string): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [main, ...args], { cwd: tmpdir(), env: { ...process.env, NO_COLOR: "1" } });
    let [stdout, stderr] = ["", ""];
    child.stdout.on("data", (chunk: Buffer) => {
      stdout += chunk.toString();
      if (whenSays !== undefined && stdout.includes(whenSays)) child.kill("SIGINT");
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

const push = { event: "push", branch: "main", sha: "d".repeat(40), message: "A change" };

describe("lockmaster local", () => {
  test("runs on the Lambda runtime's Node, which the repository brings", () => {
    expect(process.version).toMatch(/^v24\./);
  });

  test("tells the shipped story, as told, and ends", { timeout: 60_000 }, async () => {
    const { code, stdout, stderr } = await lockmaster(["local", "--once", "--port", "0", "--speed", "1000"]);
    expect(stderr).toBe("");
    expect(stdout).toContain("✔ succeeded");
    expect(stdout).toContain("SCAN_REFUSED: backend");
    expect(stdout).toContain("✔ checked");
    expect(stdout).toContain("✔ rolled-back");
    expect(stdout).toContain("backend: container api exited with code 1");
    expect(stdout).toContain("Error: DATABASE_URL is not set");
    expect(stdout).toContain("The story went as told.");
    expect(stdout).not.toContain("\u001B");
    expect(code).toBe(0);
  });

  test("fails when the story does not go as told, in JSON a line each", { timeout: 60_000 }, async () => {
    const file = await scenarioFile("surprise", {
      builds: [{ image: "backend", fails: { phase: "BUILD", message: "tests failed" } }],
      faults: [{ kind: "throttle", function: "deploy-srevice", strength: "outage" }],
      story: [{ title: "A hope", on: push, expect: "succeeded" }],
    });
    const { code, stdout } = await lockmaster([
      "local",
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
      "opened",
      "part-began",
      "accepted",
      "part-ended",
      "fault-missed",
      "ended",
    ]);
    expect(lines.find(({ event }) => event === "fault-missed")).toMatchObject({
      fault: { function: "deploy-srevice" },
    });
    expect(lines.find(({ event }) => event === "part-ended")).toMatchObject({
      expected: "succeeded",
      asExpected: false,
      report: { result: "refused", reason: expect.stringContaining("tests failed") },
    });
    expect(code).toBe(1);
  });

  test("stays up without a story, takes a push, and ends cleanly on Ctrl-C", { timeout: 60_000 }, async () => {
    const { code, stdout } = await lockmaster(["local", "--no-story", "--port", "0"], "Ctrl-C ends it.");
    expect(stdout).toContain("npm run lockmaster -- send push");
    expect(code).toBe(0);
  });

  test.each([
    ["no JSON", "{", /is not JSON/],
    ["an unknown field", { taks: [] }, /is not a scenario:\n {2}taks: /],
    [
      "a wrong commit",
      { story: [{ title: "x", on: { ...push, sha: "main" }, expect: "succeeded" }] },
      /story\.0\.on\.sha: must be 40/,
    ],
  ])("refuses a scenario file with %s, naming file and field", async (name, content, message) => {
    const { code, stderr } = await lockmaster([
      "local",
      "--scenario",
      await scenarioFile(name.replaceAll(" ", "-"), content),
    ]);
    expect(stderr).toMatch(message);
    expect(code).toBe(1);
  });

  test("refuses what is no number", async () => {
    const { code, stderr } = await lockmaster(["local", "--port", "http"]);
    expect(stderr).toContain("--port");
    expect(code).toBe(2);
  });
});
