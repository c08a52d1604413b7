import { deliver } from "@lockmaster/rehearsal/deliveries/deliver.ts";
import { idOf, pushPayload } from "@lockmaster/rehearsal/deliveries/push-payload.ts";
import type { EnvironmentConfiguration } from "@lockmaster/core/config/schema.ts";
import type { ScenarioInput } from "@lockmaster/local-aws";
import { describe, expect, test } from "vitest";
import { commits, onEveryService, openScenario, reasonOf, statesOf, type Shop } from "./shop.fixture.ts";

const repository = "acme/shop";
const { first, good, bad } = commits;
const token = "github_pat_11AAAAAAA0example";
const githubCredentials = JSON.stringify({ token });
const tokens = [{ token, repositories: [repository] }];
/** A history in which `bad` is on no branch. */
const history = [
  { repository, sha: first, files: ["backend/main.go"] },
  { repository, sha: good, parent: first, files: ["backend/main.go"] },
  { repository, sha: bad, parent: first, files: ["backend/main.go"] },
];

type Environment = "staging" | "production";

/** Changes an environment of the demonstration shop. */
const changing = (name: Environment, change: (environment: EnvironmentConfiguration) => void) => ({
  configure: (
    configuration: Parameters<NonNullable<NonNullable<Parameters<typeof openScenario>[1]>["configure"]>>[0],
  ) => {
    const environment = configuration.repositories[repository]?.environments[name];
    if (environment !== undefined) change(environment);
    return configuration;
  },
});

/** Starts an execution by hand, in the name of a person who did not ask for it. */
const startByHand = (shop: Shop, name: string, ref: string, sha: string, environment: Environment = "staging") =>
  shop.startExecution(name, {
    kind: ref.startsWith("refs/tags/") ? "promote" : "deploy",
    repository,
    environment,
    ref,
    sha,
    requestedBy: { kind: "github", login: "octocat" },
    requestedAt: new Date(shop.clock.now()).toISOString(),
  });

const openWithGitHub = (github: ScenarioInput["github"] = {}, settings: Parameters<typeof openScenario>[1] = {}) =>
  openScenario({ github: { tokens, commits: history, ...github } }, { githubCredentials, ...settings });

/** Requesters of the releases that were published. */
function publishedRequesters(shop: Shop): unknown[] {
  const published: unknown[] = [];
  shop.rehearsal.aws.onEvent(({ source, detail }) => {
    const { release } = detail;
    if (source === "lockmaster" && typeof release === "object" && release !== null && "requestedBy" in release)
      published.push(release.requestedBy);
  });
  return published;
}

