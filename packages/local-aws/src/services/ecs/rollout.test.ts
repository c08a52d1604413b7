import {
  DescribeServiceDeploymentsCommand,
  DescribeServiceRevisionsCommand,
  ListServiceDeploymentsCommand,
  StopServiceDeploymentCommand,
  StopTaskCommand,
} from "@aws-sdk/client-ecs";
import type { ServiceDeployment } from "@aws-sdk/client-ecs";
import { describe, expect, it } from "vitest";
import type { TaskRule } from "../../scenario/scenario.ts";
import { digestOf, ecsFixture, present, primaryOf, registryUri, webDefinition } from "./ecs.fixture.ts";
import type { EcsFixture } from "./ecs.fixture.ts";

const breaker = { deploymentCircuitBreaker: { enable: true, rollback: true } };
const crash: TaskRule["fate"] = { kind: "crash", afterSeconds: 2, exitCode: 3, log: ["no database", "giving up"] };

async function completed(ecs: EcsFixture) {
  return ecs.until((_, { rolloutState }) => rolloutState === "COMPLETED");
}

/** Service deployments, newest first. */
async function history(ecs: EcsFixture): Promise<ServiceDeployment[]> {
  const { serviceDeployments = [] } = await ecs.client.send(
    new ListServiceDeploymentsCommand({ cluster: "shop", service: "web" }),
  );
  const arns = serviceDeployments.map(({ serviceDeploymentArn }) => serviceDeploymentArn ?? "");
  const answer = await ecs.client.send(new DescribeServiceDeploymentsCommand({ serviceDeploymentArns: arns }));
  return present(answer.serviceDeployments);
}

async function taskDefinitionOf(ecs: EcsFixture, revisionArn: string | undefined) {
  const { serviceRevisions } = await ecs.client.send(
    new DescribeServiceRevisionsCommand({ serviceRevisionArns: [revisionArn ?? ""] }),
  );
  return present(serviceRevisions?.[0]);
}

function messages({ events = [] }: { events?: { message?: string | undefined }[] | undefined }): string[] {
  return events.map(({ message = "" }) =>
    message.replaceAll(/\(task [0-9a-f]{32}\)/g, "(task)").replaceAll(/ecs-svc\/\d+/g, "ecs-svc/N"),
  );
}

