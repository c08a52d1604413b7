import { generateKeyPairSync } from "node:crypto";
import { CreateStateMachineCommand, DescribeStateMachineCommand, StartExecutionCommand } from "@aws-sdk/client-sfn";
import { describe, expect, test } from "vitest";
import { namesOf } from "@lockmaster/installation/topology/names.ts";
import { permissions } from "@lockmaster/installation/permissions/permissions.ts";
import { statementsOf, type Statement } from "@lockmaster/installation/permissions/policy.ts";
import { expectRecovered, waitForRecovery } from "./recovery.fixture.ts";
import { onEveryService, commits, openScenario, statesOf, type Release, type Shop } from "./shop.fixture.ts";

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

/** Everything that the ledger holds of the environment and of what is to be done. */
async function ledgerOf({ rehearsal: { ledger } }: Shop) {
  const place = { repository: "acme/shop", environment: "staging" };
  return {
    releases: await ledger.releases(place.repository, place.environment, 100),
    lock: await ledger.lock(place),
    agenda: await ledger.agenda(undefined, 100),
  };
}

describe("when Step Functions' event is lost", () => {
  test.each([
    ["was stopped before its first change", "Build image", commits.first],
    ["was stopped midway", "Check health", commits.first],
    ["succeeded", "Released", commits.good],
  ])("a release that %s is settled within ten minutes", async (_, state, runs) => {
    const shop = await openScenario({ events: [statusChanges] });
    const release = await shop.startRelease(commits.good);
    await shop.waitForState(release, state);
    await shop.stop(release);
    await shop.clock.advance(minutes(16));

    await expectRecovered(shop);
    expect(await shop.runningCommits()).toEqual(onEveryService(runs));
  });

  test("reconcile changes nothing more when it runs again, or twice at once", async () => {
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

test("an event of Step Functions' that comes twice, or late, settles once", async () => {
  const shop = await openScenario({
    faults: [{ kind: "stop", state: "Check health" }],
    events: [{ ...statusChanges, happens: "doubled", delaySeconds: 90 }],
  });
  await shop.waitForEnd(await shop.startRelease(commits.good));
  await waitForRecovery(shop);
  expect(await expectRecovered(shop)).toHaveLength(2);
  expect(await shop.runningCommits()).toEqual(onEveryService(commits.first));
});

test("a release whose build's event is lost goes on with the next look", async () => {
  const shop = await openScenario({
    events: [{ source: "aws.codebuild", detailType: "CodeBuild Build State Change", happens: "lost" }],
  });
  const { execution } = await shop.release(commits.good);
  expect(execution.status).toBe("SUCCEEDED");
  expect((execution.stoppedAt ?? 0) - execution.startedAt).toBeLessThan(minutes(9));
});

test("what EventBridge did not take is told once it does", async () => {
  const shop = await openScenario({
    faults: [{ kind: "throttle", service: "events", operation: "PutEvents", strength: "outage", outageSeconds: 1_800 }],
  });
  const told: string[] = [];
  shop.rehearsal.aws.onEvent((event) => event.source === "lockmaster" && told.push(event["detail-type"]));
  const { release, execution } = await shop.release(commits.good);
  expect(execution.status).toBe("SUCCEEDED");
  expect(await shop.record(release)).toMatchObject({ status: "succeeded", pending: ["event"] });
  expect(told).toEqual([]);
  await shop.clock.advance(minutes(40));

  expect(told).toEqual(["Release Succeeded"]);
  expect((await shop.record(release)).pending).toBeUndefined();
  await expectRecovered(shop);
});

test("more releases than one run looks at are looked at in turn", async () => {
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

describe("an execution that no Catch could save", () => {
  type Definition = { TimeoutSeconds?: number; States: Record<string, Record<string, unknown>> };

  /** Functions may look at executions of the shipped machine only; these are to look at another one's as well. */
  function allowToDescribe({ rehearsal: { aws, configuration } }: Shop, executions: string): void {
    const place = { partition: "aws", region: aws.region, account: aws.accountId, prefix: "lockmaster" };
    const allowed: Statement = { Effect: "Allow", Action: ["states:DescribeExecution"], Resource: [executions] };
    for (const name of ["acquireLock", "recover", "reconcile"] as const) {
      const own = statementsOf(permissions[name], { ...place, configuration });
      const role = `arn:aws:iam::${aws.accountId}:role/${namesOf(place.prefix).function(name)}`;
      aws.attachPolicy(role, [...own, allowed]);
    }
  }

  /** Starts the release on a machine that differs from the shipped one; its events reach nobody. */
  async function begin(shop: Shop, change: (definition: Definition) => void): Promise<Release> {
    const { stateMachineArn } = shop.rehearsal.installation;
    const shipped = await shop.stepFunctions.send(new DescribeStateMachineCommand({ stateMachineArn }));
    const definition: Definition = JSON.parse(shipped.definition ?? "{}");
    change(definition);
    const { roleArn } = shipped;
    const other = await shop.stepFunctions.send(
      new CreateStateMachineCommand({ name: "other", definition: JSON.stringify(definition), roleArn }),
    );
    allowToDescribe(shop, `${other.stateMachineArn?.replace(":stateMachine:", ":execution:")}:*`);
    const input = {
      kind: "deploy",
      repository: "acme/shop",
      environment: "staging",
      ref: "refs/heads/main",
      sha: commits.good,
      requestedBy: { kind: "operator", name: "ops" },
      requestedAt: new Date(shop.clock.now()).toISOString(),
    };
    const { executionArn = "" } = await shop.stepFunctions.send(
      new StartExecutionCommand({
        stateMachineArn: other.stateMachineArn,
        name: "by-hand",
        input: JSON.stringify(input),
      }),
    );
    return { name: "by-hand", executionArn };
  }

  test.each<[what: string, status: string, change: (definition: Definition) => void]>([
    ["took too long", "TIMED_OUT", (definition) => (definition.TimeoutSeconds = 100)],
    [
      "died of its own definition",
      "FAILED",
      ({ States }) => (States["Wait for the rollout"] = { Type: "Wait", Seconds: "{% -1 %}", Next: "Check health" }),
    ],
    [
      "had a payload that is too large",
      "FAILED",
      ({ States }) =>
        (States["Wait for the rollout"] = {
          Type: "Pass",
          Output: "{% $join([1..300000].'x') %}",
          Next: "Check health",
        }),
    ],
  ])("because it %s is brought back", async (_, status, change) => {
    const shop = await openScenario();
    const release = await begin(shop, change);
    const execution = await shop.waitForEnd(release);
    expect(execution.status).toBe(status);
    expect(statesOf(execution)).toContain("Deploy services");
    await waitForRecovery(shop);

    const [recovery, failed] = await expectRecovered(shop);
    expect(recovery).toMatchObject({ kind: "rollback" });
    expect(failed).toMatchObject({ status: "failed", failure: { error: execution.error ?? "TIMED_OUT" } });
    expect(await shop.runningCommits()).toEqual(onEveryService(commits.first));
  });
});

test("what GitHub could not deliver is asked for again, with an App's credentials", async () => {
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
