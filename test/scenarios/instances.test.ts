import { expect, test } from "vitest";
import { commits, openScenario, reasonOf, statesOf } from "./shop.fixture.ts";

/** Two releases, one after the other: the second finds the instances of the first, unless all starts are cold. */
async function twoReleases(instances: "reused" | "fresh") {
  const crash = { kind: "crash" as const, afterSeconds: 4, exitCode: 1, log: [] };
  const shop = await openScenario({ instances, tasks: [{ service: "backend", commit: commits.bad, fate: crash }] });
  const good = await shop.release(commits.good);
  const bad = await shop.release(commits.bad);
  return {
    seen: [good, bad].map(({ execution }) => ({
      status: execution.status,
      // How often each is entered is a matter of time.
      states: new Set(statesOf(execution)),
      reason: reasonOf(execution).split(":")[0],
    })),
    runs: await shop.runningCommits(),
  };
}

test("releases go the same whether functions find an instance or start cold", async () => {
  const [reused, fresh] = [await twoReleases("reused"), await twoReleases("fresh")];
  expect(reused.seen).toMatchObject([{ status: "SUCCEEDED" }, { status: "FAILED" }]);
  expect(reused.seen).toEqual(fresh.seen);
  expect(reused.runs).toEqual(fresh.runs);
});