describe("a rolling update", () => {
  it("completes when the new tasks are healthy and the old tasks are gone", async () => {
    const ecs = ecsFixture({ rules: [{ startSeconds: 20, healthySeconds: 10 }] });
    await ecs.createWeb();
    const first = primaryOf(await completed(ecs));
    const second = await ecs.register(webDefinition("2"));

    const answer = await ecs.update({ taskDefinition: second });

    expect(answer.deployments).toMatchObject([
      { status: "PRIMARY", taskDefinition: second, rolloutState: "IN_PROGRESS", runningCount: 0, pendingCount: 0 },
      { id: first.id, status: "ACTIVE", rolloutState: "COMPLETED", runningCount: 2 },
    ]);
    const ours = primaryOf(answer);
    expect(ours.rolloutStateReason).toBe(`ECS deployment ${ours.id} in progress.`);
    expect((await history(ecs))[0]).toMatchObject({ status: "PENDING" });

    await ecs.clock.advance(12_000);
    expect(await ecs.web()).toMatchObject({ runningCount: 2, pendingCount: 2, desiredCount: 2 });
    const done = await completed(ecs);
    expect(done.deployments).toMatchObject([
      { id: ours.id, rolloutState: "COMPLETED", rolloutStateReason: `ECS deployment ${ours.id} completed.` },
    ]);
    expect((await ecs.tasks()).map(({ containers }) => containers?.[0]?.imageDigest)).toEqual([
      digestOf("2"),
      digestOf("2"),
    ]);
    expect(messages(done).slice(0, 4)).toEqual([
      "(service web) has reached a steady state.",
      "(service web) (deployment ecs-svc/N) deployment completed.",
      "(service web) has stopped 2 running tasks: (task) (task).",
      "(service web) has started 2 tasks: (task) (task).",
    ]);
    const [deployment] = await history(ecs);
    expect(deployment).toMatchObject({
      status: "SUCCESSFUL",
      targetServiceRevision: { requestedTaskCount: 2, runningTaskCount: 2, pendingTaskCount: 0 },
      deploymentCircuitBreaker: { status: "DISABLED", failureCount: 0, threshold: 3 },
    });
    expect(await taskDefinitionOf(ecs, deployment?.targetServiceRevision?.arn)).toMatchObject({
      taskDefinition: second,
      containerImages: [
        { containerName: "web", image: `${registryUri}/shop/web@${digestOf("2")}`, imageDigest: digestOf("2") },
      ],
    });
    expect(await taskDefinitionOf(ecs, deployment?.sourceServiceRevisions?.[0]?.arn)).toMatchObject({
      taskDefinition: first.taskDefinition,
    });
  });

  it("moves tasks through every status, and stops the old tasks with the code ServiceSchedulerInitiated", async () => {
    const ecs = ecsFixture();
    await ecs.createWeb({ desiredCount: 1 });
    await completed(ecs);
    const [old] = await ecs.tasks();
    await ecs.update({ forceNewDeployment: true });
    const service = await completed(ecs);

    const statuses = ecs.emitted
      .filter(({ detailType, resources }) => detailType === "ECS Task State Change" && resources[0] === old?.taskArn)
      .map(({ detail }) => detail["lastStatus"]);
    expect(statuses).toEqual([
      "PROVISIONING",
      "PENDING",
      "ACTIVATING",
      "RUNNING",
      "STOPPING",
      "DEPROVISIONING",
      "STOPPED",
    ]);
    const [stopped] = await ecs.tasks("STOPPED");
    expect(stopped).toMatchObject({
      taskArn: old?.taskArn,
      lastStatus: "STOPPED",
      stopCode: "ServiceSchedulerInitiated",
      stoppedReason: `Scaling activity initiated by (deployment ${primaryOf(service).id})`,
      containers: [{ lastStatus: "STOPPED", exitCode: 0 }],
    });
    expect(stopped?.stoppedAt).toBeInstanceOf(Date);
    await ecs.clock.advance(3_600_000);
    expect(await ecs.tasks("STOPPED")).toEqual([]);
  });

  it("emits an event to EventBridge when it begins and when it completes", async () => {
    const ecs = ecsFixture();
    const service = await ecs.createWeb();
    const { id } = primaryOf(await completed(ecs));

    const changes = ecs.emitted.filter(({ detailType }) => detailType === "ECS Deployment State Change");
    expect(changes).toMatchObject([
      {
        source: "aws.ecs",
        resources: [service.serviceArn],
        detail: {
          eventType: "INFO",
          eventName: "SERVICE_DEPLOYMENT_IN_PROGRESS",
          deploymentId: id,
          reason: `ECS deployment ${id} in progress.`,
        },
      },
      { detail: { eventName: "SERVICE_DEPLOYMENT_COMPLETED", deploymentId: id } },
    ]);
    expect(ecs.emitted).toContainEqual(
      expect.objectContaining({
        detailType: "ECS Service Action",
        detail: expect.objectContaining({ eventName: "SERVICE_STEADY_STATE", clusterArn: service.clusterArn }),
      }),
    );
  });

  it("counts a task without any health check as healthy 40 seconds after it runs", async () => {
    const ecs = ecsFixture({ rules: [{ startSeconds: 10 }] });
    const { healthCheck: _, ...container } = present(webDefinition("1").containerDefinitions?.[0]);
    await ecs.createWeb({}, { ...webDefinition("1"), containerDefinitions: [container] });
    const { createdAt } = primaryOf(await ecs.web());

    const { updatedAt } = primaryOf(await completed(ecs));

    const seconds = (present(updatedAt).getTime() - present(createdAt).getTime()) / 1000;
    expect(seconds).toBeGreaterThanOrEqual(10 + 40);
    expect((await ecs.tasks())[0]).toMatchObject({ healthStatus: "UNKNOWN" });
  });

  it("drains connections before it stops tasks behind a load balancer", async () => {
    const ecs = ecsFixture();
    const targetGroupArn = "arn:aws:elasticloadbalancing:us-east-1:111122223333:targetgroup/web/1";
    await ecs.createWeb({ loadBalancers: [{ targetGroupArn, containerName: "web", containerPort: 8080 }] });
    await completed(ecs);
    const [old] = await ecs.tasks();
    await ecs.update({ forceNewDeployment: true });
    await ecs.clock.advance(120_000);

    expect((await ecs.tasks("STOPPED"))[0]).toMatchObject({ taskArn: old?.taskArn, lastStatus: "DEACTIVATING" });
    expect(primaryOf(await ecs.web())).toMatchObject({ rolloutState: "IN_PROGRESS" });
    await completed(ecs);
  });

  it.each([
    { name: "does not start for a changed desired count", change: { desiredCount: 3 }, deployments: 1 },
    { name: "does not start for the same task definition", change: { taskDefinition: "web:1" }, deployments: 1 },
    { name: "does not start for a changed option", change: { enableExecuteCommand: true }, deployments: 1 },
    { name: "starts when it is forced", change: { forceNewDeployment: true }, deployments: 2 },
    {
      name: "starts for a changed network configuration",
      change: { networkConfiguration: { awsvpcConfiguration: { subnets: ["subnet-2"] } } },
      deployments: 2,
    },
  ])("$name", async ({ change, deployments }) => {
    const ecs = ecsFixture();
    await ecs.createWeb();
    await completed(ecs);
    expect((await ecs.update(change)).deployments).toHaveLength(deployments);
  });

  it("reaches a desired count that changes during the deployment", async () => {
    const ecs = ecsFixture();
    await ecs.createWeb();
    await completed(ecs);
    const ours = primaryOf(await ecs.update({ taskDefinition: await ecs.register(webDefinition("2")) }));
    await ecs.clock.advance(10_000);
    expect(primaryOf(await ecs.update({ desiredCount: 4 })).id).toBe(ours.id);

    const service = await completed(ecs);
    expect(service).toMatchObject({ desiredCount: 4, runningCount: 4 });
    expect(primaryOf(service).id).toBe(ours.id);
  });

  it("completes without any task when the desired count is 0, although the new image crashes", async () => {
    const ecs = ecsFixture({ rules: [{ commit: "2", fate: crash }] });
    await ecs.createWeb({ desiredCount: 0 });
    await completed(ecs);
    await ecs.update({ taskDefinition: await ecs.register(webDefinition("2")) });
    expect(await completed(ecs)).toMatchObject({ desiredCount: 0, runningCount: 0 });
  });

  it("becomes STOPPED when a newer deployment supersedes it", async () => {
    const ecs = ecsFixture();
    await ecs.createWeb();
    await completed(ecs);
    const second = primaryOf(await ecs.update({ taskDefinition: await ecs.register(webDefinition("2")) }));
    await ecs.clock.advance(10_000);
    const third = primaryOf(await ecs.update({ taskDefinition: await ecs.register(webDefinition("3")) }));
    await ecs.clock.advance(2_000);

    expect((await ecs.web()).deployments).toMatchObject([
      { id: third.id, status: "PRIMARY" },
      { id: second.id, status: "ACTIVE" },
      { status: "ACTIVE", rolloutState: "COMPLETED" },
    ]);
    expect((await history(ecs)).map(({ status }) => status)).toEqual(["IN_PROGRESS", "STOPPED", "SUCCESSFUL"]);
    expect((await completed(ecs)).deployments).toMatchObject([{ id: third.id }]);
  });

  it("is refused when five deployments are unfinished", async () => {
    const ecs = ecsFixture();
    await ecs.createWeb();
    for (let count = 1; count < 5; count += 1) await ecs.update({ forceNewDeployment: true });
    await expect(ecs.update({ forceNewDeployment: true })).rejects.toMatchObject({
      name: "InvalidParameterException",
      message: "5 active deployments exist, unable to create new deployment.",
    });
    await expect(ecs.update({ desiredCount: 1 })).resolves.toMatchObject({ desiredCount: 1 });
  });

  it("reports when its configured percentages block it", async () => {
    const ecs = ecsFixture();
    await ecs.createWeb({
      desiredCount: 1,
      deploymentConfiguration: { minimumHealthyPercent: 100, maximumPercent: 150 },
    });
    await completed(ecs);
    await ecs.update({ forceNewDeployment: true });
    await ecs.clock.advance(600_000);
    const service = await ecs.web();
    expect(primaryOf(service)).toMatchObject({ rolloutState: "IN_PROGRESS", runningCount: 0 });
    expect(service.events?.[0]?.message).toContain("because of the service deployment configuration");
  });
});

