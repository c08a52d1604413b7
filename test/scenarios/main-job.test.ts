import { describe, expect, test } from "vitest";
import { onEveryService, commits, openScenario, reasonOf, statesOf } from "./shop.fixture.ts";

const crash = {
  kind: "crash",
  afterSeconds: 4,
  exitCode: 1,
  log: ["backend starting", "Error: DATABASE_URL is not set"],
} as const;

describe("a push to the branch that an environment follows", () => {
  test("builds each image once, deploys all services, and is recorded", async () => {
    const shop = await openScenario();
    const { release, execution } = await shop.release(commits.good);
    expect(execution.status).toBe("SUCCEEDED");
    // Every call was answered: the release waits for none that could take effect later.
    expect(statesOf(execution)).not.toContain("Wait for repeated calls");
    expect(await shop.runningCommits()).toEqual(onEveryService(commits.good));
    expect(await shop.builds()).toEqual(["backend aaaaaaa", "frontend aaaaaaa"]);
    const record = await shop.record(release);
    expect(record).toMatchObject({ status: "succeeded", sha: commits.good });
    expect(record.services?.["worker"]?.["worker"]).toBe(record.services?.["backend"]?.["api"]);
    expect(record.services?.["backend"]?.["api"]).toBe(record.images?.["backend"]);

    const { execution: again } = await shop.release(commits.good);
    expect(again.status).toBe("SUCCEEDED");
    expect(await shop.builds()).toHaveLength(2);
  });

  test("starts nothing for [skip deploy] in the title of its head commit, and a release for one in a squash's body", async () => {
    const shop = await openScenario();
    const skipped = await shop.push(commits.good, { message: "Fix a typo [skip deploy]" });
    expect(JSON.stringify(skipped.body)).toContain("[skip deploy]");
    expect(await shop.builds()).toEqual([]);
    const squash = await shop.push(commits.better, {
      message: "Checkout (#12)\n\n* Draft [skip deploy]\n\n* Finish it",
    });
    expect((await shop.waitForEnd(shop.releaseOf(squash))).status).toBe("SUCCEEDED");
    expect(await shop.runningCommits()).toEqual(onEveryService(commits.better));
  });

  test("rolls back all services within a minute of the second crash of a container, and names its last log lines", async () => {
    const shop = await openScenario({
      tasks: [{ service: "backend", commit: "b", fate: { ...crash, log: [...crash.log] } }],
    });
    const crashedAt: number[] = [];
    shop.rehearsal.aws.onEvent(({ "detail-type": type, detail }) => {
      const { stopCode, lastStatus } = detail;
      if (type === "ECS Task State Change" && stopCode === "EssentialContainerExited" && lastStatus === "STOPPED")
        crashedAt.push(shop.clock.now());
    });
    const release = await shop.startRelease(commits.bad);
    await shop.waitForState(release, "Roll back services");
    expect(crashedAt.length).toBeGreaterThanOrEqual(2);
    expect(shop.clock.now() - (crashedAt[1] ?? 0)).toBeLessThanOrEqual(60_000);

    const execution = await shop.waitForEnd(release);
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

  test("changes nothing when a build fails, and names the reason; a Redrive builds the missing image", async () => {
    const shop = await openScenario({
      builds: [{ image: "backend", times: 1, fails: { phase: "BUILD", message: "tests failed: 3 of 120" } }],
    });
    const { release, execution } = await shop.release(commits.good);
    expect(execution.status).toBe("FAILED");
    expect(reasonOf(execution)).toContain("BUILD_FAILED");
    expect(reasonOf(execution)).toContain("in phase BUILD with exit status 1: tests failed: 3 of 120");
    expect(await shop.runningCommits()).toEqual(onEveryService(commits.first));
    expect((await shop.redrive(release)).status).toBe("SUCCEEDED");
    expect(await shop.builds()).toEqual(["backend aaaaaaa", "backend aaaaaaa", "frontend aaaaaaa"]);
  });

  test("continues within nine minutes when CodeBuild's event is lost", async () => {
    const shop = await openScenario({
      events: [{ source: "aws.codebuild", detailType: "CodeBuild Build State Change", happens: "lost" }],
    });
    const { execution } = await shop.release(commits.good);
    expect(execution.status).toBe("SUCCEEDED");
    expect((execution.stoppedAt ?? 0) - execution.startedAt).toBeLessThan(9 * 60_000);
    expect(await shop.builds()).toHaveLength(2);
  });

  test("continues when every event comes twice, the second one late", async () => {
    const shop = await openScenario({
      events: [
        { source: "aws.codebuild", detailType: "CodeBuild Build State Change", happens: "doubled", delaySeconds: 40 },
      ],
    });
    expect((await shop.release(commits.good)).execution.status).toBe("SUCCEEDED");
  });

  test("continues when a build ends before its start is recorded", async () => {
    const shop = await openScenario({ builds: [{ queuedSeconds: 0, seconds: 0 }] });
    const { execution } = await shop.release(commits.good);
    expect(execution.status).toBe("SUCCEEDED");
    expect(await shop.builds()).toHaveLength(2);
  });

  test("starts one execution when it is delivered thirty times at once", async () => {
    const shop = await openScenario();
    const answers = await Promise.all(Array.from({ length: 30 }, () => shop.push(commits.good)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202]));
    const [release, ...others] = answers.map((answer) => shop.releaseOf(answer));
    if (release === undefined) throw new Error("The webhook started no release");
    expect(new Set(others.map(({ name }) => name))).toEqual(new Set([release.name]));
    expect((await shop.waitForEnd(release)).status).toBe("SUCCEEDED");
    expect(await shop.builds()).toHaveLength(2);
  });
});
