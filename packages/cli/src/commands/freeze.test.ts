import type { StoredConfiguration } from "@lockmaster/core/config/stored.ts";
import { configurationOf, oneService } from "@lockmaster/core/config/configuration.fixture.ts";
import { expect, test } from "vitest";
import { freezeCommand, unfreezeCommand } from "./freeze.ts";
import { openLedgerCommands } from "../lib/ledger-command.fixture.ts";
import { queueCommand } from "./queue.ts";

const staging = { repository: "acme/shop", environment: "staging" };
const of = ["--repository", staging.repository, "--environment", staging.environment];

const stored: StoredConfiguration = {
  repository: staging.repository,
  hash: "0",
  configuration: configurationOf(oneService),
};

async function open() {
  const cli = await openLedgerCommands((file) => [freezeCommand(file), unfreezeCommand(file), queueCommand(file)]);
  await cli.ledger.putConfiguration(stored);
  return cli;
}

test("freeze and unfreeze change what queue shows", async () => {
  const { lockmaster, ledger } = await open();
  const frozen = await lockmaster("freeze", ...of, "--reason", "Black Friday", "--until", "2999-11-30");
  expect(frozen.printed).toMatch(
    /^staging is frozen. Releases wait from .* until 2999-12-01T00:00:00.000Z. Frozen by arn:aws:.*: Black Friday\n$/,
  );
  expect((await ledger.lock(staging)).freeze).toMatchObject({ mode: "wait", reason: "Black Friday" });
  expect((await lockmaster("queue", ...of)).printed).toContain(
    "No release changes staging or waits for it.\nReleases wait",
  );

  expect((await lockmaster("unfreeze", ...of)).printed).toBe("staging is no longer frozen.\n");
  expect((await lockmaster("unfreeze", ...of)).printed).toBe("staging was not frozen.\n");
  expect((await ledger.lock(staging)).freeze).toBeUndefined();
});

test("a freeze can refuse releases, and replaces an earlier freeze", async () => {
  const { lockmaster, ledger } = await open();
  await lockmaster("freeze", ...of, "--reason", "first");
  await lockmaster("freeze", ...of, "--reason", "second", "--refuse", "--until", "2999-01-01T12:00:00Z");
  expect((await ledger.lock(staging)).freeze).toMatchObject({
    mode: "refuse",
    reason: "second",
    until: "2999-01-01T12:00:00.000Z",
  });
});

test.each([
  { what: "an end in the past", args: ["--until", "2020-01-01"], says: "is in the past" },
  { what: "an end that is not a time", args: ["--until", "soon"], says: "Give a day or a time" },
  { what: "a day that does not exist", args: ["--until", "2999-02-31"], says: "Give a day or a time" },
])("$what is refused", async ({ args, says }) => {
  const { lockmaster, ledger } = await open();
  const { exitCode, complaint } = await lockmaster("freeze", ...of, "--reason", "x", ...args);
  expect(exitCode).toBe(2);
  expect(complaint).toContain(says);
  expect((await ledger.lock(staging)).freeze).toBeUndefined();
});

test.each(["freeze", "unfreeze", "queue"])("%s refuses an unknown environment", async (command) => {
  const { lockmaster } = await open();
  const reason = command === "freeze" ? ["--reason", "x"] : [];
  const { exitCode, complaint } = await lockmaster(
    command,
    "--repository",
    "acme/shop",
    "--environment",
    "stagin",
    ...reason,
  );
  expect(exitCode).toBe(1);
  expect(complaint).toContain("acme/shop has no environment stagin, only staging");
});

test("the queue shows the release that changes the environment and the waiting ones, the newest first, without task tokens", async () => {
  const { lockmaster, ledger } = await open();
  const ticket = (release: string, requestedAt: string) => ({
    release,
    executionArn: `arn:${release}`,
    startedAt: requestedAt,
    requestedAt,
    kind: "deploy" as const,
    redriveCount: 0,
  });
  const lock = await ledger.lock(staging);
  const { requestedAt: _, ...holder } = ticket("one", "2026-11-20T10:00:00.000Z");
  const waiters = [ticket("two", "2026-11-20T10:05:00.000Z"), ticket("three", "2026-11-20T10:06:00.000Z")];
  await ledger.writeLock({
    ...lock,
    epoch: 1,
    dirty: true,
    holder,
    waiters: waiters.map((waiter) => ({ ...waiter, taskToken: "secret" })),
    version: 1,
  });

  const { printed } = await lockmaster("queue", ...of);
  expect(printed.split("\n").map((line) => line.trim().split(/ {2,}/))).toEqual([
    ["release", "kind", "started (UTC)"],
    ["changes it", "one", "deploy", "2026-11-20 10:00"],
    ["waits", "three", "deploy", "2026-11-20 10:06"],
    ["waits", "two", "deploy", "2026-11-20 10:05"],
    [""],
  ]);
  const build = {
    repository: "acme/shop",
    image: "backend",
    sha: "a".repeat(40),
    recipe: "r",
    rank: "release",
  } as const;
  const waitsForSlot = { ...build, execution: "arn:three", taskToken: "secret", since: "2026-11-20T10:07:00.000Z" };
  await ledger.waitForSlot(waitsForSlot);
  await ledger.waitForSlot({ ...waitsForSlot, repository: "acme/blog" });
  const { printed: withBuild } = await lockmaster("queue", ...of);
  expect(withBuild.slice(printed.length)).toBe(
    "The build of backend at aaaaaaaaaaaa waits for a build slot since 2026-11-20 10:07.\n",
  );
  const json = await lockmaster("queue", ...of, "--json");
  expect(JSON.parse(json.printed)).toMatchObject({ epoch: 1, holder: { release: "one" }, waiters: [{}, {}] });
  expect(json.printed).not.toContain("secret");
});
