import { DynamoDBClient, GetItemCommand } from "@aws-sdk/client-dynamodb";
import type { StoredConfiguration } from "@lockmaster/core/config/stored.ts";
import type { BuildRecord } from "@lockmaster/core/ledger/build-record.ts";
import type { Evidence } from "@lockmaster/core/ledger/evidence.ts";
import type { ReleaseRecord, ServiceSnapshot } from "@lockmaster/core/ledger/release-record.ts";
import type { ReleaseRef } from "@lockmaster/core/ledger/release-ref.ts";
import type { TaskRun } from "@lockmaster/core/ledger/task-run.ts";
import type { StoredWaiver } from "@lockmaster/core/ledger/waiver-record.ts";
import { createLedger } from "@lockmaster/installation/topology/ledger-table.ts";
import { type LocalAws, startLocalAws } from "@lockmaster/local-aws";
import { configurationOf, oneService } from "@lockmaster/core/config/configuration.fixture.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { clientOptions } from "../lib/client-options.ts";
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

let releases = 0;
function aRelease(): ReleaseRecord {
  releases += 1;
  return {
    id: `shop-staging-${releases}`,
    executionArn: `arn:aws:states:us-east-1:111122223333:execution:release:shop-staging-${releases}`,
    startedAt: "2026-11-20T10:00:00.000Z",
    kind: "deploy",
    repository: "acme/shop",
    environment: "staging",
    ref: "refs/heads/main",
    sha: "a".repeat(40),
    requestedBy: { kind: "github", login: "octocat" },
    requestedAt: "2026-11-20T09:59:59Z",
    policyHash: "0123",
    status: "open",
  };
}
const opened = async (): Promise<ReleaseRef> => {
  const record = aRelease();
  await ledger.openRelease(record, 0);
  return record;
};
const snapshot = (revision: number): Record<string, ServiceSnapshot> => ({
  api: { taskDefinition: `backend:${revision}`, digests: { api: "sha256:1" }, desiredCount: 0 },
});
const firstRun = (when: TaskRun["when"]): TaskRun => ({
  when,
  attempt: 1,
  redriveCount: 0,
  run: 1,
  taskDefinition: "backend:18",
  startedAt: "2026-11-20T10:10:00Z",
  status: "starting",
  version: 1,
});
const intent = { at: "2026-11-20T10:10:00Z", taskDefinition: "backend:18" };
const conflict = { name: "RejectedError", code: "CONFLICT" };

describe("configuration", () => {
  test("is read as it was written, and replaced as a whole", async () => {
    const stored: StoredConfiguration = {
      repository: "acme/shop",
      hash: "1",
      configuration: configurationOf(oneService),
    };

    await ledger.putConfiguration({ ...stored, hash: "0" });
    await ledger.putConfiguration(stored);

    expect(await ledger.configuration("acme/shop")).toEqual(stored);
    expect(await ledger.configuration("acme/other")).toBeUndefined();

    await ledger.putConfiguration({ ...stored, repository: "acme/blog" });
    expect(await ledger.repositoryAfter()).toBe("acme/blog");
    expect(await ledger.repositoryAfter("acme/blog")).toBe("acme/shop");
    expect(await ledger.repositoryAfter("acme/shop")).toBeUndefined();
  });
});

describe("what version 0.2.0 stored in the partition of the repository", () => {
  const stored: StoredConfiguration = {
    repository: "acme/old",
    hash: "1",
    configuration: configurationOf(oneService),
  };

  test("is read as the configuration until a deployment has written the other item", async () => {
    const table = ledgerTable(client, "ledger");
    await table.put({ pk: "acme/old", sk: "configuration" }, { ...stored, hash: "0" });
    expect(await ledger.configuration("acme/old")).toMatchObject({ hash: "0" });

    await ledger.putConfiguration(stored);
    await table.put({ pk: "acme/old", sk: "configuration" }, { ...stored, hash: "forged" });
    expect(await ledger.configuration("acme/old")).toEqual(stored);
  });

  test("is written for functions of that version, too", async () => {
    await ledger.putConfiguration(stored);
    const of020 = await ledgerTable(client, "ledger").get({ pk: "acme/old", sk: "configuration" }, (found) => found);
    expect(of020).toEqual(stored);
  });

  test("are waivers, which are listed beside those of today and can be revoked", async () => {
    const waiver = (id: string, addedAt: string): StoredWaiver => ({
      id,
      owner: "ops",
      reason: "not reachable",
      until: "2027-01-01",
      addedBy: "ops",
      addedAt,
    });
    const early = waiver("CVE-2026-10001", "2026-11-01T10:00:00.000Z");
    const late = waiver("CVE-2026-10002", "2026-11-20T10:00:00.000Z");
    await ledgerTable(client, "ledger").put({ pk: "acme/old", sk: `waiver#${early.addedAt}#${early.id}` }, early);
    await ledger.addWaiver("acme/old", late);
    expect(await ledger.waivers("acme/old")).toEqual([late, early]);

    const revocation = { revokedBy: "ops", revokedAt: "2026-11-21T10:00:00.000Z" };
    for (const one of [early, late]) await ledger.revokeWaiver("acme/old", one, revocation);
    expect(await ledger.waivers("acme/old")).toEqual([
      { ...late, ...revocation },
      { ...early, ...revocation },
    ]);
  });
});

