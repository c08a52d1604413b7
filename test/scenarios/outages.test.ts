import { describe, expect, test } from "vitest";
import { onEveryService, commits, openScenario, statesOf } from "./shop.fixture.ts";
import { expectRecovered, waitForRecovery } from "./recovery.fixture.ts";

const outage = (where: { function: string; service?: "ecs" | "dynamodb"; operation?: string }, minutes: number) =>
  ({ kind: "error500", ...where, strength: "outage", outageSeconds: minutes * 60 }) as const;
const crash = { kind: "crash" as const, afterSeconds: 4, exitCode: 1, log: [] };

describe("an outage while health is checked", () => {
  test.each([
    { what: "ECS", where: { function: "check-health", service: "ecs" } as const },
    { what: "the ledger", where: { function: "check-health", service: "dynamodb" } as const },
  ])("of $what for a quarter of an hour does not roll the release back", async ({ where }) => {
    const shop = await openScenario({ faults: [outage(where, 15)] });
    const { release, execution } = await shop.release(commits.good);
    expect(execution.status).toBe("SUCCEEDED");
    expect(statesOf(execution)).toContain("Check health later");
    expect(statesOf(execution)).not.toContain("Roll back services");
    expect(await shop.record(release)).toMatchObject({ status: "succeeded" });
    expect(await shop.runningCommits()).toEqual(onEveryService(commits.good));
  });

  test("that outlasts the release's deadline rolls it back", async () => {
    const shop = await openScenario({ faults: [outage({ function: "check-health", service: "ecs" }, 25)] });
    const { release, execution } = await shop.release(commits.good);
    expect(execution.status).toBe("FAILED");
    expect(await shop.record(release)).toMatchObject({
      status: "rolled-back",
      failure: { cause: expect.stringContaining("AWS_UNAVAILABLE") },
    });
    expect(await shop.runningCommits()).toEqual(onEveryService(commits.first));
  });

  test("delays a rollback, which then succeeds", async () => {
    const shop = await openScenario({
      tasks: [{ service: "backend", commit: "b", fate: crash }],
      faults: [{ ...outage({ function: "check-health", service: "ecs" }, 8), occurrence: 12 }],
    });
    const { release } = await shop.release(commits.bad);
    expect(await shop.record(release)).toMatchObject({ status: "rolled-back" });
    expect(await shop.runningCommits()).toEqual(onEveryService(commits.first));
  });
});

test.each([
  { what: "the rollback", where: { function: "rollback-service", service: "ecs" } as const, commit: commits.bad },
  { what: "the finish", where: { function: "finish-release" } as const, commit: commits.good },
])("an outage of five minutes during $what needs no operator", async ({ where, commit }) => {
  const shop = await openScenario({
    tasks: [{ service: "backend", commit: "b", fate: crash }],
    faults: [outage(where, 5)],
  });
  const { release } = await shop.release(commit);
  expect(await shop.record(release)).toMatchObject({ status: commit === commits.good ? "succeeded" : "rolled-back" });
  await waitForRecovery(shop);
  await expectRecovered(shop);
  expect(await shop.runningCommits()).toEqual(onEveryService(commit === commits.good ? commits.good : commits.first));
});