describe("a rolling update that fails", () => {
  it("keeps retrying next to the old tasks without a circuit breaker", async () => {
    const ecs = ecsFixture({ rules: [{ commit: "2", fate: crash }] });
    await ecs.createWeb();
    await completed(ecs);
    await ecs.update({ taskDefinition: await ecs.register(webDefinition("2")) });
    await ecs.clock.advance(3 * 3_600_000);

    const service = await ecs.web();
    expect(primaryOf(service)).toMatchObject({ rolloutState: "IN_PROGRESS" });
    expect(primaryOf(service).failedTasks).toBeGreaterThan(50);
    expect(service.deployments?.[1]).toMatchObject({ rolloutState: "COMPLETED", runningCount: 2 });
    expect(service.events).toHaveLength(100);
  });

  it("is rolled back by the circuit breaker to the old deployment, under its old id", async () => {
    const ecs = ecsFixture({ rules: [{ commit: "2", fate: crash }] });
    await ecs.createWeb({ deploymentConfiguration: breaker });
    const old = primaryOf(await completed(ecs));
    const ours = primaryOf(await ecs.update({ taskDefinition: await ecs.register(webDefinition("2")) }));

    const rollingBack = await ecs.until((_, { id }) => id === old.id);

    expect(rollingBack.taskDefinition).toBe(old.taskDefinition);
    expect(primaryOf(rollingBack)).toMatchObject({
      rolloutState: "IN_PROGRESS",
      rolloutStateReason: `ECS deployment circuit breaker: rolling back to deploymentId ${old.id}.`,
    });
    expect(rollingBack.deployments?.[1]).toMatchObject({ id: ours.id, status: "ACTIVE", rolloutState: "IN_PROGRESS" });
    expect(messages(rollingBack).slice(0, 2)).toEqual([
      "(service web) rolling back to deployment ecs-svc/N.",
      "(service web) (deployment ecs-svc/N) deployment failed: tasks failed to start.",
    ]);
    expect((await history(ecs))[0]).toMatchObject({
      status: "ROLLBACK_IN_PROGRESS",
      deploymentCircuitBreaker: { status: "TRIGGERED", failureCount: 3, threshold: 3 },
    });
    const failed = await ecs.until(({ deployments }) => deployments?.[1]?.rolloutState === "FAILED");
    expect(failed.deployments?.[1]?.rolloutStateReason).toBe("ECS deployment circuit breaker: tasks failed to start.");

    expect((await completed(ecs)).deployments).toMatchObject([{ id: old.id, runningCount: 2 }]);
    const [deployment] = await history(ecs);
    expect(deployment).toMatchObject({
      status: "ROLLBACK_SUCCESSFUL",
      statusReason: "Service deployment rolled back because the circuit breaker threshold was exceeded.",
    });
    expect(await taskDefinitionOf(ecs, deployment?.rollback?.serviceRevisionArn)).toMatchObject({
      taskDefinition: old.taskDefinition,
    });
    const reasons = ecs.emitted
      .filter(({ detailType }) => detailType === "ECS Deployment State Change")
      .map(({ detail }) => [detail["eventName"], detail["reason"]]);
    expect(reasons).toContainEqual([
      "SERVICE_DEPLOYMENT_FAILED",
      "ECS deployment circuit breaker: tasks failed to start.",
    ]);
  });

  it("stays FAILED and launches no more tasks when the breaker is configured without rollback", async () => {
    const ecs = ecsFixture({ rules: [{ commit: "2", fate: crash }] });
    const configuration = { deploymentCircuitBreaker: { enable: true, rollback: false } };
    await ecs.createWeb({ deploymentConfiguration: configuration });
    await completed(ecs);
    await ecs.update({ taskDefinition: await ecs.register(webDefinition("2")) });
    const failed = await ecs.until((_, { rolloutState }) => rolloutState === "FAILED");
    const launched = messages(failed).filter((message) => message.includes("has started")).length;
    await ecs.clock.advance(3_600_000);

    const service = await ecs.web();
    expect(messages(service).filter((message) => message.includes("has started"))).toHaveLength(launched);
    expect(service.deployments).toMatchObject([
      { rolloutState: "FAILED", rolloutStateReason: "ECS deployment circuit breaker: tasks failed to start." },
      { status: "ACTIVE", rolloutState: "COMPLETED", runningCount: 2 },
    ]);
    expect((await history(ecs))[0]).toMatchObject({ status: "STOPPED", stoppedAt: expect.any(Date) });
  });

  it.each([
    { name: "the configured threshold", thresholdConfiguration: { type: "COUNT", value: 5 } as const, failures: 5 },
    { name: "the minimum threshold", failures: 3 },
  ])("is rolled back at $name", async ({ failures, thresholdConfiguration }) => {
    const ecs = ecsFixture({ rules: [{ commit: "2", fate: crash }] });
    const deploymentCircuitBreaker = { enable: true, rollback: true, thresholdConfiguration };
    await ecs.createWeb({ desiredCount: 1, deploymentConfiguration: { deploymentCircuitBreaker } });
    const old = primaryOf(await completed(ecs));
    const ours = primaryOf(await ecs.update({ taskDefinition: await ecs.register(webDefinition("2")) }));
    await ecs.until((_, { id }) => id === old.id);
    const dead = (await ecs.tasks("STOPPED")).filter(({ startedBy }) => startedBy === ours.id);
    expect(dead).toHaveLength(failures);
  });

  it("cannot roll back when a second deployment fails during the rollback of the first", async () => {
    const ecs = ecsFixture({
      rules: [
        { commit: "2", fate: crash },
        { commit: "3", fate: crash },
      ],
    });
    await ecs.createWeb({ deploymentConfiguration: breaker });
    const old = primaryOf(await completed(ecs));
    await ecs.update({ taskDefinition: await ecs.register(webDefinition("2")) });
    await ecs.until((_, { id }) => id === old.id);
    await ecs.update({ taskDefinition: await ecs.register(webDefinition("3")) });

    const service = await ecs.until((_, { rolloutState }) => rolloutState === "FAILED");

    expect((await history(ecs)).map(({ status }) => status)).toEqual([
      "ROLLBACK_FAILED",
      "ROLLBACK_FAILED",
      "SUCCESSFUL",
    ]);
    expect(service.deployments?.find(({ id }) => id === old.id)).toMatchObject({ runningCount: 2 });
  });

  it("stalls when it is the first deployment: there is no COMPLETED one to roll back to", async () => {
    const ecs = ecsFixture({ rules: [{ fate: crash }] });
    await ecs.createWeb({ deploymentConfiguration: breaker });
    await ecs.until((_, { rolloutState }) => rolloutState === "FAILED");
    await ecs.clock.advance(3_600_000);

    expect(await ecs.web()).toMatchObject({
      runningCount: 0,
      pendingCount: 0,
      deployments: [{ rolloutState: "FAILED" }],
    });
    expect((await history(ecs))[0]).toMatchObject({ status: "ROLLBACK_FAILED" });
  });

  it("increases the delay between launches of tasks that never run, and reports it", async () => {
    const ecs = ecsFixture();
    await ecs.createWeb({ desiredCount: 1 }, webDefinition("9"));
    await ecs.clock.advance(3 * 3_600_000);

    const service = await ecs.web();
    const starts = (service.events ?? [])
      .filter(({ message }) => message?.includes("has started") === true)
      .map(({ createdAt }) => present(createdAt).getTime())
      .toReversed();
    const gaps = starts.slice(1).map((at, index) => (at - (starts[index] ?? 0)) / 1000);
    expect(gaps.slice(0, 4)).toEqual(gaps.slice(0, 4).toSorted((one, other) => one - other));
    expect(Math.max(...gaps)).toBeLessThan(28 * 60);
    expect(messages(service)).toContain(
      "(service web) is unable to consistently start tasks successfully. For more information, see the Troubleshooting section of the Amazon ECS Developer Guide.",
    );
  });

  it.each<{ name: string; rules: TaskRule[]; commit: string; stopped: Record<string, unknown> }>([
    {
      name: "an image that does not exist",
      rules: [],
      commit: "9",
      stopped: {
        stopCode: "TaskFailedToStart",
        stoppedReason: `CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref ${registryUri}/shop/web@${digestOf("9")}: ${registryUri}/shop/web@${digestOf("9")}: not found`,
      },
    },
    {
      name: "too little memory",
      rules: [{ commit: "2", fate: { kind: "out-of-memory", afterSeconds: 5, log: [] } }],
      commit: "2",
      stopped: {
        stopCode: "EssentialContainerExited",
        stoppedReason: "Essential container in task exited",
        containers: [{ exitCode: 137, reason: "OutOfMemoryError: Container killed due to memory usage" }],
      },
    },
    {
      name: "an essential container that exits",
      rules: [{ commit: "2", fate: crash }],
      commit: "2",
      stopped: { stopCode: "EssentialContainerExited", containers: [{ exitCode: 3 }] },
    },
    {
      name: "a secret that cannot be read",
      rules: [{ commit: "2", fate: { kind: "resource-initialization", message: "unable to pull secrets" } }],
      commit: "2",
      stopped: { stopCode: "TaskFailedToStart", stoppedReason: "ResourceInitializationError: unable to pull secrets" },
    },
    {
      name: "a health check that never passes",
      rules: [{ commit: "2", fate: { kind: "unhealthy" } }],
      commit: "2",
      stopped: { stopCode: "ServiceSchedulerInitiated", stoppedReason: "Task failed container health checks" },
    },
  ])("shows $name in the stopped task", async ({ rules, commit, stopped }) => {
    const ecs = ecsFixture({ rules });
    await ecs.createWeb({ desiredCount: 1 });
    await completed(ecs);
    const ours = primaryOf(await ecs.update({ taskDefinition: await ecs.register(webDefinition(commit)) }));
    await ecs.until((_, { failedTasks = 0 }) => failedTasks >= 2);

    const task = (await ecs.tasks("STOPPED")).find(({ startedBy }) => startedBy === ours.id);
    expect(task).toMatchObject(stopped);
  });

  it("writes the output of a crashing container to its log stream", async () => {
    const ecs = ecsFixture({ rules: [{ fate: crash, times: 1 }] });
    await ecs.createWeb({ desiredCount: 1 });
    await completed(ecs);
    const [dead] = await ecs.tasks("STOPPED");
    expect(ecs.logged).toEqual([
      { group: "/shop/web", stream: `ecs/web/${dead?.taskArn?.split("/")[2]}`, lines: ["no database", "giving up"] },
    ]);
  });

  it("counts tasks that cannot be placed, and does not show them", async () => {
    const message = "Capacity is unavailable at this time. Please try again later or in a different availability zone.";
    const ecs = ecsFixture({ rules: [{ fate: { kind: "no-placement", message } }] });
    await ecs.createWeb({ desiredCount: 1 });
    const service = await ecs.until((_, { failedTasks = 0 }) => failedTasks >= 2);
    // ECS omits repeated messages, and does not report a task as started that it cannot place.
    expect(messages(service)).toEqual([`(service web) was unable to place a task. Reason: ${message}`]);
    expect(await ecs.tasks("STOPPED")).toEqual([]);
  });

  it("reports as events only that it cannot launch a task, or register it", async () => {
    const message = "ECS was unable to assume the role 'arn:x' that was provided for this task.";
    const refused = ecsFixture({ rules: [{ fate: { kind: "no-launch", message } }] });
    await refused.createWeb({ desiredCount: 1 });
    const service = await refused.until((_, { failedTasks = 0 }) => failedTasks >= 2);
    expect(messages(service)).toEqual([`(service web) failed to launch a task with (error ${message}).`]);

    const error = "One or more target groups not found";
    const targetGroupArn = "arn:aws:elasticloadbalancing:us-east-1:111122223333:targetgroup/web/1";
    const unregistered = ecsFixture({ rules: [{ fate: { kind: "not-registered", message: error } }] });
    await unregistered.createWeb({
      desiredCount: 1,
      loadBalancers: [{ targetGroupArn, containerName: "web", containerPort: 8080 }],
    });
    await unregistered.clock.advance(600_000);
    const { events, runningCount } = await unregistered.web();
    expect(runningCount).toBe(1);
    expect(events?.[0]?.message).toBe(
      `(service web) failed to register targets in (target-group ${targetGroupArn}) with (error ${error})`,
    );
  });

  it("ends the other containers by a signal when an essential one exits", async () => {
    const ecs = ecsFixture({ rules: [{ fate: { ...crash, exitCode: 0 } }] });
    const definition = webDefinition("1");
    const proxy = { name: "proxy", image: "public.ecr.aws/envoy:1", essential: true };
    await ecs.createWeb(
      { desiredCount: 1 },
      { ...definition, containerDefinitions: [...(definition.containerDefinitions ?? []), proxy] },
    );
    await ecs.until((_, { failedTasks = 0 }) => failedTasks >= 2);
    expect((await ecs.tasks("STOPPED"))[0]?.containers).toMatchObject([
      { name: "web", exitCode: 0 },
      { name: "proxy", exitCode: 143 },
    ]);
  });
});

