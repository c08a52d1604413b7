import { configurationOf, threeServices } from "@lockmaster/core/config/configuration.fixture.ts";
import type { ReleaseRecord } from "@lockmaster/core/ledger/release-record.ts";
import { repositorySecret } from "@lockmaster/github/repository-secret.ts";
import { CreateSecretCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { beforeEach, describe, expect, test } from "vitest";
import { type LedgerCommands, openLedgerCommands } from "../lib/ledger-command.fixture.ts";
import { acceptRepositoryCommand } from "./accept-repository.ts";
import { queueCommand } from "./queue.ts";
import { retireVersionCommand } from "./retire-version.ts";
import { webhookSecretCommand } from "./webhook-secret.ts";

const repository = "acme/shop";
let cli: LedgerCommands;

beforeEach(async () => {
  cli = await openLedgerCommands((settingsFile) => [
    acceptRepositoryCommand(settingsFile),
    queueCommand(settingsFile),
    retireVersionCommand(settingsFile),
    webhookSecretCommand(settingsFile),
  ]);
  await cli.ledger.putConfiguration({ repository, hash: "1", configuration: configurationOf(threeServices) });
});

/** Records a release of staging. */
async function released(id: string, ref: string, changes: Partial<ReleaseRecord> = {}): Promise<ReleaseRecord> {
  const record: ReleaseRecord = {
    id,
    executionArn: `arn:${id}`,
    startedAt: `2026-11-2${id}T12:00:00.000Z`,
    kind: "promote",
    repository,
    environment: "staging",
    ref,
    sha: id.repeat(40),
    requestedBy: { kind: "github", login: "octocat" },
    requestedAt: "2026-11-21T12:00:00Z",
    policyHash: "1",
    status: "open",
    ...changes,
  };
  await cli.ledger.openRelease(record, 0);
  await cli.ledger.closeRelease(record, { status: "succeeded", endedAt: record.startedAt });
  return record;
}

describe("lockmaster accept-repository", () => {
  test("replaces the id, and says who accepted which one", async () => {
    await cli.ledger.recordIdentity({ repository, id: 101, since: "2026-01-01T00:00:00Z" });
    const { printed } = await cli.lockmaster("accept-repository", "--repository", repository, "--id", "202");
    expect(printed).toContain("id 202 from now on; it was 101 since 2026-01-01T00:00:00Z. Accepted by arn:aws:");
    const accepted = { repository, id: 202, acceptedBy: expect.stringMatching(/^arn:aws:/) };
    expect(await cli.ledger.repositoryIdentity(repository)).toMatchObject(accepted);
    expect(await cli.ledger.repositoryWithId(202)).toBe(repository);
  });

  test.each([
    ["what is no id", repository, "acme/shop", "It is not an id of GitHub"],
    ["a repository that is not installed", "acme/moon", "202", "no configuration of acme/moon is installed"],
  ])("refuses %s", async (_, named, id, message) => {
    const { exitCode, complaint } = await cli.lockmaster("accept-repository", "--repository", named, "--id", id);
    expect({ exitCode, complaint }).toEqual({ exitCode: 2, complaint: expect.stringContaining(message) });
  });
});

describe("lockmaster retire-version", () => {
  const retire = (tag: string) => {
    const where = ["--repository", repository, "--environment", "staging", "--reason", "a typo"];
    return cli.lockmaster("retire-version", tag, ...where);
  };

  test("takes the version out of the comparison, and names the one that counts", async () => {
    await released("1", "refs/tags/v1.2.0");
    const absurd = await released("2", "refs/tags/v99999.0.0");
    const { printed } = await retire("v99999.0.0");
    expect(printed).toBe(
      "v99999.0.0 no longer counts in staging (2). Versions that do not precede v1.2.0 can be released there next.\n",
    );
    const by = expect.stringMatching(/^arn:aws:/);
    expect(await cli.ledger.release(absurd)).toMatchObject({ retired: { by, reason: "a typo" } });
    expect((await retire("v99999.0.0")).complaint).toContain("is retired already");
  });

  test("refuses a version that was not released there", async () => {
    await released("1", "refs/tags/v1.2.0");
    const { exitCode, complaint } = await retire("v2.0.0");
    expect(exitCode).toBe(2);
    expect(complaint).toContain("no release of v2.0.0 has succeeded in staging");
    expect(complaint).toContain("v1.2.0 counts there");
  });
});

test("lockmaster queue shows who requested a release, and which claims nothing verifies", async () => {
  const { startedAt } = await released("1", "refs/heads/main", { verification: { startedBy: "hand" } });
  const free = await cli.ledger.lock({ repository, environment: "staging" });
  const holder = { release: "1", executionArn: "arn:1", startedAt, kind: "deploy", redriveCount: 0 } as const;
  await cli.ledger.writeLock({ ...free, epoch: 1, holder, version: 1 });
  const { printed } = await cli.lockmaster("queue", "--repository", repository, "--environment", "staging");
  expect(printed).toMatch(/holds it +1 +deploy .* octocat \(unverified claim: started by hand\)/);
});

test("lockmaster webhook-secret prints the secret that the webhook derives for a repository", async () => {
  const client = new SecretsManagerClient({
    endpoint: cli.endpoint,
    region: "us-east-1",
    credentials: { accessKeyId: "a", secretAccessKey: "b" },
  });
  await client.send(new CreateSecretCommand({ Name: "ledger/github-webhook", SecretString: "installation secret" }));
  client.destroy();
  const { printed } = await cli.lockmaster("webhook-secret", "--repository", repository);
  expect(printed.trim()).toBe(repositorySecret("installation secret", repository));
});
