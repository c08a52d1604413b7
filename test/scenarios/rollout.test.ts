import {
  DescribeServiceDeploymentsCommand,
  RegisterTaskDefinitionCommand,
  StopServiceDeploymentCommand,
  UpdateServiceCommand,
} from "@aws-sdk/client-ecs";
import type { ScenarioInput } from "@lockmaster/local-aws";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { deployChanged } from "./health.fixture.ts";
import { commits, onEveryService, openScenario, openShop, reasonOf, type Shop, statesOf } from "./shop.fixture.ts";

type Fate = NonNullable<NonNullable<ScenarioInput["tasks"]>[number]["fate"]>;

/** The fate of every task of the backend that runs the bad commit. */
const badBackend = (fate: Fate): ScenarioInput => ({ tasks: [{ service: "backend", commit: "b", fate }] });
const crash: Fate = { kind: "crash", afterSeconds: 3, exitCode: 1, log: ["Error: no database"] };

/** An essential container beside the service's own. */
const proxy = { name: "proxy", image: "public.ecr.aws/envoy:1", essential: true };

describe("a rollout that cannot succeed", () => {
  describe("is rolled back as a whole", () => {
    const fates: readonly [what: string, fate: Fate, code: string][] = [
      ["its image cannot be pulled", { kind: "cannot-pull" }, "IMAGE_CANNOT_BE_PULLED"],
      ["it runs out of memory", { kind: "out-of-memory", afterSeconds: 9, log: ["allocating"] }, "OUT_OF_MEMORY"],
      [
        "its secrets cannot be read",
        { kind: "resource-initialization", message: "unable to pull secrets or registry auth" },
        "RESOURCE_INITIALIZATION_FAILED",
      ],
      ["its health check never passes", { kind: "unhealthy" }, "HEALTH_CHECK_FAILED"],
      ["it crashes", crash, "CONTAINER_EXITED"],
    ];
    const rows = fates.map(([what, fate, code], index) => ({ what, fate, code, sha: `b${index}`.repeat(20) }));
    let shop: Shop;
    beforeAll(async () => {
      shop = await openShop({ tasks: rows.map(({ fate, sha }) => ({ service: "backend", commit: sha, fate })) });
    });
    afterAll(() => shop.close());

    test.each(rows)("when $what", async ({ code, sha }) => {
      const { release, execution } = await shop.release(sha);
      expect(reasonOf(execution)).toMatch(new RegExp(`^RolloutFailedError: ${code}: .*backend`));
      expect(await shop.runningCommits()).toEqual(onEveryService(commits.first));
      expect(await shop.record(release)).toMatchObject({
        status: "rolled-back",
        evidence: [{ service: "backend", code }],
      });
    });
  });

  test("is rolled back when the tasks cannot be placed", async () => {
    const fate: Fate = { kind: "no-placement", message: "Capacity is unavailable at this time." };
    const shop = await openScenario(badBackend(fate), { shop: { withoutCircuitBreaker: ["backend"] } });
    const { execution } = await shop.release(commits.bad);
    expect(reasonOf(execution)).toContain("PLACEMENT_IMPOSSIBLE");
    expect(await shop.runningCommits()).toEqual(onEveryService(commits.first));
  });

  test.each([
    ["ECS cannot assume a role", "no-launch", "ECS was unable to assume the role 'arn:x'.", "TASK_REFUSED"],
    ["the target group is missing", "not-registered", "target groups not found", "TARGET_NOT_REGISTERED"],
  ] as const)("is rolled back when %s, with ECS's message", async (_, kind, message, code) => {
    const shop = await openScenario(badBackend({ kind, message }), { shop: { withoutCircuitBreaker: ["backend"] } });
    const { execution } = await shop.release(commits.bad);
    expect(reasonOf(execution)).toMatch(new RegExp(`^RolloutFailedError: ${code}: `));
    expect(reasonOf(execution)).toContain(message);
    expect(await shop.runningCommits()).toEqual(onEveryService(commits.first));
  });

  test("is rolled back when its tasks stop for an unknown reason, which is quoted", async () => {
    const fate: Fate = {
      kind: "stopped",
      afterSeconds: 0,
      stopCode: "TaskFailedToStart",
      stoppedReason: "QuantumError: no qubits",
    };
    const shop = await openScenario(badBackend(fate));
    const { execution } = await shop.release(commits.bad);
    expect(reasonOf(execution)).toContain("TASK_STOPPED");
    expect(reasonOf(execution)).toContain("(TaskFailedToStart: QuantumError: no qubits)");
  });

  test("names the container that exited with 0, not the sidecar that ECS then stopped", async () => {
    const shop = await openScenario(badBackend({ ...crash, container: "api", exitCode: 0 }));
    await deployChanged(shop, "backend", (container) => [proxy, container]);
    const { release } = await shop.release(commits.bad);
    expect((await shop.record(release)).evidence).toMatchObject([{ container: "api", exitCode: 0 }]);
  });

  test("is rolled back without ECS's circuit breaker, too", async () => {
    const shop = await openScenario(badBackend(crash), { shop: { withoutCircuitBreaker: ["backend"] } });
    const { execution } = await shop.release(commits.bad);
    expect(reasonOf(execution)).toContain("CONTAINER_EXITED");
    expect(await shop.runningCommits()).toEqual(onEveryService(commits.first));
  });

  test("is tried again without another build when the finished rollback is redriven", async () => {
    const shop = await openScenario({ tasks: [{ service: "backend", commit: "b", times: 4, fate: crash }] });
    const { release, execution } = await shop.release(commits.bad);
    expect(execution.status).toBe("FAILED");
    const redriven = await shop.redrive(release);
    expect(redriven.status).toBe("SUCCEEDED");
    expect(await shop.runningCommits()).toEqual(onEveryService(commits.bad));
    expect(await shop.builds()).toHaveLength(2);
    expect(await shop.record(release)).toMatchObject({ status: "succeeded", attempt: 2 });
  });

  test("ends as rollback-failed, with both reasons, when the rollback stays unhealthy", async () => {
    // The first four tasks of the old image run, two in each of two environments; all later ones fail.
    const shop = await openScenario({
      tasks: [
        { service: "backend", commit: "b", fate: crash },
        { service: "backend", commit: "0", times: 4 },
        { service: "backend", commit: "0", fate: { ...crash, log: ["Error: the old image fails, too"] } },
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
    const { release, execution } = await shop.release(commits.bad);
    expect(execution.status).toBe("FAILED");
    expect(reasonOf(execution)).toContain("Error: no database");
    expect(reasonOf(execution)).toContain("The rollback failed too");
    expect(await shop.record(release)).toMatchObject({ status: "rollback-failed" });
  });
});

describe("while ECS or an operator changes a service", () => {
  test("a release follows a rollback that ECS started, and verifies it", async () => {
    const shop = await openScenario();
    const release = await shop.startRelease(commits.good);
    await shop.waitForState(release, "Check health");
    await shop.clock.advance(2_000);
    const { currentServiceDeployment } = await shop.describeService("backend");
    await shop.ecs.send(
      new StopServiceDeploymentCommand({ serviceDeploymentArn: currentServiceDeployment, stopType: "ROLLBACK" }),
    );
    const execution = await shop.waitForEnd(release);
    expect(reasonOf(execution)).toContain("ROLLED_BACK_BY_ECS");
    expect(await shop.runningCommits()).toEqual(onEveryService(commits.first));
    expect(await shop.record(release)).toMatchObject({ status: "rolled-back" });
    const { serviceDeployments = [] } = await shop.ecs.send(
      new DescribeServiceDeploymentsCommand({ serviceDeploymentArns: [currentServiceDeployment ?? ""] }),
    );
    expect(serviceDeployments[0]?.status).toBe("ROLLBACK_SUCCESSFUL");
  });

  test("a release does not count another deployment as its own success", async () => {
    const shop = await openScenario();
    const release = await shop.startRelease(commits.good);
    await shop.waitForState(release, "Check health");
    const { taskDefinition } = await shop.ecs.send(
      new RegisterTaskDefinitionCommand({
        family: "shop-staging-backend",
        requiresCompatibilities: ["FARGATE"],
        networkMode: "awsvpc",
        cpu: "256",
        memory: "512",
        containerDefinitions: [{ name: "api", image: "public.ecr.aws/docker/library/busybox:1.37", essential: true }],
      }),
    );
    const cluster = shop.environment.cluster;
    const update = { cluster, service: "backend", taskDefinition: taskDefinition?.taskDefinitionArn };
    await shop.ecs.send(new UpdateServiceCommand(update));
    const execution = await shop.waitForEnd(release);
    expect(execution.status).toBe("FAILED");
    expect(reasonOf(execution)).toContain("DEPLOYMENT_REPLACED");
    const runs = await shop.runningCommits();
    expect([runs["frontend"], runs["worker"]]).toEqual([[commits.first], [commits.first]]);
  });

  test("a release keeps the desired count that autoscaling sets", async () => {
    const shop = await openScenario();
    const release = await shop.startRelease(commits.good);
    await shop.waitForState(release, "Wait for the rollout");
    await shop.ecs.send(
      new UpdateServiceCommand({ cluster: shop.environment.cluster, service: "backend", desiredCount: 5 }),
    );
    const execution = await shop.waitForEnd(release);
    expect(execution.status).toBe("SUCCEEDED");
    expect(await shop.describeService("backend")).toMatchObject({ desiredCount: 5, runningCount: 5 });
  });

  test("a release waits for a running deployment before it takes the snapshot", async () => {
    const shop = await openScenario({ builds: [{ seconds: 0, queuedSeconds: 0 }] }, { open: false });
    const { execution } = await shop.release(commits.good);
    expect(statesOf(execution)).toContain("Wait for stable services");
    expect(execution.status).toBe("SUCCEEDED");
  });
});

describe("a first deployment", () => {
  const neverWorked: ScenarioInput = {
    tasks: [
      { service: "backend", commit: "0", fate: { kind: "cannot-pull" } },
      { service: "backend", commit: "b", fate: crash },
    ],
  };

  test("succeeds although the service was never stable before", async () => {
    const shop = await openScenario(neverWorked, { open: false });
    const { execution } = await shop.release(commits.good);
    expect(execution.status).toBe("SUCCEEDED");
    expect(await shop.runningCommits()).toEqual(onEveryService(commits.good));
  });

  test("that fails is scaled to zero, and the other services are rolled back", async () => {
    const shop = await openScenario(neverWorked, { open: false });
    const { release, execution } = await shop.release(commits.bad);
    expect(execution.status).toBe("FAILED");
    expect(await shop.record(release)).toMatchObject({ status: "rolled-back" });
    expect(await shop.describeService("backend")).toMatchObject({ desiredCount: 0, runningCount: 0 });
    expect(await shop.runningCommits()).toEqual({ ...onEveryService(commits.first), backend: [] });
  });

  test("that fails is left unchanged if the environment is configured so", async () => {
    const shop = await openScenario(neverWorked, {
      open: false,
      configure: (configuration) => {
        const staging = configuration.repositories["acme/shop"]?.environments["staging"];
        if (staging !== undefined) staging.firstDeployment = "leave";
        return configuration;
      },
    });
    const { execution } = await shop.release(commits.bad);
    expect(execution.status).toBe("FAILED");
    expect((await shop.describeService("backend")).desiredCount).toBe(2);
  });
});

describe("a release is refused before any build", () => {
  test.each([
    [
      "service",
      "SERVICE_NOT_FOUND",
      (staging: { services: Record<string, { service: string }> }) => {
        const api = staging.services["backend"];
        if (api !== undefined) api.service = "gone";
      },
    ],
    [
      "cluster",
      "CLUSTER_NOT_FOUND",
      (staging: { cluster: string }) => {
        staging.cluster = "gone";
      },
    ],
  ])("when the %s does not exist", async (_, code, change) => {
    const shop = await openScenario();
    const stored = await shop.rehearsal.ledger.configuration("acme/shop");
    const staging = stored?.configuration.environments["staging"];
    if (stored === undefined || staging === undefined) throw new Error("The ledger lacks the shop's configuration");
    change(staging);
    await shop.rehearsal.reconfigure(stored);
    const { execution } = await shop.release(commits.good);
    expect(reasonOf(execution)).toMatch(new RegExp(`^RejectedError: ${code}: .*gone`));
    expect(statesOf(execution)).toEqual(["Plan"]);
    expect(await shop.builds()).toEqual([]);
    expect(await shop.runningCommits()).toEqual(onEveryService(commits.first));
  });
});
