/** Runs the commands of docs/break-glass.md, in order, while Lockmaster is running. */
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { expectRecovered } from "../scenarios/recovery.fixture.ts";
import { commits, onEveryService, openScenario, type Shop } from "../scenarios/shop.fixture.ts";
import { cliEnvironment, cliInstalled, optionsFor } from "./aws-cli.fixture.ts";

const run = promisify(execFile);
const guide = readFileSync(new URL("../../docs/break-glass.md", import.meta.url), "utf8");

/** Commands by the number of their section. */
const sections = guide
  .split(/^## (?=\d)/m)
  .slice(1)
  .map((section) =>
    section
      .split("\n")
      .flatMap((line) => /^ {4}(.*)$/.exec(line)?.[1] ?? [])
      .join("\n"),
  );

/** Values of the guide's example, and those of the demonstration shop. */
const replacements: readonly (readonly [string, string])[] = [
  ["NAME=lockmaster-production", "NAME=lockmaster"],
  ["ENVIRONMENT=production", "ENVIRONMENT=staging"],
  ["CLUSTER=shop-production", "CLUSTER=shop-staging"],
];
const names = replacements.reduce((text, [example, real]) => text.replace(example, real), sections[0] ?? "");

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "lockmaster-break-glass-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

/** Runs the commands of one section. @returns what they print */
async function runSection(shop: Shop, section: number, settings = ""): Promise<string> {
  const commands = sections[section - 1];
  if (commands === undefined || commands === "") throw new Error(`The guide has no section ${section}`);
  const script = `aws() { command aws $OPTIONS "$@"; }\n${names}\n${settings}\n${commands}`;
  const { stdout } = await run("bash", ["-euo", "pipefail", "-c", script], {
    cwd: folder,
    env: { ...cliEnvironment, OPTIONS: optionsFor(shop.rehearsal.aws.endpoint).join(" ") },
  });
  return stdout;
}

const minutes = (count: number): number => count * 60_000;

describe.skipIf(!cliInstalled)("docs/break-glass.md", () => {
  test("rolls an environment back in the middle of a release, and lets Lockmaster work again", async () => {
    const shop = await openScenario();
    const release = await shop.startRelease(commits.bad);
    await shop.waitForState(release, "Check health");

    expect(await runSection(shop, 2)).toMatch(
      new RegExp(`${release.executionArn}[^]*open bbbbbbbbbbbb[^]*"dirty": true`),
    );
    await runSection(shop, 3);
    expect(shop.execution(release)).toMatchObject({ status: "ABORTED", cause: "Break glass" });
    await shop.clock.advance(minutes(10));
    const next = await shop.startRelease(commits.good);
    await shop.waitForState(next, "Acquire lock");
    await shop.clock.advance(minutes(20));
    expect(shop.execution(next).status).toBe("RUNNING");

    for (const service of ["frontend", "backend", "worker"]) await runSection(shop, 4, `SERVICE=${service}`);
    await shop.clock.advance(minutes(10));
    expect(await shop.runningCommits()).toEqual(onEveryService(commits.first));

    await runSection(shop, 6);
    await shop.waitForEnd(next);
    await shop.clock.advance(minutes(20));
    expect(await shop.runningCommits()).toEqual(onEveryService(commits.good));
    expect(await shop.record(release)).toMatchObject({ status: "failed" });
    expect(await shop.record(next)).toMatchObject({ status: "succeeded" });
    await expectRecovered(shop);
  });

  test("deploys an image that the registry has", async () => {
    const shop = await openScenario();
    await shop.release(commits.good);
    await runSection(shop, 5);
    await shop.clock.advance(minutes(10));

    expect((await shop.describeService("backend")).deployments).toMatchObject([{ rolloutState: "COMPLETED" }]);
    const registered = readFileSync(join(folder, "registered.txt"), "utf8").trim();
    expect((await shop.describeService("backend")).taskDefinition).toBe(registered);
    expect(await shop.runningCommits()).toMatchObject({ backend: [commits.good] });
  });
});