describe("with credentials for GitHub", () => {
  test("a commit that is on no branch is not released, whatever an operator's input says", async () => {
    const shop = await openWithGitHub();
    expect((await shop.release(good)).execution.status).toBe("SUCCEEDED");

    const forged = await shop.waitForEnd(await startByHand(shop, "forged", "refs/heads/main", bad));
    expect(reasonOf(forged)).toMatch(/RejectedError: REF_MISMATCH: at GitHub the branch main does not contain b{40}/);
    expect(await shop.runningCommits()).toEqual(onEveryService(good));
  });

  test("a tag that does not exist, or points to another commit, promotes nothing", async () => {
    const shop = await openWithGitHub({ tags: [{ repository, name: "v2.0.0", sha: first, annotated: true }] });
    await shop.release(good);

    const absent = await shop.waitForEnd(await startByHand(shop, "absent", "refs/tags/v9.9.9", good, "production"));
    expect(reasonOf(absent)).toContain("REF_MISMATCH: at GitHub the tag v9.9.9 does not exist");
    const moved = await shop.waitForEnd(await startByHand(shop, "moved", "refs/tags/v2.0.0", good, "production"));
    expect(reasonOf(moved)).toContain(`REF_MISMATCH: at GitHub the tag v2.0.0 points to ${first}`);
    const { execution } = await shop.promote("v1.0.0", good, { annotated: true });
    expect(execution.status).toBe("SUCCEEDED");
  });

  test("a push that GitHub's API does not show yet is waited for", async () => {
    const branches = [{ repository, name: "main", sha: first }];
    const shop = await openWithGitHub({ branches });
    const { release, execution } = await shop.release(good);
    expect(reasonOf(execution)).toContain("REF_MISMATCH");
    expect(statesOf(shop.execution(release)).filter((state) => state === "Plan")).toHaveLength(7);
  });

  test("the record and the event say who started what", async () => {
    const shop = await openWithGitHub();
    const published = publishedRequesters(shop);
    const { release } = await shop.release(good);
    expect((await shop.record(release)).verification).toEqual({ startedBy: "webhook" });

    const again = await startByHand(shop, "again", "refs/heads/main", good);
    expect((await shop.waitForEnd(again)).status).toBe("SUCCEEDED");
    expect((await shop.record(again)).verification).toEqual({ startedBy: "hand" });
    const requestedBy = { kind: "github", login: "octocat" };
    expect(published).toEqual([requestedBy, { ...requestedBy, unverifiedClaim: true }]);
  });

  test("another repository under the same name is refused until an operator accepts its id", async () => {
    const shop = await openWithGitHub({ repositories: [{ name: repository, id: 4711 }] });
    // The delivery has the id that the ledger knows; GitHub's API shows another repository.
    const { release, execution } = await shop.release(good);
    expect(reasonOf(execution)).toMatch(/REPOSITORY_CHANGED: .* GitHub's id was \d+ since .*, and is 4711 now/);
    expect(await shop.runningCommits()).toEqual(onEveryService(first));

    const since = new Date(shop.clock.now()).toISOString();
    await shop.rehearsal.ledger.acceptIdentity({ repository, id: 4711, since, acceptedBy: "arn:aws:iam::1:user/ops" });
    expect((await shop.redrive(release)).status).toBe("SUCCEEDED");
    const old = await shop.push(commits.better);
    expect(old).toMatchObject({ status: 200, body: { reason: expect.stringContaining(`is ${idOf(repository)} now`) } });
  });
});

test("a delivery that GitHub did not sign proves nothing about a branch", async () => {
  const shop = await openWithGitHub();
  await shop.release(good);
  const { webhookUrl: url } = shop.rehearsal.installation;
  const pushedAt = new Date(shop.clock.now());
  const payload = pushPayload({ repository, branch: "main", sha: bad, message: "x", author: "mallory", pushedAt });
  const forged = deliver({ url, secret: "another", event: "push", payload, timeoutSeconds: 300 });
  expect(await shop.waitForAnswer(forged)).toMatchObject({ status: 401 });
  const execution = await shop.waitForEnd(await startByHand(shop, "after-it", "refs/heads/main", bad));
  expect(reasonOf(execution)).toContain("REF_MISMATCH");
});

describe("a recovery that an operator starts by hand", () => {
  const recover = async (shop: Shop, name: string, environment: Environment, executionArn: string) => {
    const recovers = { executionArn, redriveCount: 0 };
    const requestedAt = new Date(shop.clock.now()).toISOString();
    const input = { kind: "rollback", repository, environment, recovers, requestedAt };
    const release = await shop.startExecution(name, { ...input, requestedBy: { kind: "lockmaster" } });
    return reasonOf(await shop.waitForEnd(release));
  };

  test("restores no other environment than that of the execution", async () => {
    const shop = await openScenario();
    const release = await shop.startRelease(good);
    await shop.waitForState(release, "Check health");
    const reason = await recover(shop, "cross", "production", release.executionArn);
    expect(reason).toContain("INPUT_INVALID: recovers: the execution is a release of staging of acme/shop");
    expect((await shop.waitForEnd(release)).status).toBe("SUCCEEDED");
  });

  test("does not recover itself, which would keep Lockmaster from recovering anything", async () => {
    const shop = await openScenario();
    const { release } = await shop.release(good);
    const own = release.executionArn.replace(release.name, "circle");
    expect(await recover(shop, "circle", "staging", own)).toContain("recovers: the execution is the recovery itself");
    await shop.clock.advance(10 * 60_000);
    expect(await shop.rehearsal.ledger.agenda(undefined, 10)).toEqual([]);
  });
});

describe("without credentials for GitHub", () => {
  test("what a release claims is recorded as unverified, and goes on", async () => {
    const shop = await openScenario();
    const published = publishedRequesters(shop);
    const { release, execution } = await shop.release(good);
    expect(execution.status).toBe("SUCCEEDED");
    expect((await shop.record(release)).verification).toEqual({
      startedBy: "webhook",
      unconfirmed: "there are no credentials for GitHub",
    });
    expect(published).toEqual([{ kind: "github", login: "octocat", unverifiedClaim: true }]);
  });

  test('an environment with verification: "required" refuses it', async () => {
    const shop = await openScenario(
      {},
      changing("staging", (staging) => (staging.verification = "required")),
    );
    const { execution } = await shop.release(good);
    expect(reasonOf(execution)).toContain("REQUEST_UNVERIFIED");
    expect(reasonOf(execution)).toContain("there are no credentials for GitHub");
  });
});

test('verification: "required" accepts the webhook\'s starts alone, and rollbacks', async () => {
  const settings = changing("staging", (staging) => (staging.verification = "required"));
  const shop = await openWithGitHub({}, settings);
  expect((await shop.release(good)).execution.status).toBe("SUCCEEDED");
  const byHand = await shop.waitForEnd(await startByHand(shop, "by-hand", "refs/heads/main", good));
  expect(reasonOf(byHand)).toContain("REQUEST_UNVERIFIED");
  expect(reasonOf(byHand)).toContain("this execution was started by hand");
});

test("only those whom on.by names promote by a tag", async () => {
  const shop = await openWithGitHub(
    {},
    changing("production", ({ on }) => (on.by = ["hubot", "team:acme/release-managers"])),
  );
  await shop.release(good);
  const { execution } = await shop.promote("v1.0.0", good);
  expect(reasonOf(execution)).toContain("REQUESTER_NOT_ALLOWED: on.by names the team acme/release-managers");
  const permitted = await openWithGitHub(
    {},
    changing("production", ({ on }) => (on.by = ["hubot", "Octocat"])),
  );
  await permitted.release(good);
  expect((await permitted.promote("v1.0.0", good)).execution.status).toBe("SUCCEEDED");
});

test("a version of absurd precedence no longer counts once an operator has retired it", async () => {
  const shop = await openScenario();
  await shop.release(good);
  const { release } = await shop.promote("v99999.0.0", good);
  await shop.release(commits.better);
  const refused = await shop.promote("v1.0.0", commits.better);
  expect(reasonOf(refused.execution)).toContain("VERSION_OLDER");

  const retired = { by: "arn:aws:iam::1:user/ops", at: new Date(shop.clock.now()).toISOString(), reason: "a typo" };
  expect(await shop.rehearsal.ledger.retireRelease(await shop.record(release), retired)).toBe(true);
  expect((await shop.redrive(refused.release)).status).toBe("SUCCEEDED");
});