describe("releases", () => {
  test("keep the last plan until they have begun", async () => {
    const first = aRelease();
    const last = { ...first, images: { backend: "sha256:1" }, builtFrom: { backend: first.sha } };

    await ledger.openRelease(first, 0);
    await ledger.openRelease(last, 0);
    expect(await ledger.release(first)).toEqual(last);

    await ledger.recordJudgement(first, "backend", { digest: "sha256:1" });
    await ledger.openRelease(first, 0);
    expect(await ledger.release(first)).toMatchObject(last);
  });

  test("that have begun or ended are not planned again", async () => {
    const [begun, ended] = [aRelease(), aRelease()];
    for (const record of [begun, ended]) await ledger.openRelease(record, 0);
    await ledger.recordSnapshot(begun, 0, snapshot(17));
    await ledger.closeRelease(ended, { status: "succeeded" });

    for (const record of [begun, ended]) await ledger.openRelease({ ...record, policyHash: "another" }, 0);

    expect(await ledger.release(begun)).toMatchObject({ policyHash: "0123", attempt: 0 });
    expect(await ledger.release(ended)).toMatchObject({ policyHash: "0123", status: "succeeded" });
  });

  test("keep their tasks through every attempt, each version after the one before it", async () => {
    const ref = await opened();
    const run = firstRun("before");
    const running: TaskRun = { ...run, status: "running", taskArn: "arn:task/1", version: 2 };
    const changed = { name: "RetryableError", code: "CONFLICT" };

    await ledger.recordTask(ref, "migrate", run);
    await ledger.recordTask(ref, "seed", run);
    await expect(ledger.recordTask(ref, "migrate", run)).rejects.toMatchObject(changed);
    await ledger.recordTask(ref, "migrate", running);
    await expect(ledger.recordTask(ref, "migrate", { ...running, taskArn: "arn:task/2" })).rejects.toMatchObject(
      changed,
    );
    await ledger.recordSnapshot(ref, 7, snapshot(17), {});

    expect(await ledger.release(ref)).toMatchObject({ tasks: { migrate: running, seed: run } });
  });

  test("that are closed record of a task only that it was stopped", async () => {
    const ref = await opened();
    const run = firstRun("after");
    await ledger.recordTask(ref, "smoke", run);
    await ledger.closeRelease(ref, { status: "failed" });

    const late = { ...run, status: "running", taskArn: "arn:task/1", version: 2 } as const;
    await expect(ledger.recordTask(ref, "smoke", late)).rejects.toMatchObject({ name: "RetryableError" });
    await ledger.recordTask(ref, "smoke", { ...run, status: "stopped", version: 2 });

    expect((await ledger.release(ref))?.tasks).toMatchObject({ smoke: { status: "stopped" } });
  });

  test("keep the first snapshot of an attempt", async () => {
    const ref = await opened();

    expect(await ledger.recordSnapshot(ref, 0, snapshot(17))).toEqual(snapshot(17));
    expect(await ledger.recordSnapshot(ref, 0, snapshot(99))).toEqual(snapshot(17));
    expect(await ledger.release(ref)).toMatchObject({ attempt: 0, snapshot: snapshot(17), intents: {} });
  });

  test("begin a new attempt without the intents of the last one", async () => {
    const ref = await opened();
    await ledger.recordSnapshot(ref, 0, snapshot(17));
    await ledger.recordIntent(ref, 0, "api", intent);

    await ledger.recordSnapshot(ref, 2, snapshot(18));

    expect(await ledger.release(ref)).toMatchObject({ attempt: 2, snapshot: snapshot(18), intents: {} });
    await expect(ledger.recordSnapshot(ref, 1, snapshot(19))).rejects.toMatchObject(conflict);
  });

  test("keep the judgements of each gate about an image, and replace those about another digest", async () => {
    const ref = await opened();
    const scan = {
      result: "refused",
      counts: { critical: 1 },
      refusedBy: [{ id: "CVE-2026-1", severity: "critical", package: "openssl" }],
      waived: [{ id: "CVE-2026-2", owner: "platform", until: "2026-12-31" }],
    } as const;

    await Promise.all([
      ledger.recordJudgement(ref, "frontend.web", { digest: "sha256:1", sizeBytes: 1 }),
      ledger.recordJudgement(ref, "backend", { digest: "sha256:2", sizeBytes: 2 }),
    ]);
    await ledger.recordJudgement(ref, "backend", { digest: "sha256:2", scan });
    await ledger.recordJudgement(ref, "frontend.web", { digest: "sha256:3", scan });

    expect((await ledger.release(ref))?.judgements).toEqual({
      "frontend.web": { digest: "sha256:3", scan },
      backend: { digest: "sha256:2", sizeBytes: 2, scan },
    });
    await expect(ledger.recordJudgement(aRelease(), "backend", { digest: "sha256:2" })).rejects.toMatchObject(conflict);
  });

  test("record intents of the newest attempt only, with any service name", async () => {
    const ref = await opened();
    await ledger.recordSnapshot(ref, 1, snapshot(17));

    await ledger.recordIntent(ref, 1, "a.b-c", { at: intent.at });
    await ledger.recordIntent(ref, 1, "a.b-c", intent);

    expect(await ledger.release(ref)).toMatchObject({ intents: { "a.b-c": intent } });
    await expect(ledger.recordIntent(ref, 0, "api", intent)).rejects.toMatchObject(conflict);
  });

  test("of an environment are listed newest first, without long attributes, over all pages", async () => {
    const environment = "listed";
    const records = Array.from({ length: 7 }, (_, hour) => ({
      ...aRelease(),
      environment,
      startedAt: `2026-11-20T1${hour}:00:00.000Z`,
    }));
    const logLines = Array.from({ length: 5_000 }, (_, line) => `${line} ${"é".repeat(100)}`);
    for (const record of records) {
      await ledger.openRelease(record, 0);
      await ledger.recordSnapshot(record, 0, snapshot(17));
      await ledger.recordEvidence(record, [{ service: "api", code: "CONTAINER_EXITED", message: "1", logLines }]);
    }
    const newestFirst = records.map((record) => ({ ...record, attempt: 0 })).reverse();

    expect(await ledger.releases("acme/shop", environment, 100)).toEqual(newestFirst);
    expect(await ledger.releases("acme/shop", environment, 2)).toEqual(newestFirst.slice(0, 2));
    expect(await ledger.releases("acme/shop", "never", 2)).toEqual([]);
  });

  test("without a record can be neither changed nor closed", async () => {
    const ref = aRelease();

    await expect(ledger.recordSnapshot(ref, 0, {})).rejects.toMatchObject(conflict);
    await expect(ledger.recordIntent(ref, 0, "api", intent)).rejects.toMatchObject(conflict);
    await expect(ledger.recordEvidence(ref, [])).rejects.toMatchObject(conflict);
    await expect(ledger.closeRelease(ref, { status: "succeeded" })).rejects.toMatchObject(conflict);
    await expect(ledger.reopenRelease(ref, 0)).rejects.toMatchObject(conflict);
  });

  test("end once: the same outcome changes nothing, another one is rejected", async () => {
    const ref = await opened();
    const success = {
      status: "succeeded",
      services: { api: { api: "sha256:2" } },
      endedAt: "2026-11-20T11:00:00Z",
    } as const;

    await ledger.closeRelease(ref, success);
    await ledger.closeRelease(ref, { ...success, endedAt: "2026-11-20T12:00:00Z" });

    expect(await ledger.release(ref)).toMatchObject(success);
    await expect(ledger.closeRelease(ref, { status: "rolled-back" })).rejects.toMatchObject(conflict);
    await expect(ledger.reopenRelease(ref, 0)).rejects.toMatchObject(conflict);
    await expect(ledger.recordIntent(ref, 0, "api", intent)).rejects.toMatchObject(conflict);
  });

  test("record that they were redriven before they were planned", async () => {
    const record = aRelease();
    await ledger.openRelease(record, 0);
    expect(await ledger.release(record)).not.toHaveProperty("redriven");
    await ledger.openRelease(record, 1);
    expect(await ledger.release(record)).toMatchObject({ redriven: true });
  });

  test("keep pending and abandoned notifications", async () => {
    const ref = await opened();
    await ledger.closeRelease(ref, { status: "succeeded", pending: ["event", "tags"] });

    await ledger.recordPending(ref, ["event"], ["no such image"]);
    expect(await ledger.release(ref)).toMatchObject({ pending: ["event"], abandoned: ["no such image"] });
    await ledger.recordPending(ref, [], []);
    const record = await ledger.release(ref);
    expect(record).toMatchObject({ abandoned: ["no such image"] });
    expect(record).not.toHaveProperty("pending");
  });

  test("that were rolled back are open again when they are redriven", async () => {
    const ref = await opened();
    await ledger.closeRelease(ref, {
      status: "rolled-back",
      failure: { error: "RolloutFailedError", cause: "crashed" },
      endedAt: "2026-11-20T11:00:00Z",
    });

    await ledger.reopenRelease(ref, 1);
    await ledger.reopenRelease(ref, 1);

    const record = await ledger.release(ref);
    expect(record).toMatchObject({ status: "open", redriven: true });
    expect(record).not.toHaveProperty("failure");
    expect(record).not.toHaveProperty("endedAt");
  });

  test("keep evidence of rollout and rollback, each entry once", async () => {
    const ref = await opened();
    const forward: Evidence = {
      service: "api",
      code: "CONTAINER_EXITED",
      message: "1",
      exitCode: 0,
      taskArn: "task/1",
    };
    const back: Evidence = { service: "api", code: "DEADLINE_EXCEEDED", message: "2" };

    await ledger.recordEvidence(ref, [forward]);
    await ledger.recordEvidence(ref, [forward]);
    await ledger.recordEvidence(ref, [back]);

    expect((await ledger.release(ref))?.evidence).toEqual([forward, back]);
  });

  test("keep as much evidence as fits into an item, the newest lines first", async () => {
    const ref = await opened();
    const logLines = Array.from({ length: 5_000 }, (_, line) => `${line} ${"é".repeat(100)}`);
    const evidence = Array.from({ length: 4 }, (_, service) => ({
      service: `service-${service}`,
      code: "CONTAINER_EXITED" as const,
      message: "exit code 1",
      logLines,
    }));

    await ledger.recordEvidence(ref, evidence);

    const kept = (await ledger.release(ref))?.evidence ?? [];
    expect(kept).toHaveLength(4);
    for (const { logLines: lines = [] } of kept) {
      expect(lines.length).toBeGreaterThan(50);
      expect(lines).toEqual(logLines.slice(-lines.length));
    }
  });
});

