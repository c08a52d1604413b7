import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CreateTableCommand, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { dynamodbLedger } from "@lockmaster/aws/ledger.ts";
import { configurationOf } from "@lockmaster/core/config/configuration.fixture.ts";
import { startLocalAws, type LocalAws } from "@lockmaster/local/start-local-aws.ts";
import { Command, CommanderError } from "commander";
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { waiveCommand, waiversCommand } from "./waive.ts";

const repository = "acme/shop";
let aws: LocalAws;
let dynamodb: DynamoDBClient;
let ledger: ReturnType<typeof dynamodbLedger>;
let folder: string;
let settingsFile: string;
let printed: string;
let complaint: string;

beforeAll(async () => {
  aws = await startLocalAws();
  dynamodb = new DynamoDBClient(aws.clientConfig());
  folder = await mkdtemp(join(tmpdir(), "lockmaster-waive-"));
  settingsFile = join(folder, "local.json");
});

afterAll(async () => {
  dynamodb.destroy();
  await aws.close();
  await rm(folder, { recursive: true });
});

let tables = 0;
beforeEach(async () => {
  printed = "";
  complaint = "";
  tables += 1;
  const ledgerTable = `ledger-${tables}`;
  await dynamodb.send(
    new CreateTableCommand({
      TableName: ledgerTable,
      BillingMode: "PAY_PER_REQUEST",
      AttributeDefinitions: ["pk", "sk"].map((AttributeName) => ({ AttributeName, AttributeType: "S" as const })),
      KeySchema: [
        { AttributeName: "pk", KeyType: "HASH" },
        { AttributeName: "sk", KeyType: "RANGE" },
      ],
    }),
  );
  ledger = dynamodbLedger(dynamodb, ledgerTable);
  await ledger.putConfiguration({
    repository,
    hash: "1",
    configuration: configurationOf({
      images: { backend: { context: ".", repository: "shop/backend", paths: ["**"] } },
      environments: {
        staging: {
          on: { branch: "main" },
          cluster: "shop",
          services: { api: { service: "backend", containers: { api: "backend" } } },
        },
      },
    }),
  });
  const { endpoint, region } = aws;
  const settings = { endpoint, region, ledgerTable, webhookUrl: endpoint, webhookSecret: "secret" };
  await writeFile(settingsFile, JSON.stringify(settings));
  vi.spyOn(process.stdout, "write").mockImplementation((chunk) => {
    printed += String(chunk);
    return true;
  });
  return () => vi.restoreAllMocks();
});

/** Runs `lockmaster …`; answers what the process would exit with. */
async function lockmaster(...args: string[]): Promise<number> {
  const commands = [waiveCommand(settingsFile), waiversCommand(settingsFile)];
  const main = new Command("lockmaster");
  for (const command of commands) main.addCommand(command);
  for (const command of commands.flatMap((each) => [each, ...each.commands])) {
    command.exitOverride().configureOutput({ writeErr: (text) => (complaint += text) });
  }
  try {
    await main.parseAsync(args, { from: "user" });
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode;
    throw error;
  }
}

const waive = (id: string, changes: Record<string, string> = {}) => {
  const options = { owner: "platform", reason: "not reachable", until: "2999-12-31", ...changes };
  const given = Object.entries(options).flatMap(([name, value]) => [`--${name}`, value]);
  return lockmaster("waive", id, "--repository", repository, ...given);
};

describe("lockmaster waive", () => {
  test("adds a waiver, with the operator as AWS knows him", async () => {
    expect(await waive("CVE-2026-1", { image: "backend", environment: "staging" })).toBe(0);
    expect(await ledger.waivers(repository)).toEqual([
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
    ["an id that is none", "?", {}, "id: "],
    ["a day that is none", "CVE-2026-1", { until: "tomorrow" }, "until: is no day"],
    ["a day that is over", "CVE-2026-1", { until: "2025-12-31" }, "until: 2025-12-31 is over"],
    ["nobody who answers", "CVE-2026-1", { owner: "" }, "owner: is empty"],
    ["no reason", "CVE-2026-1", { reason: "" }, "reason: is empty"],
    ["an image that is none", "CVE-2026-1", { image: "?" }, "images[0]: "],
    ["another repository's image", "CVE-2026-1", { image: "frontend" }, "images: frontend is not one of backend"],
    ["an environment that is none", "CVE-2026-1", { environment: "moon" }, "environments: moon is not one of staging"],
    ["a repository that is none", "CVE-2026-1", { repository: "acme/moon" }, "repository: Lockmaster does not know"],
  ])("refuses %s, and names the field", async (_, id, changes, message) => {
    expect(await waive(id, changes)).toBe(1);
    expect(complaint).toContain(message);
    expect(await ledger.waivers(repository)).toEqual([]);
  });

  test("asks for the table of another endpoint", async () => {
    expect(await waive("CVE-2026-1", { "endpoint-url": aws.endpoint })).toBe(1);
    expect(complaint).toContain("--endpoint-url needs --table");
  });

  test("says what to do where no local AWS runs", async () => {
    await rm(settingsFile);
    expect(await waive("CVE-2026-1")).toBe(1);
    expect(complaint).toContain("start one with `npm run local`, or give --table");
  });
});

describe("lockmaster waivers", () => {
  test("are listed as JSON, and revoked without being forgotten", async () => {
    await waive("CVE-2026-1");
    await waive("CVE-2026-2");
    expect(await lockmaster("waivers", "revoke", "CVE-2026-1", "--repository", repository)).toBe(0);
    expect(await lockmaster("waivers", "revoke", "CVE-2026-1", "--repository", repository)).toBe(1);
    expect(complaint).toContain("no waiver of acme/shop lets CVE-2026-1 pass");
    printed = "";
    expect(await lockmaster("waivers", "list", "--repository", repository, "--json")).toBe(0);
    expect(JSON.parse(printed)).toEqual([
      expect.objectContaining({ id: "CVE-2026-2" }),
      expect.objectContaining({ id: "CVE-2026-1", revokedBy: expect.any(String), revokedAt: expect.any(String) }),
    ]);
  });
});
