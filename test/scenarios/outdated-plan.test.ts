import type { ScenarioInput } from "@lockmaster/local-aws";
import { describe, expect, test } from "vitest";
import { onEveryService, commits, openScenario, statesOf, type Release, type Shop } from "./shop.fixture.ts";
import { expectRecovered, waitForRecovery } from "./recovery.fixture.ts";

const { first, good, better } = commits;
const repository = "acme/shop";
const token = "github_pat_11AAAAAAA0example";
const last = "d".repeat(40);

/** `better` changes the backend, and `last` the frontend. */
const github = (parent: string): ScenarioInput["github"] => ({
  tokens: [{ token, repositories: [repository] }],
  commits: [
    { repository, sha: first, files: ["backend/main.go"] },
    { repository, sha: good, parent: first, files: ["backend/main.go", "frontend/index.html"] },
    { repository, sha: better, parent: good, files: ["backend/main.go"] },
    { repository, sha: last, parent, files: ["frontend/a.ts"] },
  ],
});
const githubCredentials = JSON.stringify({ token });
/** Long enough for another release to be planned before this one changes anything. */
const slowSnapshot: ScenarioInput["faults"] = [
  {
    kind: "throttle",
    function: "snapshot-services",
    service: "ecs",
    operation: "DescribeServices",
    occurrence: 2,
    strength: "outage",
    outageSeconds: 30,
  },
];
const crash = { kind: "crash" as const, afterSeconds: 3, exitCode: 1, log: [] };

const plans = (shop: Shop, release: Release): number =>
  statesOf(shop.execution(release)).filter((state) => state === "Plan").length;

describe("a release that was planned before another release ended", () => {
  test("is planned again when the other release changed what it was planned for", async () => {
    const shop = await openScenario({ github: github(good), faults: slowSnapshot }, { githubCredentials });
    await shop.release(good);
    const one = await shop.startRelease(better);
    await shop.waitForState(one, "Snapshot services");
    // Its commit does not contain `better`: in its plan the backend keeps the image of `good`.
    const other = await shop.startRelease(last);
    await shop.waitForState(other, "Acquire lock");
    expect((await shop.waitForEnd(one)).status).toBe("SUCCEEDED");
    expect((await shop.waitForEnd(other)).status).toBe("SUCCEEDED");

    expect(plans(shop, other)).toBe(2);
    expect(await shop.runningCommits()).toEqual(onEveryService(last));
    const { services, builtFrom, outdated } = await shop.record(other);
    expect(builtFrom).toEqual({ frontend: last, backend: last });
    expect(services?.["backend"]).not.toEqual((await shop.record(one)).services?.["backend"]);
    expect(outdated).toBeUndefined();
    await waitForRecovery(shop);
    await expectRecovered(shop);
  });

  test("continues as planned when the other release was rolled back", async () => {
    const shop = await openScenario(
      {
        github: github(good),
        faults: slowSnapshot,
        tasks: [{ service: "backend", commit: "c", fate: crash }],
      },
      { githubCredentials },
    );
    await shop.release(good);
    const one = await shop.startRelease(better);
    await shop.waitForState(one, "Snapshot services");
    const other = await shop.startRelease(last);
    expect((await shop.waitForEnd(one)).status).toBe("FAILED");
    expect((await shop.waitForEnd(other)).status).toBe("SUCCEEDED");

    expect(plans(shop, other)).toBe(1);
    expect(await shop.runningCommits()).toEqual({ frontend: [last], backend: [good], worker: [good] });
  });

  test("is superseded when it is redriven after a manual rollback, whatever time that claims", async () => {
    const shop = await openScenario(
      {
        github: github(better),
        tasks: [{ service: "frontend", commit: "d", times: 2, fate: crash }],
      },
      { githubCredentials },
    );
    await shop.release(good);
    await shop.release(better);
    const { release, execution } = await shop.release(last);
    expect(execution.status).toBe("FAILED");
    // The backend has the image of `better`; an operator rolls back to `good`.
    const back = await shop.startExecution("back", {
      kind: "rollback",
      repository,
      environment: "staging",
      to: "previous",
      requestedBy: { kind: "operator", name: "ops" },
      requestedAt: new Date(Date.parse((await shop.record(release)).requestedAt) - 1000).toISOString(),
    });
    expect((await shop.waitForEnd(back)).status).toBe("SUCCEEDED");
    expect(await shop.runningCommits()).toEqual(onEveryService(good));

    expect((await shop.redrive(release)).status).toBe("SUCCEEDED");
    expect(await shop.record(release)).toMatchObject({ status: "superseded", supersededBy: "back" });
    expect(await shop.runningCommits()).toEqual(onEveryService(good));
  });
});