describe("builds", () => {
  const build: BuildRecord = {
    repository: "acme/shop",
    image: "backend",
    sha: "b".repeat(40),
    recipe: "0123",
    ref: "refs/heads/main",
    attempt: 1,
    status: "starting",
    startedAt: "2026-11-20T10:00:00Z",
    waiters: [{ execution: "arn:1", redriveCount: 0, taskToken: "token" }],
    version: 1,
  };
  const lost = { name: "RetryableError", code: "CONFLICT" };

  test("are written only by a function that read the last version", async () => {
    await ledger.writeBuild(build);
    await expect(ledger.writeBuild(build)).rejects.toMatchObject(lost);

    const running = { ...build, status: "running", buildId: "shop:1", version: 2 } as const;
    await ledger.writeBuild(running);
    await expect(ledger.writeBuild({ ...running, buildId: "shop:2" })).rejects.toMatchObject(lost);

    expect(await ledger.build(build)).toEqual(running);
  });

  test("of another recipe have records of their own", async () => {
    const amd64 = { ...build, recipe: "4567" };
    await ledger.writeBuild(amd64);

    expect(await ledger.build(amd64)).toEqual(amd64);
    expect(await ledger.build({ ...build, recipe: "89ab" })).toBeUndefined();
  });
});

describe("pull requests", () => {
  const record = {
    repository: "acme/shop",
    ref: "refs/pull/7/head",
    latest: { requestedAt: "2026-11-21T12:00:00Z", receivedAt: "2026-11-21T12:00:01Z", sha: "a".repeat(40) },
    superseded: [{ executionArn: "arn:aws:states:us-east-1:111122223333:execution:release:old", sha: "b".repeat(40) }],
    version: 1,
  };

  test("are written only by a function that read the last version", async () => {
    await ledger.writePullRequest(record);
    const conflict = { name: "RetryableError", code: "CONFLICT" };
    await expect(ledger.writePullRequest(record)).rejects.toMatchObject(conflict);
    const next = { ...record, superseded: [], version: 2 };
    await ledger.writePullRequest(next);
    await expect(ledger.writePullRequest(next)).rejects.toMatchObject(conflict);
    expect(await ledger.pullRequest(record)).toEqual(next);
  });

  test("have one record for each number and repository", async () => {
    expect(await ledger.pullRequest({ ...record, ref: "refs/pull/8/head" })).toBeUndefined();
    expect(await ledger.pullRequest({ ...record, repository: "acme/blog" })).toBeUndefined();
  });
});

