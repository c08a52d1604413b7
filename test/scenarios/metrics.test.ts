/** The functions publish the metrics of the alarms and the dashboard in the situations that these are made for. */
import { UpdateServiceCommand } from "@aws-sdk/client-ecs";
import type { Configuration } from "@lockmaster/core/config/configuration.ts";
import { validateConfiguration } from "@lockmaster/core/config/validate.ts";
import { metrics } from "@lockmaster/core/contract/metrics.ts";
import type { ScenarioInput } from "@lockmaster/local-aws";
import { expect, test } from "vitest";
import { alarmsOf } from "@lockmaster/installation/observability/alarm-list.ts";
import { dashboardBody } from "@lockmaster/installation/observability/dashboard-body.ts";
import { namesOf } from "@lockmaster/installation/topology/names.ts";
import shipped from "../../examples/shop/lockmaster.config.ts";
import { pushPayload } from "@lockmaster/rehearsal/deliveries/push-payload.ts";
import { readMetrics, valuesOf } from "./metrics.fixture.ts";
import { waitForRecovery } from "./recovery.fixture.ts";
import { commits, openScenario } from "./shop.fixture.ts";

const crash: NonNullable<NonNullable<ScenarioInput["tasks"]>[number]["fate"]> = {
  kind: "crash",
  afterSeconds: 3,
  exitCode: 1,
  log: ["Error"],
};
const place = { partition: "aws", region: "us-east-1", account: "111122223333", prefix: "lockmaster" };
/** The first test that needs a situation creates it. */
function once<T>(create: () => Promise<T>): () => Promise<T> {
  let result: Promise<T> | undefined;
  return () => (result ??= create());
}

const success = once(async () => {
  const findings = [{ id: "CVE-2026-1", severity: "HIGH" as const }];
  const shop = await openScenario({ scans: [{ repository: "shop/backend", findings }] });
  await shop.release(commits.good);
  await waitForRecovery(shop);
  return await readMetrics(shop);
});

/** A release waits for another one, whose bake time is 25 minutes. */
const queue = once(async () => {
  const shop = await openScenario({}, { configure: withLongBakeTime });
  const one = await shop.startRelease(commits.good);
  await shop.waitForState(one, "Check health");
  const other = await shop.startRelease(commits.better);
  await shop.waitForEnd(other);
  return await readMetrics(shop);
});

function withLongBakeTime(configuration: Configuration): Configuration {
  const staging = configuration.repositories["acme/shop"]?.environments["staging"];
  if (staging !== undefined) staging.health = { ...staging.health, deadlineMinutes: 60, bakeSeconds: 1_500 };
  return configuration;
}

/** A release is stopped after its first change, and the tasks of its rollback fail. */
const failedRecovery = once(async () => {
  const shop = await openScenario({
    faults: [{ kind: "stop", state: "Wait for the rollout", occurrence: 1 }],
    tasks: [
      { service: "backend", commit: "b", fate: crash },
      { service: "backend", commit: "0", times: 4 },
      { service: "backend", commit: "0", fate: crash },
    ],
  });
  // Without minimum healthy percent ECS stops the old tasks first, so that the rollback has to start them again.
  await shop.ecs.send(
    new UpdateServiceCommand({
      cluster: shop.environment.cluster,
      service: "backend",
      deploymentConfiguration: { minimumHealthyPercent: 0, maximumPercent: 100 },
    }),
  );
  await shop.release(commits.bad);
  await shop.clock.advance(60 * 60_000);
  return await readMetrics(shop);
});

/** A release that a newer one supersedes ends only when that has failed, and another repository has the name afterwards. */
const superseded = once(async () => {
  const shop = await openScenario({
    tasks: [{ service: "backend", commit: "b", fate: crash }],
    faults: [
      {
        kind: "error500",
        function: "finish-release",
        service: "lambda",
        operation: "Invoke",
        strength: "outage",
        outageSeconds: 120,
      },
    ],
  });
  const older = await shop.startRelease(commits.good);
  shop.stopAt(older, "Finish superseded release");
  await shop.release(commits.bad);
  await shop.redrive(older);
  const { supersededInVain } = await shop.record(older);
  const pushedAt = new Date(shop.clock.now());
  const push = pushPayload({
    repository: "acme/shop",
    branch: "main",
    sha: commits.better,
    message: "A change",
    author: "octocat",
    pushedAt,
  });
  const { body } = await shop.deliver("push", { ...push, repository: { ...push.repository, id: 4711 } });
  return { supersededInVain, body, data: await readMetrics(shop) };
});

