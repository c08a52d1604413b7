import { rm } from "node:fs/promises";
import { configurationOf, oneService } from "@lockmaster/core/config/configuration.fixture.ts";
import { beforeEach, describe, expect, test } from "vitest";
import { type LedgerCommands, openLedgerCommands } from "../lib/ledger-command.fixture.ts";
import { waiveCommand, waiversCommand } from "./waive.ts";

const repository = "acme/shop";
let cli: LedgerCommands;

beforeEach(async () => {
  cli = await openLedgerCommands((settingsFile) => [waiveCommand(settingsFile), waiversCommand(settingsFile)]);
  await cli.ledger.putConfiguration({
    repository,
    hash: "1",
    configuration: configurationOf(oneService),
  });
});

const waive = (id: string, changes: Record<string, string> = {}) => {
  const options = { owner: "platform", reason: "not reachable", until: "2999-12-31", ...changes };
  const given = Object.entries(options).flatMap(([name, value]) => [`--${name}`, value]);
  return cli.lockmaster("waive", id, "--repository", repository, ...given);
};

describe("lockmaster waive", () => {
  test("adds a waiver with the operator's ARN", async () => {
    const { exitCode, printed } = await waive("CVE-2026-1", { image: "backend", environment: "staging" });
    expect(exitCode).toBe(0);
    expect(await cli.ledger.waivers(repository)).toEqual([
      {
        id: "CVE-2026-1",
        images: ["backend"],
        environments: ["staging"],
        owner: "platform",
        reason: "not reachable",
        until: "2999-12-31",
        addedBy: expect.stringMatching(/^arn:aws:/),
        addedAt: expect.stringMatching(/^\d{4}-/),
      },
    ]);
    expect(printed).toContain("CVE-2026-1  until 2999-12-31  backend, staging");
  });

  test.each([
    ["an invalid id", "?", {}, "id: "],
    ["an invalid day", "CVE-2026-1", { until: "tomorrow" }, "until: is not a day"],
    ["a day in the past", "CVE-2026-1", { until: "2025-12-31" }, "until: 2025-12-31 is in the past"],
    ["an empty owner", "CVE-2026-1", { owner: "" }, "owner: is empty"],
    ["an empty reason", "CVE-2026-1", { reason: "" }, "reason: is empty"],
    ["an invalid image", "CVE-2026-1", { image: "?" }, "images[0]: "],
    ["another repository's image", "CVE-2026-1", { image: "frontend" }, "images: frontend is not one of backend"],
    ["an unknown environment", "CVE-2026-1", { environment: "moon" }, "environments: moon is not one of staging"],
    [
      "an unknown repository",
      "CVE-2026-1",
      { repository: "acme/moon" },
      "--repository: no configuration of acme/moon is installed",
    ],
  ])("refuses %s, and names the field", async (_, id, changes, message) => {
    const { exitCode, complaint } = await waive(id, changes);
    expect(exitCode).toBe(2);
    expect(complaint).toContain(message);
    expect(await cli.ledger.waivers(repository)).toEqual([]);
  });

  test("requires the table of another endpoint", async () => {
    const { exitCode, complaint } = await waive("CVE-2026-1", { "endpoint-url": cli.endpoint });
    expect(exitCode).toBe(2);
    expect(complaint).toContain("--endpoint-url needs --table");
  });

  test("names the next step when no local AWS runs", async () => {
    await rm(cli.settingsFile);
    const { exitCode, complaint } = await waive("CVE-2026-1");
    expect(exitCode).toBe(1);
    expect(complaint).toContain("start one with `npm run local`, or give --table");
  });
});

describe("lockmaster waivers", () => {
  test("are listed as JSON, revoked ones included", async () => {
    await waive("CVE-2026-1");
    await waive("CVE-2026-2");
    const revoke = () => cli.lockmaster("waivers", "revoke", "CVE-2026-1", "--repository", repository);
    expect((await revoke()).exitCode).toBe(0);
    const { exitCode, complaint } = await revoke();
    expect(exitCode).toBe(1);
    expect(complaint).toContain("acme/shop has no active waiver of CVE-2026-1");
    const { printed } = await cli.lockmaster("waivers", "list", "--repository", repository, "--json");
    expect(JSON.parse(printed)).toEqual([
      expect.objectContaining({ id: "CVE-2026-2" }),
      expect.objectContaining({ id: "CVE-2026-1", revokedBy: expect.any(String), revokedAt: expect.any(String) }),
    ]);
  });
});