describe("locks", () => {
  const production = { repository: "acme/shop", environment: "production" };
  const holder = {
    release: "shop-production-1",
    executionArn: "arn:aws:states:us-east-1:111122223333:execution:release:shop-production-1",
    startedAt: "2026-11-20T10:00:00.000Z",
    kind: "promote",
    redriveCount: 0,
  } as const;

  test("are free before the first release, and written only by a function that read the last version", async () => {
    const free = await ledger.lock(production);
    expect(free).toMatchObject({ ...production, epoch: 0, dirty: false, waiters: [], version: 0 });

    const held = { ...free, holder, epoch: 1, version: 1 };
    await ledger.writeLock(held);
    await expect(ledger.writeLock(held)).rejects.toMatchObject({ name: "RetryableError", code: "CONFLICT" });
    expect(await ledger.lock(production)).toEqual(held);
    expect(await ledger.lock({ ...production, environment: "staging" })).toMatchObject({ version: 0 });
  });

  test("become dirty only while they are held, and only with their epoch", async () => {
    const lock = { ...(await ledger.lock({ ...production, environment: "demo" })), holder, epoch: 3, version: 1 };
    await ledger.writeLock(lock);
    expect(await ledger.markDirty(lock, 2)).toBe(false);
    expect(await ledger.markDirty(lock, 3)).toBe(true);
    expect(await ledger.markDirty(lock, 3)).toBe(true);
    const dirty = await ledger.lock(lock);
    expect(dirty).toEqual({ ...lock, dirty: true, version: 3 });
    await expect(ledger.writeLock({ ...lock, version: 2 })).rejects.toMatchObject({ code: "CONFLICT" });

    const { holder: _, ...free } = dirty;
    await ledger.writeLock({ ...free, dirty: false, version: 4 });
    expect(await ledger.markDirty(lock, 3)).toBe(false);
  });
});

