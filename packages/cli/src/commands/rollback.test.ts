import { storedConfigurations } from "@lockmaster/core/config/stored.ts";
import { newLock } from "@lockmaster/core/lock/hold-lock.ts";
import { beforeEach, describe, expect, test } from "vitest";
import type { ReleaseRecord } from "@lockmaster/core/ledger/release-record.ts";
import { demonstrationFile, readConfigurationFile } from "../lib/configuration-file.ts";
import { type LedgerCommands, openLedgerCommands } from "../lib/ledger-command.fixture.ts";
import { rollbackCommand } from "./rollback.ts";

const where = ["--repository", "acme/shop", "--environment", "staging"];
let commands: LedgerCommands;

/** Records a release that started in this hour and ended with this status. */
async function released(id: string, hour: number, status: ReleaseRecord["status"] = "succeeded"): Promise<void> {
  const startedAt = `2026-11-20T${String(hour).padStart(2, "0")}:00:00.000Z`;
  const record: ReleaseRecord = {
    id,
    executionArn: `arn:aws:states:${id}`,
    startedAt,
    requestedAt: startedAt,
    kind: "deploy",
    repository: "acme/shop",
    environment: "staging",
    ref: "refs/heads/main",
    sha: String(hour % 10).repeat(40),
    requestedBy: { kind: "github", login: "octocat" },
    policyHash: "0",
    status: "open",
  };
  await commands.ledger.openRelease(record, 0);
  const services = { web: { web: `sha256:${id}` } };
  await commands.ledger.closeRelease(record, { status, services, endedAt: startedAt });
}

beforeEach(async () => {
  commands = await openLedgerCommands((settingsFile) => [rollbackCommand(settingsFile)]);
  for (const stored of storedConfigurations(await readConfigurationFile(demonstrationFile)))
    await commands.ledger.putConfiguration(stored);
});

describe("lockmaster rollback", () => {
  test("starts an execution that rolls back to the previous release, and names that release", async () => {
    await released("one", 1);
    await released("two", 2);
    await released("three", 3, "rolled-back");
    const { exitCode, printed } = await commands.lockmaster("rollback", ...where, "--json");

    expect(exitCode).toBe(0);
    const { executionArn, ...result }: { executionArn: string } = JSON.parse(printed);
    expect(result).toMatchObject({
      environment: "staging",
      started: true,
      target: { id: "one", sha: "1".repeat(40) },
      standing: "two",
    });
    expect(JSON.parse(commands.execution(executionArn).input)).toMatchObject({
      kind: "rollback",
      repository: "acme/shop",
      environment: "staging",
      to: "one",
      standing: "two",
      requestedBy: { kind: "operator", name: expect.stringMatching(/^arn:aws:/) },
    });
  });

  test("running it again starts no second execution", async () => {
    await released("one", 1);
    await released("two", 2);
    await commands.lockmaster("rollback", ...where);
    const { exitCode, printed } = await commands.lockmaster("rollback", ...where);
    expect(exitCode).toBe(0);
    expect(printed).toContain("staging is being rolled back to one: 111111111111 of refs/heads/main");
    expect(printed).toContain("This rollback was started before");
  });

  test("rolls back to the named release, whatever succeeds meanwhile", async () => {
    for (const [index, id] of ["one", "two", "three"].entries()) await released(id, index + 1);
    const { printed } = await commands.lockmaster("rollback", ...where, "--to", "one");
    expect(printed).toContain("is being rolled back to one");
    expect(printed).toContain("The last release that succeeded there is three.");
    const arn = printed.trim().split("\n").at(-1) ?? "";
    expect(JSON.parse(commands.execution(arn).input)).not.toHaveProperty("standing");
  });

  test("names the release that changes the environment, and says what happens when it succeeds", async () => {
    await released("one", 1);
    await released("two", 2);
    const lock = newLock("acme/shop", "staging");
    const holder = {
      release: "three",
      executionArn: "arn:three",
      startedAt: "",
      kind: "deploy",
      redriveCount: 0,
    } as const;
    await commands.ledger.writeLock({ ...lock, epoch: 1, holder, version: 1 });
    const previous = await commands.lockmaster("rollback", ...where);
    expect(previous.printed).toContain(
      "Release three changes staging now: the rollback waits for its end. If it succeeds",
    );
    const named = await commands.lockmaster("rollback", ...where, "--to", "two");
    expect(named.printed).toContain("the rollback waits for its end.\n");
  });

  test.each([
    ["nothing ran before", where, "ROLLBACK_TARGET_MISSING", 1],
    ["the release is unknown", [...where, "--to", "nine"], "ROLLBACK_TARGET_MISSING", 1],
    ["the environment is unknown", [...where.slice(0, 3), "nowhere"], "has no environment nowhere", 1],
    ["another ledger is named without its state machine", [...where, "--table", "ledger"], "--state-machine", 2],
  ])("starts nothing when %s", async (what, options, says, code) => {
    await released("one", 1);
    if (what.startsWith("another")) await released("two", 2);
    const endpoint = what.startsWith("another") ? ["--endpoint-url", commands.endpoint] : [];
    const { exitCode, complaint } = await commands.lockmaster("rollback", ...options, ...endpoint);
    expect(exitCode).toBe(code);
    expect(complaint).toContain(says);
  });
});
