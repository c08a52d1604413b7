import { describe, expect, it } from "vitest";
import { after, deployment, newArn, oldArn, oldDeployment, service, since } from "../ecs/observation.fixture.ts";
import type { SnapshotObservation } from "../ecs/observe-snapshot.ts";
import { judgeSnapshot } from "./judge-snapshot.ts";

const revision = { arn: "revision/old", taskDefinition: oldArn, digests: { api: "sha256:old" } };
const completed: SnapshotObservation = {
  service: "api",
  observed: service({ deployments: [oldDeployment({ status: "PRIMARY" })] }),
  primaryRevision: revision,
};
const inProgress: SnapshotObservation = { service: "api", observed: service(), lastSuccessful: revision };
const broken: SnapshotObservation = {
  service: "api",
  observed: service({ deployments: [deployment({ rolloutState: "FAILED" })] }),
  lastSuccessful: revision,
};
const target = {
  taskDefinition: oldArn,
  digests: { api: "sha256:old" },
  serviceRevision: "revision/old",
  desiredCount: 2,
};

describe("the rollback target is", () => {
  it.each<[string, SnapshotObservation, number, unknown]>([
    ["the COMPLETED primary deployment", completed, 0, { ...target, deploymentId: "ecs-svc/1" }],
    [
      "the last successful one, at once, when the primary has FAILED",
      broken,
      0,
      { ...target, deploymentId: "ecs-svc/2" },
    ],
    ["the last successful one, after ten minutes", inProgress, 600, { ...target, deploymentId: "ecs-svc/2" }],
    [
      "absent, when no deployment was ever successful",
      { service: "api", observed: inProgress.observed },
      600,
      { digests: {}, deploymentId: "ecs-svc/2", desiredCount: 2 },
    ],
    [
      "absent, without any deployment",
      { service: "api", observed: service({ deployments: [] }) },
      0,
      { digests: {}, desiredCount: 2 },
    ],
    [
      "the task definition alone, when ECS returns no revision",
      { service: "api", observed: completed.observed },
      0,
      { taskDefinition: oldArn, digests: {}, deploymentId: "ecs-svc/1", desiredCount: 2 },
    ],
  ])("%s", (_, observation, seconds, snapshot) => {
    expect(judgeSnapshot([observation], after(seconds), since)).toEqual({
      state: "ready",
      snapshot: { api: snapshot },
    });
  });

  it("what runs now, even if it is a completed rollback of ECS's own", () => {
    const rolledBack = oldDeployment({ status: "PRIMARY", id: "ecs-svc/3", taskDefinition: oldArn });
    const observed = service({ deployments: [rolledBack, deployment({ status: "ACTIVE", taskDefinition: newArn })] });
    expect(judgeSnapshot([{ ...completed, observed }], after(0), since)).toMatchObject({
      snapshot: { api: { taskDefinition: oldArn } },
    });
  });
});

describe("another deployment in progress", () => {
  it.each([
    [0, 5],
    [100, 20],
    [599, 1],
  ])("is waited for: after %i seconds, %i more", (seconds, retryAfterSeconds) => {
    expect(judgeSnapshot([completed, { ...inProgress, service: "web" }], after(seconds), since)).toEqual({
      state: "waiting",
      retryAfterSeconds,
      reason: "another deployment of service web is in progress",
    });
  });
});
