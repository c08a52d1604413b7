import { generateKeyPairSync } from "node:crypto";
import { CreateStateMachineCommand, DescribeStateMachineCommand, StartExecutionCommand } from "@aws-sdk/client-sfn";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { namesOf } from "@lockmaster/installation/topology/names.ts";
import { permissions } from "@lockmaster/installation/permissions/permissions.ts";
import { statementsOf, type Statement } from "@lockmaster/installation/permissions/policy.ts";
import { expectRecovered, waitForRecovery } from "./recovery.fixture.ts";
import { commits, onEveryService, openScenario, openShop, statesOf, type Release, type Shop } from "./shop.fixture.ts";

const statusChanges = {
  source: "aws.states",
  detailType: "Step Functions Execution Status Change",
  happens: "lost",
} as const;
const minutes = (count: number) => count * 60_000;

/** Invokes reconcile as its schedule does. */
async function reconcile(shop: Shop): Promise<void> {
  const result = await shop.waitForAnswer(shop.rehearsal.aws.lambda.invoke("lockmaster-reconcile", {}));
  expect(result.ok).toBe(true);
}

/** The ledger's records of the environment, and its agenda. */
async function ledgerOf({ rehearsal: { ledger } }: Shop) {
  const staging = { repository: "acme/shop", environment: "staging" };
  return {
    releases: await ledger.releases(staging.repository, staging.environment, 100),
    lock: await ledger.lock(staging),
    agenda: await ledger.agenda(undefined, 100),
  };
}

describe("when Step Functions' event is lost", () => {
  describe("a release is recovered within ten minutes", () => {
    let shop: Shop;
    beforeAll(async () => {
      shop = await openShop({ events: [statusChanges] });
    });
    afterAll(() => shop.close());

    test.each([
      ["was stopped before its first change", "Build image", "1".repeat(40)],
      ["was stopped after its first change", "Check health", "2".repeat(40)],
    ])("that %s", async (_, state, sha) => {
      const release = await shop.startRelease(sha);
      await shop.waitForState(release, state);
      await shop.stop(release);
      await shop.clock.advance(minutes(16));

      await expectRecovered(shop);
      expect(await shop.runningCommits()).toEqual(onEveryService(commits.first));
    });

    test("that succeeded", async () => {
      await shop.release(commits.good);
      await shop.clock.advance(minutes(16));

      await expectRecovered(shop);
      expect(await shop.runningCommits()).toEqual(onEveryService(commits.good));
    });
  });

  test("reconcile is idempotent, also when it runs twice at once", async () => {
    const shop = await openScenario({ faults: [{ kind: "stop", state: "Check health" }], events: [statusChanges] });
    await shop.waitForEnd(await shop.startRelease(commits.good));
    await Promise.all([reconcile(shop), reconcile(shop)]);
    await waitForRecovery(shop);
    const before = await ledgerOf(shop);
    await Promise.all([reconcile(shop), reconcile(shop)]);
    await reconcile(shop);
    expect(await ledgerOf(shop)).toEqual(before);
    expect(before.releases).toHaveLength(2);
    expect(await shop.runningCommits()).toEqual(onEveryService(commits.first));
  });
});

test("a release is recovered once when Step Functions' event comes twice, the second time late", async () => {
  const shop = await openScenario({
    faults: [{ kind: "stop", state: "Check health" }],
    events: [{ ...statusChanges, happens: "doubled", delaySeconds: 90 }],
  });
  await shop.waitForEnd(await shop.startRelease(commits.good));
  await waitForRecovery(shop);
  expect(await expectRecovered(shop)).toHaveLength(2);
  expect(await shop.runningCommits()).toEqual(onEveryService(commits.first));
});

test("an event that EventBridge did not accept is published later, once", async () => {
  const shop = await openScenario({
    faults: [{ kind: "throttle", service: "events", operation: "PutEvents", strength: "outage", outageSeconds: 1_800 }],
  });
  const published: string[] = [];
  shop.rehearsal.aws.onEvent((event) => event.source === "lockmaster" && published.push(event["detail-type"]));
  const { release, execution } = await shop.release(commits.good);
  expect(execution.status).toBe("SUCCEEDED");
  expect(await shop.record(release)).toMatchObject({ status: "succeeded", pending: ["event"] });
  expect(published).toEqual([]);
  await shop.clock.advance(minutes(40));

  expect(published).toEqual(["Release Succeeded"]);
  expect((await shop.record(release)).pending).toBeUndefined();
  await expectRecovered(shop);
});

test("one run of reconcile checks at most 20 releases, and the next runs check the others", async () => {
  const shop = await openScenario({ events: [statusChanges] });
  for (let count = 0; count < 25; count += 1) {
    const release = await shop.startRelease(commits.good, { branch: "main" });
    await shop.stop(release);
    await shop.clock.advance(1_000);
  }
  expect((await ledgerOf(shop)).agenda).toHaveLength(25);
  await shop.clock.advance(minutes(3));
  await reconcile(shop);
  expect((await ledgerOf(shop)).agenda).toHaveLength(5);
  await shop.clock.advance(minutes(16));
  await expectRecovered(shop);
});

