import { BatchGetBuildsCommand, CodeBuildClient, ListBuildsCommand, type Build } from "@aws-sdk/client-codebuild";
import { pullRequestPayload } from "@lockmaster/rehearsal/deliveries/pull-request-payload.ts";
import { describe, expect, test } from "vitest";
import { onEveryService, commits, openScenario, reasonOf, statesOf, type Release, type Shop } from "./shop.fixture.ts";

const repository = "acme/shop";

type Change = { number?: number; action?: string; base?: string; fork?: string; changedAt?: Date };

/** Posts what happens to a pull request. */
function post(shop: Shop, sha: string, change: Change = {}) {
  const { number = 7, action = "synchronize", base = commits.first, fork = repository } = change;
  const { changedAt = new Date(shop.clock.now()) } = change;
  const common = { repository, branch: "a-change", author: "octocat" };
  const payload = pullRequestPayload({ ...common, number, action, sha, base, changedAt, fork });
  return shop.deliver("pull_request", payload);
}

async function begin(shop: Shop, sha: string, change?: Change): Promise<Release> {
  return shop.releaseOf(await post(shop, sha, change));
}

async function check(shop: Shop, sha: string, change?: Change) {
  const release = await begin(shop, sha, change);
  return { release, execution: await shop.waitForEnd(release) };
}

/** What CodeBuild did, oldest first: whether it was a check, image and status. */
async function builds(shop: Shop): Promise<string[]> {
  const codebuild = new CodeBuildClient(shop.rehearsal.aws.clientConfig());
  const { ids = [] } = await codebuild.send(new ListBuildsCommand({ sortOrder: "ASCENDING" }));
  const found = ids.length === 0 ? [] : ((await codebuild.send(new BatchGetBuildsCommand({ ids }))).builds ?? []);
  codebuild.destroy();
  return found.map(describeBuild).toSorted();
}

function describeBuild({ projectName, buildStatus, sourceVersion, environment }: Build): string {
  const image = environment?.environmentVariables?.find(({ name }) => name === "LOCKMASTER_IMAGE")?.value;
  const kind = projectName?.startsWith("lockmaster-check-") === true ? "check" : "release";
  return `${kind} ${image} ${sourceVersion?.slice(0, 3)} ${buildStatus}`;
}

const isPushed = (shop: Shop, sha: string): boolean =>
  shop.rehearsal.aws.images.find("shop/backend", sha) !== undefined;

/** Waits until both builds of a check are under way. */
async function untilBuilding(shop: Shop, sha: string): Promise<void> {
  let running: string[] = [];
  for (let polls = 0; polls < 30 && running.length < 2; polls += 1) {
    const until = shop.clock.now() + 1000;
    await shop.clock.runUntil(() => shop.clock.now() >= until);
    running = (await builds(shop)).filter((build) => build.endsWith(`${sha.slice(0, 3)} IN_PROGRESS`));
  }
  expect(running).toHaveLength(2);
}

