import { DynamoDBClient, GetItemCommand, ScanCommand, UpdateItemCommand } from "@aws-sdk/client-dynamodb";
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

/** Calls `check` with records that have every field of the schema. */
const forRecords = <S extends v.GenericSchema>(schema: S, check: (record: v.InferOutput<S>) => Promise<void>) =>
  fc.assert(fc.asyncProperty(arbitraryRecord(schema), check), { numRuns: 10 });

describe("every field of every record that is written is read back", () => {
  test("configuration", () =>
    forRecords(StoredConfiguration, async (record) => {
      const written = { ...record, repository: unique() };
      await ledger.putConfiguration(written);
      expect(await ledger.configuration(written.repository)).toEqual(written);
    }));

  test("release", () =>
    forRecords(ReleaseRecord, async (record) => {
      const written = { ...record, repository: unique() };
      await ledger.openRelease(written, 0);
      expect(await ledger.release(written)).toEqual(written);
    }));

  test("release, listed", () =>
    forRecords(ReleaseSummary, async (record) => {
      const written = { ...record, repository: unique() };
      await ledger.openRelease(written, 0);
      expect(await ledger.releases(written.repository, written.environment, 2)).toEqual([written]);
    }));

  test("release, written step by step", () =>
    forRecords(ReleaseRecord, async (record) => {
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
      expect(await ledger.release(written)).toEqual(written);
    }));

  test("agenda entry", () =>
    forRecords(AgendaEntry, async (entry) => {
      const written = { ...entry, executionArn: unique() };
      await enterAgenda(ledgerTable(client, "ledger"), written);
      if (written.recoveries !== undefined) await ledger.recordRecovery(written, written.recoveries);
      expect(await ledger.agendaEntry(written.executionArn)).toEqual(written);
    }));

  test("progress of reconcile", () =>
    forRecords(ReconcileProgress, async (written) => {
      await ledger.recordReconcileProgress(written);
      expect(await ledger.reconcileProgress()).toEqual(written);
    }));

  test("build", () =>
    forRecords(BuildRecord, async (record) => {
      const written = { ...record, repository: unique(), version: 1 };
      await ledger.writeBuild(written);
      expect(await ledger.build(written)).toEqual(written);
    }));

  test("pull request", () =>
    forRecords(PullRequestRecord, async (record) => {
      const latest = { ...record.latest, receivedAt: "2026-11-20T10:00:00.000Z" };
      const written = { ...record, repository: unique(), latest, version: 1 };
      await ledger.writePullRequest(written);
      expect(await ledger.pullRequest(written)).toEqual(written);
    }));

  test("lock", () =>
    forRecords(LockRecord, async (record) => {
      const written = { ...record, repository: unique(), version: 1 };
      await ledger.writeLock(written);
      expect(await ledger.lock(written)).toEqual(written);
    }));

  test("waiver", () =>
    forRecords(StoredWaiver, async (record) => {
      const repository = unique();
      const { revokedBy = "", revokedAt = "", ...added } = record;
      await ledger.addWaiver(repository, added);
      await ledger.revokeWaiver(repository, added, { revokedBy, revokedAt });
      expect(await ledger.waivers(repository)).toEqual([record]);
    }));
});

describe("what is written again keeps the attributes of a newer version, and loses its own that it no longer has", () => {
  /** Gives the only item of a partition an attribute that this version does not know. @returns whether it is still there */
  async function extend(pk: string): Promise<() => Promise<boolean>> {
    const { Items = [] } = await client.send(
      new ScanCommand({
        TableName: "ledger",
        FilterExpression: "begins_with(pk, :pk)",
        ExpressionAttributeValues: { ":pk": { S: pk } },
      }),
    );
    const [{ pk: found, sk } = {}] = Items;
    if (Items.length !== 1 || found === undefined || sk === undefined)
      throw new Error(`${Items.length} items in ${pk}`);
    const at = { TableName: "ledger", Key: { pk: found, sk } };
    const value = { ":new": { S: "of a newer version" } };
    await client.send(
      new UpdateItemCommand({ ...at, UpdateExpression: "SET fromNewer = :new", ExpressionAttributeValues: value }),
    );
    return async () => (await client.send(new GetItemCommand(at))).Item?.["fromNewer"]?.S === "of a newer version";
  }

  /** A record with every field, and the same record without its optional ones. */
  const forBoth = <S extends v.ObjectSchema<v.ObjectEntries, undefined>>(
    schema: S,
    check: (full: v.InferOutput<S>, bare: v.InferOutput<S>) => Promise<void>,
  ) =>
    forRecords(schema, async (full) => {
      const required = Object.entries(full).filter(([name]) => schema.entries[name]?.type !== "exact_optional");
      await check(full, v.parse(schema, Object.fromEntries(required)));
    });

  test("lock", () =>
    forBoth(LockRecord, async (full, bare) => {
      const repository = unique();
      await ledger.writeLock({ ...full, repository, version: 1 });
      const kept = await extend(repository);
      const written = { ...bare, repository, environment: full.environment, version: 2 };
      await ledger.writeLock(written);
      expect(await ledger.lock(written)).toEqual(written);
      expect(await kept()).toBe(true);
    }));

  test("build", () =>
    forBoth(BuildRecord, async (full, bare) => {
      const repository = unique();
      await ledger.writeBuild({ ...full, repository, version: 1 });
      const kept = await extend(repository);
      const written = { ...bare, repository, version: 2 };
      await ledger.writeBuild(written);
      expect(await ledger.build(written)).toEqual(written);
      expect(await kept()).toBe(true);
    }));

  test("pull request", () =>
    forBoth(PullRequestRecord, async (full, bare) => {
      const repository = unique();
      const latest = { ...full.latest, receivedAt: "2026-11-20T10:00:00.000Z" };
      await ledger.writePullRequest({ ...full, repository, latest, version: 1 });
      const kept = await extend(repository);
      const written = { ...bare, repository, latest, version: 2 };
      await ledger.writePullRequest(written);
      expect(await ledger.pullRequest(written)).toEqual(written);
      expect(await kept()).toBe(true);
    }));

  test("progress of reconcile", () =>
    forBoth(ReconcileProgress, async (full, bare) => {
      await ledger.recordReconcileProgress(full);
      const kept = await extend("reconcile");
      await ledger.recordReconcileProgress(bare);
      expect(await ledger.reconcileProgress()).toEqual(bare);
      expect(await kept()).toBe(true);
    }));
});
