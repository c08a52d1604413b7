import { BatchGetBuildsCommand, CodeBuildClient, ListBuildsCommand, type Build } from "@aws-sdk/client-codebuild";
import { pullRequestPayload } from "@lockmaster/rehearsal/deliveries/pull-request-payload.ts";
import { describe, expect, test } from "vitest";
import { onEveryService, commits, openScenario, reasonOf, statesOf, type Release, type Shop } from "./shop.fixture.ts";

const repository = "acme/shop";

type Change = { number?: number; action?: string; base?: string; fork?: string; changedAt?: Date };

/** Delivers an event of a pull request. */
function deliverChange(shop: Shop, sha: string, change: Change = {}) {
  const { number = 7, action = "synchronize", base = commits.first, fork = repository } = change;
  const { changedAt = new Date(shop.clock.now()) } = change;
  const common = { repository, branch: "a-change", author: "octocat" };
  const payload = pullRequestPayload({ ...common, number, action, sha, base, changedAt, fork });
  return shop.deliver("pull_request", payload);
}

async function startCheck(shop: Shop, sha: string, change?: Change): Promise<Release> {
  return shop.releaseOf(await deliverChange(shop, sha, change));
}

async function check(shop: Shop, sha: string, change?: Change) {
  const release = await startCheck(shop, sha, change);
  return { release, execution: await shop.waitForEnd(release) };
}

/** CodeBuild's builds as kind, image, commit and status, sorted. */
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

/** Waits until both builds of a check are running. */
async function waitForBuilds(shop: Shop, sha: string): Promise<void> {
  let running: string[] = [];
  for (let polls = 0; polls < 30 && running.length < 2; polls += 1) {
    const until = shop.clock.now() + 1000;
    await shop.clock.runUntil(() => shop.clock.now() >= until);
    running = (await builds(shop)).filter((build) => build.endsWith(`${sha.slice(0, 3)} IN_PROGRESS`));
  }
  expect(running).toHaveLength(2);
}