describe("a pull request", () => {
  test("has the tests of its images run, and nothing pushed or deployed", async () => {
    const shop = await openScenario();
    const { release, execution } = await check(shop, commits.good, { action: "opened" });
    expect(execution.status).toBe("SUCCEEDED");
    expect(statesOf(execution).slice(-2)).toEqual(["Finish check", "Check passed"]);
    expect(await builds(shop)).toEqual(["check backend aaa SUCCEEDED", "check frontend aaa SUCCEEDED"]);
    expect(isPushed(shop, commits.good)).toBe(false);
    expect(await shop.runningCommits()).toEqual(onEveryService(commits.first));
    expect(await shop.record(release)).toMatchObject({ kind: "check", environment: "checks", status: "succeeded" });
  });

  test("fails with the reason when its tests do, and a Redrive runs them again", async () => {
    const log = ["FAIL cart.test.js", "1 of 120 failed"];
    const shop = await openScenario({
      builds: [{ image: "backend", times: 1, fails: { phase: "BUILD", message: "exit status 1" }, log }],
    });
    const { release, execution } = await check(shop, commits.bad);
    expect(execution.status).toBe("FAILED");
    expect(reasonOf(execution)).toMatch(
      /BUILD_FAILED: attempt 1 to build image backend of bbbbbbbbbbbb: .*exit status 1.* Log: /,
    );
    expect((await shop.record(release)).status).toBe("open");
    expect((await shop.redrive(release)).status).toBe("SUCCEEDED");
    expect((await shop.record(release)).status).toBe("succeeded");
    expect(await builds(shop)).toEqual([
      "check backend bbb FAILED",
      "check backend bbb SUCCEEDED",
      "check frontend bbb SUCCEEDED",
    ]);
  });

  test("is told of as it is recorded: that it failed, and that a Redrive mended it", async () => {
    const shop = await openScenario({
      builds: [{ image: "backend", times: 1, fails: { phase: "BUILD", message: "exit status 1" } }],
    });
    const told: string[] = [];
    shop.rehearsal.aws.onEvent(({ source, "detail-type": type }) => {
      if (source === "lockmaster") told.push(type);
    });
    const { release } = await check(shop, commits.bad);
    await shop.clock.advance(10 * 60_000);
    expect(told).toEqual(["Check Failed"]);
    expect((await shop.record(release)).status).toBe("failed");
    await shop.redrive(release);
    expect(told).toEqual(["Check Failed", "Check Passed"]);
    expect(await shop.record(release)).toMatchObject({ status: "succeeded" });
  });

  test("has only the tests of images run that it changes, since it left its branch", async () => {
    const token = "github_pat_11AAAAAAA0example";
    const changed = (sha: string, files: string[]) => ({ repository, sha, parent: commits.first, files });
    const shop = await openScenario(
      {
        github: {
          tokens: [{ token, repositories: [repository] }],
          commits: [
            { repository, sha: commits.first, files: ["backend/main.go", "frontend/index.html"] },
            changed(commits.better, ["frontend/index.html"]),
            changed(commits.good, ["backend/main.go"]),
            changed(commits.bad, ["README.md"]),
          ],
        },
      },
      { githubCredentials: JSON.stringify({ token }) },
    );
    const onwards = { base: commits.better };
    expect((await check(shop, commits.good, onwards)).execution.status).toBe("SUCCEEDED");
    expect((await check(shop, commits.bad, onwards)).execution.status).toBe("SUCCEEDED");
    expect(await builds(shop)).toEqual(["check backend aaa SUCCEEDED"]);
  });

  test("passes at once when no image has tests", async () => {
    const shop = await openScenario(
      {},
      {
        configure: (configuration) => {
          for (const { images } of Object.values(configuration.repositories))
            for (const image of Object.values(images)) delete image.testTarget;
          return configuration;
        },
      },
    );
    const { execution } = await check(shop, commits.good);
    expect(execution.status).toBe("SUCCEEDED");
    expect(await builds(shop)).toEqual([]);
  });

  test("from a fork starts nothing, and its closing stops nothing", async () => {
    const shop = await openScenario();
    for (const action of ["opened", "synchronize", "reopened", "closed"]) {
      const answer = await post(shop, commits.bad, { action, fork: "mallory/shop" });
      expect(answer).toMatchObject({ status: 200, body: { reason: expect.stringContaining("another repository") } });
    }
    expect(await builds(shop)).toEqual([]);
  });

  test("delivered twenty times at once is checked once", async () => {
    const shop = await openScenario();
    const changedAt = new Date(shop.clock.now());
    const answers = await Promise.all(Array.from({ length: 20 }, () => post(shop, commits.good, { changedAt })));
    const [release, ...others] = answers.map((answer) => shop.releaseOf(answer));
    if (release === undefined) throw new Error("Nothing was started");
    expect(new Set(others.map(({ name }) => name))).toEqual(new Set([release.name]));
    expect((await shop.waitForEnd(release)).status).toBe("SUCCEEDED");
    expect(await builds(shop)).toHaveLength(2);
  });
});

