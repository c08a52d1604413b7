import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ConfigurationInput } from "@lockmaster/core/config/configuration.ts";
import { storedConfigurations } from "@lockmaster/core/config/stored.ts";
import { targetOf } from "@lockmaster/core/ledger/release-target.ts";
import type { ReleaseRecord } from "@lockmaster/core/ledger/release-record.ts";
import { beforeEach, expect, onTestFinished, test } from "vitest";
import shipped from "../../../../examples/shop/lockmaster.config.ts";
import { demonstrationFile, readConfigurationFile } from "../lib/configuration-file.ts";
import { type LedgerCommands, openLedgerCommands } from "../lib/ledger-command.fixture.ts";
import { checkDeploymentCommand } from "./check-deployment.ts";

const repository = "acme/shop";
const environment = "staging";
let commands: LedgerCommands;

beforeEach(async () => {
  commands = await openLedgerCommands((settingsFile) => [checkDeploymentCommand(settingsFile)]);
  for (const stored of storedConfigurations(await readConfigurationFile(demonstrationFile)))
    await commands.ledger.putConfiguration(stored);
});

/** A release of staging that has not ended. */
async function underWay(target?: ReleaseRecord["target"]): Promise<ReleaseRecord> {
  const startedAt = "2026-11-20T10:00:00.000Z";
  const record: ReleaseRecord = {
    id: "one",
    executionArn: "arn:aws:states:one",
    startedAt,
    requestedAt: startedAt,
    kind: "deploy",
    repository,
    environment,
    ref: "refs/heads/main",
    sha: "a".repeat(40),
    requestedBy: { kind: "github", login: "octocat" },
    policyHash: "0",
    status: "open",
    ...(target !== undefined && { target }),
  };
  await commands.ledger.openRelease(record, 0);
  return record;
}

async function check(change: (configuration: Shop) => void = () => undefined) {
  const folder = await mkdtemp(join(tmpdir(), "lockmaster-check-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const configuration: Shop = structuredClone(shipped);
  change(configuration);
  const file = join(folder, "lockmaster.config.ts");
  await writeFile(file, `export default ${JSON.stringify(configuration)};`);
  return await commands.lockmaster("check-deployment", "--config", file);
}

type Shop = ConfigurationInput;

function renameRepository({ repositories }: Shop): void {
  repositories["acme/store"] = repositories[repository] ?? fail();
  delete repositories[repository];
}

function renameEnvironment({ repositories }: Shop): void {
  const { environments } = repositories[repository] ?? fail();
  environments["qa"] = environments["staging"] ?? fail();
  delete environments["staging"];
  (environments["production"] ?? fail()).promoteFrom = "qa";
}

const staging = ({ repositories }: Shop) => repositories[repository]?.environments["staging"] ?? fail();
function fail(): never {
  throw new Error("the demonstration shop has changed");
}

test("without a release under way anything can be deployed", async () => {
  const { exitCode, printed } = await check(renameRepository);
  expect({ exitCode, printed }).toEqual({
    exitCode: 0,
    printed: "No release is under way: the configuration can be deployed.\n",
  });
});

test("a deployment that takes nothing from a release under way is permitted", async () => {
  await underWay();
  const { exitCode, printed } = await check((shop) => void (staging(shop).health = { deadlineMinutes: 30 }));
  expect(exitCode).toBe(0);
  expect(printed).toContain("1 release is under way");
});

test.each<[string, (shop: Shop) => void, string]>([
  ["the environment", renameEnvironment, "the environment staging"],
  ["the repository", renameRepository, "the environment staging"],
  ["the cluster", (shop) => void (staging(shop).cluster = "another"), "the cluster shop-staging"],
  ["a service", (shop) => void delete staging(shop).services["worker"], "the service worker"],
  [
    "the account",
    (shop) => void (staging(shop).account = { role: "arn:aws:iam::444455556666:role/b" }),
    "the role of its own account",
  ],
  [
    "a family of task definitions",
    (shop) => void (staging(shop).taskDefinitions = { families: ["other"] }),
    "the task definition family shop-staging-backend",
  ],
])("a deployment that removes %s of a release under way is refused", async (_, change, needs) => {
  await underWay();
  const { exitCode, printed } = await check(change);
  expect(exitCode).toBe(1);
  expect(printed).toContain("staging of acme/shop: release one is under way and needs ");
  expect(printed).toContain(needs);
  expect(printed).toContain("Do not deploy now");
});

test("what the release was planned to change counts, not what is installed since", async () => {
  const [stored] = storedConfigurations(await readConfigurationFile(demonstrationFile));
  const planned = stored?.configuration.environments["staging"] ?? fail();
  await underWay({ ...targetOf(planned), cluster: "earlier" });
  expect((await check()).printed).toContain("needs the cluster earlier");
});

test("an environment that an ended release left half changed is in use", async () => {
  const record = await underWay();
  await commands.ledger.closeRelease(record, { status: "failed", endedAt: record.startedAt });
  const without = (shop: Shop) => void delete staging(shop).services["worker"];
  expect((await check(without)).exitCode).toBe(0);
  const free = await commands.ledger.lock({ repository, environment });
  const holder = { release: "one", executionArn: record.executionArn, startedAt: record.startedAt };
  await commands.ledger.writeLock({
    ...free,
    epoch: 1,
    dirty: true,
    holder: { ...holder, kind: "deploy", redriveCount: 0 },
    version: 1,
  });
  expect((await check(without)).exitCode).toBe(1);
});