describe("StopServiceDeployment", () => {
  it("rolls back to the last COMPLETED deployment, also without a circuit breaker", async () => {
    const ecs = ecsFixture({ rules: [{ commit: "2", fate: crash }] });
    await ecs.createWeb();
    const old = primaryOf(await completed(ecs));
    const answer = await ecs.update({ taskDefinition: await ecs.register(webDefinition("2")) });
    await ecs.clock.advance(30_000);
    const stop = new StopServiceDeploymentCommand({
      serviceDeploymentArn: answer.currentServiceDeployment,
      stopType: "ROLLBACK",
    });

    await ecs.client.send(stop);

    expect((await history(ecs))[0]).toMatchObject({ status: "ROLLBACK_REQUESTED" });
    await ecs.clock.advance(2_000);
    expect((await history(ecs))[0]).toMatchObject({ status: "ROLLBACK_IN_PROGRESS" });
    await expect(ecs.client.send(stop)).resolves.toMatchObject({});
    expect((await completed(ecs)).deployments).toMatchObject([{ id: old.id }]);
    expect((await history(ecs))[0]).toMatchObject({ status: "ROLLBACK_SUCCESSFUL" });
    await expect(ecs.client.send(stop)).rejects.toMatchObject({ name: "ConflictException" });
  });
});

describe("a task that ends after the deployment completed", () => {
  it("is replaced, and does not fail the deployment", async () => {
    const ecs = ecsFixture();
    await ecs.createWeb();
    await completed(ecs);
    const [task] = await ecs.tasks();
    await ecs.client.send(new StopTaskCommand({ cluster: "shop", task: task?.taskArn }));
    await ecs.clock.advance(120_000);

    const service = await ecs.web();
    expect(service).toMatchObject({ runningCount: 2, deployments: [{ rolloutState: "COMPLETED", failedTasks: 0 }] });
    expect((await ecs.tasks("STOPPED"))[0]).toMatchObject({
      stopCode: "UserInitiated",
      stoppedReason: "Task stopped by user",
    });
  });
});
