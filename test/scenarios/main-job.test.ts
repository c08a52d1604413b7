import { describe, expect, test } from "vitest";
import { onEveryService, commits, openScenario, reasonOf, statesOf } from "./shop.fixture.ts";

const crash = {
  kind: "crash",
  afterSeconds: 4,
  exitCode: 1,
  log: ["backend starting", "Error: DATABASE_URL is not set"],
} as const;

describe("a push to the branch that an environment follows", () => {
  test("builds each image once, deploys all services and is recorded", async () => {
    const shop = await openScenario();
    const { release, execution } = await shop.release(commits.good);
    expect(execution.status).toBe("SUCCEEDED");
    expect(await shop.runningCommits()).toEqual(onEveryService(commits.good));
    expect(await shop.builds()).toEqual(["backend aaaaaaa", "frontend aaaaaaa"]);
    const record = await shop.record(release);
    expect(record).toMatchObject({ status: "succeeded", sha: commits.good });
    expect(record.services?.["worker"]?.["worker"]).toBe(record.services?.["backend"]?.["api"]);
    expect(record.services?.["backend"]?.["api"]).toBe(record.images?.["backend"]);
  });

  test("goes back with all services when the container of one crashes, and tells its last words", async () => {
    const shop = await openScenario({
      tasks: [{ service: "backend", commit: "b", fate: { ...crash, log: [...crash.log] } }],
    });
    const { release, execution } = await shop.release(commits.bad);
    expect(execution.status).toBe("FAILED");
    expect(statesOf(execution).at(-1)).toBe("Finish failed release");
    expect(reasonOf(execution)).toContain("CONTAINER_EXITED");
    expect(reasonOf(execution)).toContain("Error: DATABASE_URL is not set");
    expect(await shop.runningCommits()).toEqual(onEveryService(commits.first));
    const record = await shop.record(release);
    expect(record.status).toBe("rolled-back");
    expect(record.evidence).toEqual([
      expect.objectContaining({
        service: "backend",
        code: "CONTAINER_EXITED",
        stopCode: "EssentialContainerExited",
        stoppedReason: "Essential container in task exited",
        container: "api",
        exitCode: 1,
        logLines: ["backend starting", "Error: DATABASE_URL is not set"],
      }),
    ]);
  });

  test("reports a crash within a minute of the second one", async () => {
    const shop = await openScenario({
      tasks: [{ service: "backend", commit: "b", fate: { ...crash, log: [...crash.log] } }],
    });
    const release = await shop.startRelease(commits.bad);
    await shop.waitForState(release, "Check health");
    const stopped: number[] = [];
    shop.rehearsal.aws.onEvent((event) => {
      const { detail } = event;
      if (
        event["detail-type"] === "ECS Task State Change" &&
        detail["stopCode"] === "EssentialContainerExited" &&
        detail["lastStatus"] === "STOPPED"
      )
        stopped.push(shop.clock.now());
    });
    await shop.waitForState(release, "Roll back services");
    expect(stopped.length).toBeGreaterThanOrEqual(2);
    expect(shop.clock.now() - (stopped[1] ?? 0)).toBeLessThanOrEqual(60_000);
  });

  test("changes nothing when a build fails, and says why; Redrive builds what is missing", async () => {
    const shop = await openScenario({
      builds: [{ image: "backend", times: 1, fails: { phase: "BUILD", message: "tests failed: 3 of 120" } }],
    });
    const { release, execution } = await shop.release(commits.good);
    expect(execution.status).toBe("FAILED");
    expect(reasonOf(execution)).toContain("BUILD_FAILED");
    expect(reasonOf(execution)).toContain("tests failed: 3 of 120");
    expect(await shop.runningCommits()).toEqual(onEveryService(commits.first));
    expect((await shop.redrive(release)).status).toBe("SUCCEEDED");
    expect(await shop.builds()).toEqual(["backend aaaaaaa", "backend aaaaaaa", "frontend aaaaaaa"]);
  });

  test("goes on when CodeBuild's event is lost", async () => {
    const shop = await openScenario({
      events: [{ source: "aws.codebuild", detailType: "CodeBuild Build State Change", happens: "lost" }],
    });
    const { execution } = await shop.release(commits.good);
    expect(execution.status).toBe("SUCCEEDED");
    expect(await shop.builds()).toHaveLength(2);
  });

  test("goes on when every event comes twice, the second one late", async () => {
    const shop = await openScenario({
      events: [
        { source: "aws.codebuild", detailType: "CodeBuild Build State Change", happens: "doubled", delaySeconds: 40 },
      ],
    });
    expect((await shop.release(commits.good)).execution.status).toBe("SUCCEEDED");
  });

  test("goes on when a build ends before anybody could write down that it began", async () => {
    const shop = await openScenario({ builds: [{ queuedSeconds: 0, seconds: 0 }] });
    const { execution } = await shop.release(commits.good);
    expect(execution.status).toBe("SUCCEEDED");
    expect(await shop.builds()).toHaveLength(2);
  });

  test("starts one execution for the same delivery a hundred times at once", async () => {
    const shop = await openScenario();
    const answers = await Promise.all(Array.from({ length: 100 }, () => shop.push(commits.good)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202]));
    const releases = answers.map((answer) => shop.releaseOf(answer));
    expect(new Set(releases.map(({ name }) => name)).size).toBe(1);
    for (const release of releases.slice(0, 1)) expect((await shop.waitForEnd(release)).status).toBe("SUCCEEDED");
    expect(await shop.builds()).toHaveLength(2);
  });

  test("reuses what was built for the commit before", async () => {
    const shop = await openScenario();
    await shop.release(commits.good);
    const { execution } = await shop.release(commits.good);
    expect(execution.status).toBe("SUCCEEDED");
    expect(await shop.builds()).toEqual(["backend aaaaaaa", "frontend aaaaaaa"]);
  });
});