describe("an execution that ends without any Catch", () => {
  type Definition = { TimeoutSeconds?: number; States: Record<string, Record<string, unknown>> };

  /** Machines that differ from the shipped one. Their events invoke no function. */
  const names = "other-*";

  /** Functions have permission to describe executions of the shipped machine only; this adds the other machines'. */
  function allowToDescribe({ rehearsal: { aws, configuration, installation } }: Shop): void {
    const place = { partition: "aws", region: aws.region, account: aws.accountId, prefix: "lockmaster" };
    const executions = installation.stateMachineArn.replace(/:stateMachine:.*/, `:execution:${names}:*`);
    const allowed: Statement = { Effect: "Allow", Action: ["states:DescribeExecution"], Resource: [executions] };
    for (const name of ["acquireLock", "recover", "reconcile"] as const) {
      const own = statementsOf(permissions[name], { ...place, configuration });
      const role = `arn:aws:iam::${aws.accountId}:role/${namesOf(place.prefix).function(name)}`;
      aws.attachPolicies(role, { inline: [...own, allowed] });
    }
  }

  /** Starts a release on a changed machine. */
  async function startOn(name: string, sha: string, change: (definition: Definition) => void): Promise<Release> {
    const { stateMachineArn } = shop.rehearsal.installation;
    const shipped = await shop.stepFunctions.send(new DescribeStateMachineCommand({ stateMachineArn }));
    const definition: Definition = JSON.parse(shipped.definition ?? "{}");
    change(definition);
    const { roleArn } = shipped;
    const other = await shop.stepFunctions.send(
      new CreateStateMachineCommand({ name, definition: JSON.stringify(definition), roleArn }),
    );
    const input = {
      kind: "deploy",
      repository: "acme/shop",
      environment: "staging",
      ref: "refs/heads/main",
      sha,
      requestedBy: { kind: "operator", name: "ops" },
      requestedAt: new Date(shop.clock.now()).toISOString(),
    };
    const { executionArn = "" } = await shop.stepFunctions.send(
      new StartExecutionCommand({ stateMachineArn: other.stateMachineArn, name, input: JSON.stringify(input) }),
    );
    return { name, executionArn };
  }

  const changes: readonly [what: string, status: string, change: (definition: Definition) => void][] = [
    ["exceeds its timeout", "TIMED_OUT", (definition) => (definition.TimeoutSeconds = 100)],
    [
      "fails in an expression",
      "FAILED",
      ({ States }) => (States["Wait for the rollout"] = { Type: "Wait", Seconds: "{% -1 %}", Next: "Check health" }),
    ],
    [
      "has too large a payload",
      "FAILED",
      ({ States }) =>
        (States["Wait for the rollout"] = {
          Type: "Pass",
          Output: "{% $join([1..300000].'x') %}",
          Next: "Check health",
        }),
    ],
  ];
  let shop: Shop;
  beforeAll(async () => {
    shop = await openShop();
    allowToDescribe(shop);
  });
  afterAll(() => shop.close());

  test.each(changes.map(([what, status, change], index) => ({ what, status, change, index })))(
    "because it $what is rolled back",
    async ({ status, change, index }) => {
      const release = await startOn(names.replace("*", String(index)), `${index + 1}`.repeat(40), change);
      const execution = await shop.waitForEnd(release);
      expect(execution.status).toBe(status);
      expect(statesOf(execution)).toContain("Deploy services");
      await waitForRecovery(shop);

      const [recovery, failed] = await expectRecovered(shop);
      expect(recovery).toMatchObject({ kind: "rollback" });
      expect(failed).toMatchObject({ status: "failed", failure: { error: execution.error ?? "TIMED_OUT" } });
      expect(await shop.runningCommits()).toEqual(onEveryService(commits.first));
    },
  );
});

test("a delivery that failed is requested again from GitHub, with an App's credentials", async () => {
  const { publicKey, privateKey } = generateKeyPairSync("rsa", {
    modulusLength: 2048,
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
  });
  const shop = await openScenario(
    {
      github: {
        apps: [{ id: "4711", publicKey, repositories: ["acme/shop"] }],
        deliveries: [
          { id: "1", guid: "refused", deliveredAt: "2026-01-05T08:59:00Z" },
          { id: "2", guid: "unreachable", deliveredAt: "2026-01-05T08:59:01Z", statusCode: 0 },
          { id: "3", guid: "arrived", deliveredAt: "2026-01-05T08:59:02Z", statusCode: 202 },
        ],
      },
    },
    { githubCredentials: JSON.stringify({ appId: "4711", privateKey }) },
  );
  await shop.clock.advance(minutes(11));
  const { ledger } = shop.rehearsal;
  expect(await Promise.all(["refused", "unreachable", "arrived"].map((guid) => ledger.isRedelivered(guid)))).toEqual([
    true,
    true,
    false,
  ]);
});
