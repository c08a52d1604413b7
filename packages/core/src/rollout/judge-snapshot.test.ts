import { describe, expect, it } from "vitest";
import { after, deployment, newArn, oldArn, oldDeployment, service, since } from "../ecs/observation.fixture.ts";
import type { SnapshotObservation } from "../ecs/observe-snapshot.ts";
import { judgeSnapshot } from "./judge-snapshot.ts";

const revision = { arn: "revision/old", taskDefinition: oldArn, digests: { api: "sha256:old" } };
const standing: SnapshotObservation = {
  service: "api",
  observed: service({ deployments: [oldDeployment({ status: "PRIMARY" })] }),
  primaryRevision: revision,
};
const moving: SnapshotObservation = { service: "api", observed: service(), lastSuccessful: revision };
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

describe("where a rollback goes", () => {
  it.each<[string, SnapshotObservation, number, unknown]>([
    ["the COMPLETED primary deployment", standing, 0, { ...target, deploymentId: "ecs-svc/1" }],
    [
      "the last successful one, at once, when the primary has FAILED",
      broken,
      0,
      { ...target, deploymentId: "ecs-svc/2" },
    ],
    ["the last successful one, after ten minutes", moving, 600, { ...target, deploymentId: "ecs-svc/2" }],
    [
      "nowhere, when nothing was ever proven",
      { service: "api", observed: moving.observed },
      600,
      { digests: {}, deploymentId: "ecs-svc/2", desiredCount: 2 },
    ],
    [
      "nowhere, without any deployment",
      { service: "api", observed: service({ deployments: [] }) },
      0,
      { digests: {}, desiredCount: 2 },
    ],
    [
      "the task definition alone, when ECS tells no revision",
      { service: "api", observed: standing.observed },
      0,
      { taskDefinition: oldArn, digests: {}, deploymentId: "ecs-svc/1", desiredCount: 2 },
    ],
  ])("%s", (_, observation, seconds, snapshot) => {
    expect(judgeSnapshot([observation], after(seconds), since)).toEqual({
      state: "ready",
      snapshot: { api: snapshot },
    });
  });

  it("is what runs now, even if it was a rollback of ECS's own that completed", () => {
    const back = oldDeployment({ status: "PRIMARY", id: "ecs-svc/3", taskDefinition: oldArn });
    const observed = service({ deployments: [back, deployment({ status: "ACTIVE", taskDefinition: newArn })] });
    expect(judgeSnapshot([{ ...standing, observed }], after(0), since)).toMatchObject({
      snapshot: { api: { taskDefinition: oldArn } },
    });
  });
});

describe("a deployment of somebody else's", () => {
  it.each([
    [0, 5],
    [100, 20],
    [599, 1],
  ])("is waited for: after %i seconds, %i more", (seconds, retryAfterSeconds) => {
    expect(judgeSnapshot([standing, { ...moving, service: "web" }], after(seconds), since)).toEqual({
      state: "waiting",
      retryAfterSeconds,
      reason: "web is being deployed by somebody else",
    });
  });
});