describe("a pull request", () => {
  test("runs the tests of its images, and pushes and deploys nothing", async () => {
    const shop = await openScenario();
    const { release, execution } = await check(shop, commits.good, { action: "opened" });
    expect(execution.status).toBe("SUCCEEDED");
    expect(statesOf(execution).slice(-2)).toEqual(["Finish check", "Check passed"]);
    expect(await builds(shop)).toEqual(["check backend aaa SUCCEEDED", "check frontend aaa SUCCEEDED"]);
    expect(isPushed(shop, commits.good)).toBe(false);
    expect(await shop.runningCommits()).toEqual(onEveryService(commits.first));
    expect(await shop.record(release)).toMatchObject({ kind: "check", environment: "checks", status: "succeeded" });
  });

  test("fails with the reason when its tests fail, and a Redrive runs them again", async () => {
    const log = ["FAIL cart.test.js", "1 of 120 failed"];
    const shop = await openScenario({
      builds: [{ image: "backend", times: 1, fails: { phase: "BUILD", message: "1 suite failed" }, log }],
    });
    const { release, execution } = await check(shop, commits.bad);
    expect(execution.status).toBe("FAILED");
    expect(reasonOf(execution)).toMatch(
      /BUILD_FAILED: .* of bbbbbbbbbbbb: .* with exit status 1: FAIL cart.test.js; 1 of 120 failed; 1 suite failed. Log: /,
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

  test("is published and recorded as failed, and as passed after a Redrive", async () => {
    const shop = await openScenario({
      builds: [{ image: "backend", times: 1, fails: { phase: "BUILD", message: "exit status 1" } }],
    });
    const published: string[] = [];
    shop.rehearsal.aws.onEvent(({ source, "detail-type": type }) => {
      if (source === "lockmaster") published.push(type);
    });
    const { release } = await check(shop, commits.bad);
    await shop.clock.advance(10 * 60_000);
    expect(published).toEqual(["Check Failed"]);
    expect((await shop.record(release)).status).toBe("failed");
    await shop.redrive(release);
    expect(published).toEqual(["Check Failed", "Check Passed"]);
    expect(await shop.record(release)).toMatchObject({ status: "succeeded" });
  });

  test("runs only the tests of the images that it changes", async () => {
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
    const since = { base: commits.better };
    expect((await check(shop, commits.good, since)).execution.status).toBe("SUCCEEDED");
    expect((await check(shop, commits.bad, since)).execution.status).toBe("SUCCEEDED");
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

  test("from a fork starts nothing, and stops nothing when it is closed", async () => {
    const shop = await openScenario();
    for (const action of ["opened", "synchronize", "reopened", "closed"]) {
      const answer = await deliverChange(shop, commits.bad, { action, fork: "mallory/shop" });
      expect(answer).toMatchObject({ status: 200, body: { reason: expect.stringContaining("another repository") } });
    }
    expect(await builds(shop)).toEqual([]);
  });

  test("is checked once when it is delivered twenty times at once", async () => {
    const shop = await openScenario();
    const changedAt = new Date(shop.clock.now());
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => deliverChange(shop, commits.good, { changedAt })),
    );
    const [release, ...others] = answers.map((answer) => shop.releaseOf(answer));
    if (release === undefined) throw new Error("The webhook started no check");
    expect(new Set(others.map(({ name }) => name))).toEqual(new Set([release.name]));
    expect((await shop.waitForEnd(release)).status).toBe("SUCCEEDED");
    expect(await builds(shop)).toHaveLength(2);
  });
});

describe("a newer push to a pull request", () => {
  test("stops the older check and its builds", async () => {
    const shop = await openScenario();
    const older = await startCheck(shop, commits.bad);
    await waitForBuilds(shop, commits.bad);
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

  test("does not stop a build that another pull request waits for", async () => {
    const shop = await openScenario();
    await startCheck(shop, commits.bad, { number: 7 });
    const other = await startCheck(shop, commits.bad, { number: 8 });
    await waitForBuilds(shop, commits.bad);
    await check(shop, commits.good, { number: 7 });
    expect((await shop.waitForEnd(other)).status).toBe("SUCCEEDED");
    expect(await builds(shop)).toEqual([
      "check backend aaa SUCCEEDED",
      "check backend bbb SUCCEEDED",
      "check frontend aaa SUCCEEDED",
      "check frontend bbb SUCCEEDED",
    ]);
  });

  test("supersedes the older push although its delivery arrives first", async () => {
    const shop = await openScenario();
    const earlier = new Date(shop.clock.now() - 60_000);
    const newer = await startCheck(shop, commits.good);
    await waitForBuilds(shop, commits.good);
    const older = await check(shop, commits.bad, { changedAt: earlier });
    expect(older.execution.status).toBe("FAILED");
    expect(reasonOf(older.execution)).toContain("RejectedError: CHECK_SUPERSEDED");
    expect(reasonOf(older.execution)).toContain(commits.good);
    expect((await shop.waitForEnd(newer)).status).toBe("SUCCEEDED");
    expect(await builds(shop)).toEqual(["check backend aaa SUCCEEDED", "check frontend aaa SUCCEEDED"]);
  });

  test("of the same commit continues its builds", async () => {
    const shop = await openScenario();
    const older = await startCheck(shop, commits.good);
    await waitForBuilds(shop, commits.good);
    const { execution } = await check(shop, commits.good, { action: "reopened" });
    expect(execution.status).toBe("SUCCEEDED");
    expect(shop.execution(older).status).toBe("ABORTED");
    expect(await builds(shop)).toEqual(["check backend aaa SUCCEEDED", "check frontend aaa SUCCEEDED"]);
  });

  test("stops the older check, which an operator can redrive", async () => {
    const shop = await openScenario();
    const older = await startCheck(shop, commits.bad);
    await waitForBuilds(shop, commits.bad);
    await check(shop, commits.good);
    expect((await shop.redrive(older)).status).toBe("SUCCEEDED");
  });
});

describe("a closed pull request", () => {
  test("has its check stopped, and is not checked for an older push whose delivery arrives late", async () => {
    const shop = await openScenario();
    const pushedAt = new Date(shop.clock.now());
    const release = await startCheck(shop, commits.good, { changedAt: pushedAt });
    await waitForBuilds(shop, commits.good);
    const answer = await deliverChange(shop, commits.good, { action: "closed" });
    expect(answer).toMatchObject({ status: 200, body: { reason: expect.stringContaining("closed") } });
    expect(shop.execution(release)).toMatchObject({ status: "ABORTED", error: "CheckSuperseded" });
    expect(await builds(shop)).toEqual(["check backend aaa STOPPED", "check frontend aaa STOPPED"]);
    const late = await check(shop, commits.bad, { changedAt: pushedAt });
    expect(reasonOf(late.execution)).toContain("CHECK_SUPERSEDED: refs/pull/7/head was closed");
    const reopened = await check(shop, commits.good, { action: "reopened" });
    expect(reopened.execution.status).toBe("SUCCEEDED");
  });

  test("is built again for the release of its merge: releases do not use images of checks", async () => {
    const shop = await openScenario();
    await check(shop, commits.good);
    await deliverChange(shop, commits.good, { action: "closed" });
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