/** One release cannot start because of an outage of AWS, another one because its input is invalid. */
const broken = once(async () => {
  const shop = await openScenario({
    faults: [
      { kind: "throttle", service: "ecs", operation: "DescribeServices", strength: "outage", outageSeconds: 3_600 },
    ],
  });
  const { execution: refusedByAws } = await shop.release(commits.good);
  const unknown = await shop.startExecution("by-hand", { kind: "deploy", repository: "acme/unknown" });
  const { error } = await shop.waitForEnd(unknown);
  await waitForRecovery(shop);
  return { errors: [refusedByAws.error, error], data: await readMetrics(shop) };
});

test("a release that succeeds is counted once, with its phases and its findings", async () => {
  const data = await success();
  const phase = (Phase: string) => valuesOf(data, "PhaseDuration", { Phase });
  const [[prepare = 0], [rollout = 0], [whole = 0]] = [phase("prepare"), phase("rollout"), phase("whole")];
  expect(valuesOf(data, "Releases", { Outcome: "succeeded" })).toEqual([1]);
  expect(prepare).toBeGreaterThan(60);
  expect(rollout).toBeGreaterThan(60);
  expect(whole).toBeGreaterThanOrEqual(prepare + rollout);
  expect(phase("queue")).toEqual([0]);
  expect(valuesOf(data, "Findings", { Severity: "critical" })).toEqual([0]);
  expect(valuesOf(data, "Findings", { Severity: "high" })).toEqual([1]);
  // During twenty minutes of waiting, and the release itself.
  expect(valuesOf(data, "Reconciliations").length).toBeGreaterThanOrEqual(4);
});

test("waiting releases are counted while they wait, and their waiting time is measured afterwards", async () => {
  const data = await queue();
  expect(Math.max(...valuesOf(data, "ReleasesWaiting"))).toBe(1);
  const longest = Math.max(...valuesOf(data, "LongestWait"));
  expect(longest).toBeGreaterThan(600);
  expect(Math.max(...valuesOf(data, "PhaseDuration", { Phase: "queue" }))).toBeGreaterThanOrEqual(longest);
});

test("a recovery that fails is counted as a failed recovery and as a failed rollback", async () => {
  const data = await failedRecovery();
  expect(valuesOf(data, "FailedRecoveries").length).toBeGreaterThan(0);
  expect(valuesOf(data, "Releases", { Outcome: "rollback-failed" }).length).toBeGreaterThan(0);
  expect(valuesOf(data, "Releases", { Outcome: "failed" })).toEqual([1]);
});

test("a release that fails because of AWS is counted as broken, one with an invalid input is not", async () => {
  const { errors, data } = await broken();
  expect(errors).toEqual(["RetryableError", "InvalidInputError"]);
  expect(valuesOf(data, "BrokenReleases")).toEqual([1]);
});

test("a release that was superseded in vain is counted, and a delivery of another repository under the name", async () => {
  const { supersededInVain, body, data } = await superseded();
  expect(supersededInVain).toBe(true);
  expect(JSON.stringify(body)).toContain("accept-repository");
  expect(valuesOf(data, "SupersededInVain")).toEqual([1]);
  expect(valuesOf(data, "MovedRepositories")).toEqual([1]);
});

test("every series of an alarm and every metric of the dashboard is published in these situations", async () => {
  const { data } = await broken();
  const lost = (await superseded()).data;
  const all = [...(await success()), ...(await queue()), ...(await failedRecovery()), ...lost, ...data];
  const { metricNamespace } = namesOf(place.prefix);
  const series = new Set(
    all.map(({ namespace, metric, dimensions }) => JSON.stringify([namespace, metric, dimensions])),
  );
  const watched = Object.values(alarmsOf(place, { waitingMinutes: 60 }))
    .filter(({ namespace }) => namespace === metricNamespace)
    .map(({ namespace, metric, dimensions }) => JSON.stringify([namespace, metric, dimensions]));
  expect(watched.length).toBeGreaterThan(4);
  expect(watched.filter((one) => !series.has(one))).toEqual([]);

  const shown = JSON.stringify(dashboardBody(place, validateConfiguration(shipped)));
  const named = Object.keys(metrics).filter((name) => shown.includes(`"${metricNamespace}","${name}"`));
  expect(named.length).toBeGreaterThan(6);
  expect(named.filter((name) => !all.some(({ metric }) => metric === name))).toEqual([]);
});