test("begins keys with repository and environment", async () => {
  const { id, startedAt } = await opened();
  const key = { pk: { S: "acme/shop#staging" }, sk: { S: `release#${startedAt}#${id}` } };

  const { Item: item } = await client.send(new GetItemCommand({ TableName: "ledger", Key: key }));

  expect(item?.status).toEqual({ S: "open" });
});

test("expires records of deliveries and, after their last event, of pull requests", async () => {
  const receivedAt = "2026-11-20T10:00:00.000Z";
  const ref = "refs/pull/77/head";
  await ledger.recordRedelivery("guid-77", receivedAt);
  await ledger.writePullRequest({
    repository: "acme/shop",
    ref,
    latest: { requestedAt: receivedAt, receivedAt, sha: "a".repeat(40) },
    superseded: [],
    version: 1,
  });
  const endOf = async (pk: string, sk: string) => {
    const { Item } = await client.send(
      new GetItemCommand({ TableName: "ledger", Key: { pk: { S: pk }, sk: { S: sk } } }),
    );
    return new Date(Number(Item?.["expiresAt"]?.N) * 1000).toISOString();
  };

  expect(await endOf("reconcile", "delivery#guid-77")).toBe("2026-12-20T10:00:00.000Z");
  expect(await endOf("acme/shop#checks", `pull-request#${ref}`)).toBe("2027-02-18T10:00:00.000Z");
});

test("names a missing table", async () => {
  await expect(dynamodbLedger(client, "nowhere").configuration("acme/shop")).rejects.toMatchObject({
    name: "RejectedError",
    code: "AWS_REFUSED",
    message: expect.stringContaining("dynamodb:GetItem on table nowhere"),
  });
});