describe("a newer push to a pull request", () => {
  test("stops the older check and its builds", async () => {
    const shop = await openScenario();
    const older = await begin(shop, commits.bad);
    await untilBuilding(shop, commits.bad);
    const { execution } = await check(shop, commits.good);
    expect(execution.status).toBe("SUCCEEDED");
    expect(shop.execution(older)).toMatchObject({
      status: "ABORTED",
      error: "CheckSuperseded",
      cause: expect.stringContaining(commits.good),
    });
    expect(await builds(shop)).toEqual([
      "check backend aaa SUCCEEDED",
      "check backend bbb STOPPED",
      "check frontend aaa SUCCEEDED",
      "check frontend bbb STOPPED",
    ]);
  });

  test("lets a build run that another pull request waits for", async () => {
    const shop = await openScenario();
    await begin(shop, commits.bad, { number: 7 });
    const other = await begin(shop, commits.bad, { number: 8 });
    await untilBuilding(shop, commits.bad);
    await check(shop, commits.good, { number: 7 });
    expect((await shop.waitForEnd(other)).status).toBe("SUCCEEDED");
    expect(await builds(shop)).toEqual([
      "check backend aaa SUCCEEDED",
      "check backend bbb SUCCEEDED",
      "check frontend aaa SUCCEEDED",
      "check frontend bbb SUCCEEDED",
    ]);
  });

  test("that comes before the older one's delivery counts all the same", async () => {
    const shop = await openScenario();
    const earlier = new Date(shop.clock.now() - 60_000);
    const newer = await begin(shop, commits.good);
    await untilBuilding(shop, commits.good);
    const older = await check(shop, commits.bad, { changedAt: earlier });
    expect(older.execution.status).toBe("FAILED");
    expect(reasonOf(older.execution)).toContain("RejectedError: CHECK_SUPERSEDED");
    expect(reasonOf(older.execution)).toContain(commits.good);
    expect((await shop.waitForEnd(newer)).status).toBe("SUCCEEDED");
    expect(await builds(shop)).toEqual(["check backend aaa SUCCEEDED", "check frontend aaa SUCCEEDED"]);
  });

  test("of the same commit takes over its builds", async () => {
    const shop = await openScenario();
    const older = await begin(shop, commits.good);
    await untilBuilding(shop, commits.good);
    const { execution } = await check(shop, commits.good, { action: "reopened" });
    expect(execution.status).toBe("SUCCEEDED");
    expect(shop.execution(older).status).toBe("ABORTED");
    expect(await builds(shop)).toEqual(["check backend aaa SUCCEEDED", "check frontend aaa SUCCEEDED"]);
  });

  test("with its check stopped can be redriven by an operator", async () => {
    const shop = await openScenario();
    const older = await begin(shop, commits.bad);
    await untilBuilding(shop, commits.bad);
    await check(shop, commits.good);
    expect((await shop.redrive(older)).status).toBe("SUCCEEDED");
  });
});

describe("a closed pull request", () => {
  test("has its check stopped, and is not checked for an older push that comes late", async () => {
    const shop = await openScenario();
    const pushedAt = new Date(shop.clock.now());
    const release = await begin(shop, commits.good, { changedAt: pushedAt });
    await untilBuilding(shop, commits.good);
    const answer = await post(shop, commits.good, { action: "closed" });
    expect(answer).toMatchObject({ status: 200, body: { reason: expect.stringContaining("closed") } });
    expect(shop.execution(release)).toMatchObject({ status: "ABORTED", error: "CheckSuperseded" });
    expect(await builds(shop)).toEqual(["check backend aaa STOPPED", "check frontend aaa STOPPED"]);
    const late = await check(shop, commits.bad, { changedAt: pushedAt });
    expect(reasonOf(late.execution)).toContain("CHECK_SUPERSEDED: refs/pull/7/head was closed");
    const reopened = await check(shop, commits.good, { action: "reopened" });
    expect(reopened.execution.status).toBe("SUCCEEDED");
  });

  test("is built again for the release that its merge brings: what a check built is not trusted", async () => {
    const shop = await openScenario();
    await check(shop, commits.good);
    await post(shop, commits.good, { action: "closed" });
    const { execution } = await shop.release(commits.good);
    expect(execution.status).toBe("SUCCEEDED");
    expect(await builds(shop)).toEqual([
      "check backend aaa SUCCEEDED",
      "check frontend aaa SUCCEEDED",
      "release backend aaa SUCCEEDED",
      "release frontend aaa SUCCEEDED",
    ]);
    expect(await shop.runningCommits()).toEqual(onEveryService(commits.good));
  });
});
