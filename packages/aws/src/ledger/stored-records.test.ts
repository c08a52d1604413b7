import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { StoredConfiguration } from "@lockmaster/core/config/stored.ts";
import { AgendaEntry } from "@lockmaster/core/ledger/agenda-entry.ts";
import { arbitraryRecord } from "@lockmaster/core/ledger/arbitrary-record.fixture.ts";
import { BuildRecord } from "@lockmaster/core/ledger/build-record.ts";
import { LockRecord } from "@lockmaster/core/ledger/lock-record.ts";
import { PullRequestRecord } from "@lockmaster/core/ledger/pull-request-record.ts";
import { ReconcileProgress } from "@lockmaster/core/ledger/reconcile-progress.ts";
import { ReleaseRecord, ReleaseSummary } from "@lockmaster/core/ledger/release-record.ts";
import { StoredWaiver } from "@lockmaster/core/ledger/waiver-record.ts";
import { createLedger } from "@lockmaster/installation/topology/ledger-table.ts";
import { type LocalAws, startLocalAws } from "@lockmaster/local-aws";
import * as fc from "fast-check";
import * as v from "valibot";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { clientOptions } from "../lib/client-options.ts";
import { enterAgenda } from "./agenda.ts";
import { dynamodbLedger } from "./ledger.ts";
import { ledgerTable } from "./table.ts";

let aws: LocalAws;
let client: DynamoDBClient;
let ledger: ReturnType<typeof dynamodbLedger>;

beforeAll(async () => {
  aws = await startLocalAws();
  client = new DynamoDBClient({ ...clientOptions(), ...aws.clientConfig() });
  await createLedger(client, "ledger");
  ledger = dynamodbLedger(client, "ledger");
});

afterAll(async () => {
  client.destroy();
  await aws.close();
});

let count = 0;
/** A key that no other record has. */
const unique = () => `acme/${(count += 1)}`;

/** A release without the attributes that steps after its plan write. */
const PlannedRelease = v.omit(ReleaseRecord, [
  ...(["judgements", "attempt", "snapshot", "intents", "tasks", "evidence"] as const),
  ...(["images", "builtFrom", "services", "failure", "supersededBy", "endedAt", "pending", "abandoned"] as const),
]);

/** Writes records with every field of the schema, and expects to read the same. */
async function expectReadBack<S extends v.GenericSchema>(
  schema: S,
  writeAndRead: (record: v.InferOutput<S>) => Promise<{ written: unknown; read: unknown }>,
) {
  const property = fc.asyncProperty(arbitraryRecord(schema), async (record) => {
    const { written, read } = await writeAndRead(record);
    expect(read).toEqual(written);
  });
  await fc.assert(property, { numRuns: 10 });
}

describe("every field of every record that is written is read back", () => {
  test("configuration", () =>
    expectReadBack(StoredConfiguration, async (record) => {
      const written = { ...record, repository: unique() };
      await ledger.putConfiguration(written);
      return { written, read: await ledger.configuration(written.repository) };
    }));

  test("release", () =>
    expectReadBack(ReleaseRecord, async (record) => {
      const written = { ...record, repository: unique() };
      await ledger.openRelease(written, 0);
      return { written, read: await ledger.release(written) };
    }));

  test("release, listed", () =>
    expectReadBack(ReleaseSummary, async (record) => {
      const written = { ...record, repository: unique() };
      await ledger.openRelease(written, 0);
      return { written: [written], read: await ledger.releases(written.repository, written.environment, 2) };
    }));

  test("release, written step by step", () =>
    expectReadBack(ReleaseRecord, async (record) => {
      const runs = Object.entries(record.tasks ?? {}).map(([name, run]) => [name, { ...run, version: 1 }] as const);
      const written = { ...record, repository: unique(), tasks: Object.fromEntries(runs) };
      const { attempt = 0, snapshot = {}, intents = {}, evidence = [], judgements = {}, pending = [] } = written;
      await ledger.openRelease({ ...v.parse(PlannedRelease, written), status: "open" }, 0);
      for (const [image, judgement] of Object.entries(judgements))
        await ledger.recordJudgement(written, image, judgement);
      await ledger.recordSnapshot(written, attempt, snapshot);
      for (const [name, intent] of Object.entries(intents)) await ledger.recordIntent(written, attempt, name, intent);
      for (const [name, run] of runs) await ledger.recordTask(written, name, run);
      await ledger.recordEvidence(written, evidence);
      await ledger.closeRelease(written, written);
      await ledger.recordPending(written, pending, written.abandoned ?? []);
      return { written, read: await ledger.release(written) };
    }));

  test("agenda entry", () =>
    expectReadBack(AgendaEntry, async (entry) => {
      const written = { ...entry, executionArn: unique() };
      await enterAgenda(ledgerTable(client, "ledger"), written);
      if (written.recoveries !== undefined) await ledger.recordRecovery(written, written.recoveries);
      return { written, read: await ledger.agendaEntry(written.executionArn) };
    }));

  test("progress of reconcile", () =>
    expectReadBack(ReconcileProgress, async (written) => {
      await ledger.recordReconcileProgress(written);
      return { written, read: await ledger.reconcileProgress() };
    }));

  test("build", () =>
    expectReadBack(BuildRecord, async (record) => {
      const written = { ...record, repository: unique(), version: 1 };
      await ledger.writeBuild(written);
      return { written, read: await ledger.build(written) };
    }));

  test("pull request", () =>
    expectReadBack(PullRequestRecord, async (record) => {
      const latest = { ...record.latest, receivedAt: "2026-11-20T10:00:00.000Z" };
      const written = { ...record, repository: unique(), latest, version: 1 };
      await ledger.writePullRequest(written);
      return { written, read: await ledger.pullRequest(written) };
    }));

  test("lock", () =>
    expectReadBack(LockRecord, async (record) => {
      const written = { ...record, repository: unique(), version: 1 };
      await ledger.writeLock(written);
      return { written, read: await ledger.lock(written) };
    }));

  test("waiver", () =>
    expectReadBack(StoredWaiver, async (record) => {
      const repository = unique();
      const { revokedBy = "", revokedAt = "", ...added } = record;
      await ledger.addWaiver(repository, added);
      await ledger.revokeWaiver(repository, added, { revokedBy, revokedAt });
      return { written: [record], read: await ledger.waivers(repository) };
    }));
});
