import { describe, expect, test } from "vitest";
import { onEveryService, commits, openScenario, statesOf } from "./shop.fixture.ts";
import { expectRecovered, waitForRecovery } from "./recovery.fixture.ts";

const outage = (place: { function: string; service?: "ecs" | "dynamodb"; operation?: string }, minutes: number) =>
  ({ kind: "error500", ...place, strength: "outage", outageSeconds: minutes * 60 }) as const;
const crash = { kind: "crash" as const, afterSeconds: 4, exitCode: 1, log: [] };

describe("an outage of looking", () => {
  test.each([
    { what: "ECS", place: { function: "check-health", service: "ecs" } as const },
    { what: "the ledger", place: { function: "check-health", service: "dynamodb" } as const },
  ])("at $what for a quarter of an hour is no evidence against a release", async ({ place }) => {
    const shop = await openScenario({ faults: [outage(place, 15)] });
    const { release, execution } = await shop.release(commits.good);
    expect(execution.status).toBe("SUCCEEDED");
    expect(statesOf(execution)).toContain("Check health later");
    expect(statesOf(execution)).not.toContain("Roll back services");
    expect(await shop.record(release)).toMatchObject({ status: "succeeded" });
    expect(await shop.runningCommits()).toEqual(onEveryService(commits.good));
  });

  test("that outlasts the release's deadline takes it back", async () => {
    const shop = await openScenario({ faults: [outage({ function: "check-health", service: "ecs" }, 25)] });
    const { release, execution } = await shop.release(commits.good);
    expect(execution.status).toBe("FAILED");
    expect(await shop.record(release)).toMatchObject({
      status: "rolled-back",
      failure: { cause: expect.stringContaining("AWS_UNAVAILABLE") },
    });
    expect(await shop.runningCommits()).toEqual(onEveryService(commits.first));
  });

  test("on the way back is waited out like any other", async () => {
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
  { what: "the way back", place: { function: "rollback-service", service: "ecs" } as const, commit: commits.bad },
  { what: "the conclusion", place: { function: "finish-release" } as const, commit: commits.good },
])("an outage of five minutes at $what needs nobody", async ({ place, commit }) => {
  const shop = await openScenario({
    tasks: [{ service: "backend", commit: "b", fate: crash }],
    faults: [outage(place, 5)],
  });
  const { release } = await shop.release(commit);
  expect(await shop.record(release)).toMatchObject({ status: commit === commits.good ? "succeeded" : "rolled-back" });
  await waitForRecovery(shop);
  await expectRecovered(shop);
  expect(await shop.runningCommits()).toEqual(onEveryService(commit === commits.good ? commits.good : commits.first));
});
