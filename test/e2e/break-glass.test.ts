/** Runs the commands of docs/break-glass.md, in order, against a Lockmaster that is at work. */
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { expectRecovered } from "../scenarios/recovery.fixture.ts";
import { commits, openScenario, type Shop } from "../scenarios/shop.fixture.ts";
import { cliEnvironment, cliInstalled } from "./aws-cli.fixture.ts";

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

/** What the guide's example says, and what it is here. */
const here: readonly (readonly [string, string])[] = [
  ["NAME=lockmaster-production", "NAME=lockmaster"],
  ["ENVIRONMENT=production", "ENVIRONMENT=staging"],
  ["CLUSTER=shop-production", "CLUSTER=shop-staging"],
];
const setting = here.reduce((text, [example, real]) => text.replace(example, real), sections[0] ?? "");

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "lockmaster-break-glass-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

/** Follows one section; answers what was printed. */
async function follow(shop: Shop, section: number, settings = ""): Promise<string> {
  const commands = sections[section - 1];
  if (commands === undefined || commands === "") throw new Error(`The guide has no section ${section}`);
  const script = `aws() { command aws --endpoint-url "$ENDPOINT" --output json "$@"; }\n${setting}\n${settings}\n${commands}`;
  const { stdout } = await run("bash", ["-euo", "pipefail", "-c", script], {
    cwd: folder,
    env: { ...cliEnvironment, ENDPOINT: shop.rehearsal.aws.endpoint },
  });
  return stdout;
}

const minutes = (count: number): number => count * 60_000;

describe.skipIf(!cliInstalled)("docs/break-glass.md", () => {
  test(
    "brings an environment back from the middle of a release, and Lockmaster after it",
    { timeout: 120_000 },
    async () => {
      const shop = await openScenario();
      const release = await shop.begin(commits.bad);
      await shop.reach(release, "Check health");

      expect(await follow(shop, 2)).toMatch(
        new RegExp(`${release.executionArn}[^]*open bbbbbbbbbbbb[^]*"dirty": true`),
      );
      await follow(shop, 3);
      expect(shop.view(release)).toMatchObject({ status: "ABORTED", cause: "Break glass" });
      await shop.clock.advance(minutes(10));
      const next = await shop.begin(commits.good);
      await shop.reach(next, "Acquire lock");
      await shop.clock.advance(minutes(20));
      expect(shop.view(next).status).toBe("RUNNING");

      for (const service of ["frontend", "backend", "worker"]) await follow(shop, 4, `SERVICE=${service}`);
      await shop.clock.advance(minutes(10));
      expect(await shop.runs()).toEqual({
        frontend: [commits.first],
        backend: [commits.first],
        worker: [commits.first],
      });

      await follow(shop, 6);
      await shop.end(next);
      await shop.clock.advance(minutes(20));
      expect(await shop.runs()).toEqual({ frontend: [commits.good], backend: [commits.good], worker: [commits.good] });
      expect(await shop.record(release)).toMatchObject({ status: "failed" });
      expect(await shop.record(next)).toMatchObject({ status: "succeeded" });
      await expectRecovered(shop);
    },
  );

  test("deploys an image that the registry has", { timeout: 120_000 }, async () => {
    const shop = await openScenario();
    await shop.release(commits.good);
    await follow(shop, 5);
    await shop.clock.advance(minutes(10));

    expect((await shop.describe("backend")).deployments).toMatchObject([{ rolloutState: "COMPLETED" }]);
    const registered = readFileSync(join(folder, "registered.txt"), "utf8").trim();
    expect((await shop.describe("backend")).taskDefinition).toBe(registered);
    expect(await shop.runs()).toMatchObject({ backend: [commits.good] });
  });
});
