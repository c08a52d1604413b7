import { expect, test } from "vitest";
import { commits, openScenario, reasonOf, statesOf } from "./shop.fixture.ts";

/** A release that rolls back: it invokes every function, most of them several times. */
async function releaseWith(instances: "reused" | "fresh") {
  const fate = { kind: "crash" as const, afterSeconds: 4, exitCode: 1, log: [] };
  const shop = await openScenario({ instances, tasks: [{ service: "backend", commit: "b", fate }] });
  const { execution } = await shop.release(commits.bad);
  return {
    status: execution.status,
    // The number of times that a state is entered depends on durations.
    states: new Set(statesOf(execution)),
    reason: reasonOf(execution).split(":")[0],
    running: await shop.runningCommits(),
  };
}

test("a release has the same outcome whether its functions reuse instances or start cold", async () => {
  const [reused, fresh] = [await releaseWith("reused"), await releaseWith("fresh")];
  expect(reused).toMatchObject({ status: "FAILED", reason: "RolloutFailedError" });
  expect(fresh).toEqual(reused);
});
