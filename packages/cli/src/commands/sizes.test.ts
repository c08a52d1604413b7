import type { ReleaseRecord, ReleaseStatus } from "@lockmaster/core/ledger/release-record.ts";
import { expect, test } from "vitest";
import { type LedgerCommands, openLedgerCommands } from "../lib/ledger-command.fixture.ts";
import { sizesCommand } from "./sizes.ts";

const of = ["--repository", "acme/shop", "--environment", "staging"];

/** Records a release that started in this minute, with the sizes of its images. */
async function release(
  { ledger }: LedgerCommands,
  minute: number,
  status: Exclude<ReleaseStatus, "open">,
  sizes: Record<string, number>,
): Promise<void> {
  const record: ReleaseRecord = {
    id: `release-${minute}`,
    executionArn: `arn:aws:states:us-east-1:111122223333:execution:release:release-${minute}`,
    startedAt: `2026-11-20T10:0${minute}:30.000Z`,
    kind: "deploy",
    repository: "acme/shop",
    environment: "staging",
    ref: "refs/heads/main",
    sha: String(minute).repeat(40),
    requestedBy: { kind: "github", login: "octocat" },
    requestedAt: "2026-11-20T10:00:00.000Z",
    policyHash: "0",
    status: "open",
  };
  await ledger.openRelease(record, 0);
  for (const [image, sizeBytes] of Object.entries(sizes)) {
    await ledger.recordJudgement(record, image, { digest: `sha256:${minute}`, sizeBytes });
  }
  await ledger.closeRelease(record, { status });
}

const commands = () => openLedgerCommands((settingsFile) => [sizesCommand(settingsFile)]);

test("sizes are listed by release, the newest first, with growth since the last success", async () => {
  const cli = await commands();
  await release(cli, 1, "succeeded", { backend: 40_000_000 });
  await release(cli, 2, "rolled-back", { backend: 60_000_000 });
  await release(cli, 3, "succeeded", { backend: 30_000_000, frontend: 1_000_000 });

  const { printed } = await cli.lockmaster("sizes", ...of);
  expect(printed.split("\n").map((line) => line.trim().split(/ {2,}/))).toEqual([
    ["started (UTC)", "commit", "image", "size", "growth", "release"],
    ["2026-11-20 10:03", "3333333", "backend", "30.0 MB", "-25.0 %", "succeeded"],
    ["2026-11-20 10:03", "3333333", "frontend", "1.0 MB", "succeeded"],
    ["2026-11-20 10:02", "2222222", "backend", "60.0 MB", "+50.0 %", "rolled-back"],
    ["2026-11-20 10:01", "1111111", "backend", "40.0 MB", "succeeded"],
    [""],
  ]);

  const json = await cli.lockmaster("sizes", ...of, "--image", "backend", "--releases", "1", "--json");
  expect(JSON.parse(json.printed)).toEqual([
    {
      at: "2026-11-20T10:03:30.000Z",
      release: "release-3",
      sha: "3".repeat(40),
      status: "succeeded",
      image: "backend",
      digest: "sha256:3",
      sizeBytes: 30_000_000,
      growthPercent: -25,
    },
  ]);
});

test("an environment without releases has no sizes", async () => {
  const { lockmaster } = await commands();
  expect(await lockmaster("sizes", ...of)).toMatchObject({ exitCode: 0, printed: "No release has recorded a size.\n" });
});

test.each(["0", "501", "many"])("refuses %s as the number of releases", async (releases) => {
  const { lockmaster } = await commands();
  const { exitCode, complaint } = await lockmaster("sizes", ...of, "--releases", releases);
  expect(exitCode).toBe(2);
  expect(complaint).toContain("from 1 to 500");
});
