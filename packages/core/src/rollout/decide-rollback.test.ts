import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ServiceIntent, ServiceSnapshot } from "../ledger/release-record.ts";
import {
  after,
  deployment,
  foreignArn,
  newArn,
  oldArn,
  oldDeployment,
  service,
  serviceDeploymentArn,
} from "../ecs/observation.fixture.ts";
import { decideRollback, type ResolvedServiceDeployment, type RollbackObservation } from "./decide-rollback.ts";

const snapshot: ServiceSnapshot = { taskDefinition: oldArn, digests: {}, deploymentId: "ecs-svc/1", desiredCount: 2 };
const first: ServiceSnapshot = { digests: {}, deploymentId: "ecs-svc/0", desiredCount: 2 };
const intent: ServiceIntent = { at: after(0).toISOString(), taskDefinition: newArn, deploymentId: "ecs-svc/2" };
const withoutTaskDefinition: ServiceIntent = { at: after(0).toISOString() };

const ours = (status: ResolvedServiceDeployment["status"], given: Partial<ResolvedServiceDeployment> = {}) => ({
  arn: serviceDeploymentArn,
  status,
  sourceTaskDefinitions: [oldArn],
  ...given,
});
const seen = (
  primary: ReturnType<typeof deployment>,
  given: Partial<RollbackObservation> = {},
): RollbackObservation => ({
  service: service({ deployments: [primary] }),
  primaryIsPinnedSnapshot: false,
  ...given,
});
const running = deployment();
const rolledBack = oldDeployment({ status: "PRIMARY" });
const foreign = deployment({ id: "ecs-svc/3", taskDefinition: foreignArn, createdAt: after(50) });

const follow = { kind: "follow", taskDefinition: oldArn };
const followOurs = { kind: "follow", taskDefinition: oldArn, serviceDeploymentArn };
const stop = { kind: "stop", serviceDeploymentArn };
const update = { kind: "update" };
const untouched = { kind: "untouched" };
const leave = expect.objectContaining({ kind: "leave" });

type Row = [string, ServiceSnapshot | undefined, ServiceIntent | undefined, RollbackObservation, unknown];

describe("decides the rollback of one service:", () => {
  it.each<Row>([
    ["never changed", snapshot, undefined, seen(rolledBack), untouched],
    ["the step died before the update", snapshot, intent, seen(rolledBack), follow],
    ["the step died before it registered anything", snapshot, withoutTaskDefinition, seen(rolledBack), follow],
    [
      "the step died before the update of a first deployment",
      first,
      intent,
      seen(deployment({ id: "ecs-svc/0", taskDefinition: oldArn })),
      untouched,
    ],
    [
      "updated, but the outcome was lost",
      snapshot,
      { ...intent, deploymentId: "" },
      seen(running, { serviceDeployment: ours("IN_PROGRESS") }),
      stop,
    ],
    [
      "in progress, began from the snapshot",
      snapshot,
      intent,
      seen(running, { serviceDeployment: ours("IN_PROGRESS") }),
      stop,
    ],
    ["not begun yet", snapshot, intent, seen(running, { serviceDeployment: ours("PENDING") }), stop],
    [
      "in progress, began from another task definition",
      snapshot,
      intent,
      seen(running, { serviceDeployment: ours("IN_PROGRESS", { sourceTaskDefinitions: [foreignArn] }) }),
      update,
    ],
    [
      "in progress, began from several",
      snapshot,
      intent,
      seen(running, { serviceDeployment: ours("IN_PROGRESS", { sourceTaskDefinitions: [oldArn, foreignArn] }) }),
      update,
    ],
    ["no service deployment known", snapshot, intent, seen(running), update],
    [
      "completed; another service failed",
      snapshot,
      intent,
      seen(running, { serviceDeployment: ours("SUCCESSFUL") }),
      update,
    ],
    ["stopped without rollback", snapshot, intent, seen(running, { serviceDeployment: ours("STOPPED") }), update],
    ["ECS's rollback failed", snapshot, intent, seen(running, { serviceDeployment: ours("ROLLBACK_FAILED") }), update],
    [
      "ECS was requested to roll back",
      snapshot,
      intent,
      seen(running, { serviceDeployment: ours("ROLLBACK_REQUESTED") }),
      followOurs,
    ],
    [
      "ECS is rolling back to the snapshot",
      snapshot,
      intent,
      seen(running, { serviceDeployment: ours("ROLLBACK_IN_PROGRESS", { rollbackTaskDefinition: oldArn }) }),
      followOurs,
    ],
    [
      "ECS is rolling back to another task definition",
      snapshot,
      intent,
      seen(running, { serviceDeployment: ours("ROLLBACK_IN_PROGRESS", { rollbackTaskDefinition: foreignArn }) }),
      update,
    ],
    [
      "ECS is rolling back, and the old deployment is primary",
      snapshot,
      intent,
      seen(rolledBack, { serviceDeployment: ours("ROLLBACK_IN_PROGRESS") }),
      followOurs,
    ],
    [
      "ECS has rolled back",
      snapshot,
      intent,
      seen(rolledBack, { serviceDeployment: ours("ROLLBACK_SUCCESSFUL") }),
      follow,
    ],
    [
      "in progress, and not primary before traffic shifts",
      snapshot,
      intent,
      seen(rolledBack, { serviceDeployment: ours("IN_PROGRESS") }),
      stop,
    ],
    [
      "an earlier run registered the snapshot with digests",
      snapshot,
      intent,
      seen(foreign, { primaryIsPinnedSnapshot: true }),
      { kind: "follow", taskDefinition: foreignArn },
    ],
    ["another tool deployed during the release", snapshot, intent, seen(foreign), leave],
    [
      "another tool deployed before the release registered a task definition",
      snapshot,
      withoutTaskDefinition,
      seen(foreign),
      leave,
    ],
    [
      "ECS rolled back to a task definition older than the snapshot",
      snapshot,
      intent,
      seen(oldDeployment({ id: "ecs-svc/0", status: "PRIMARY", taskDefinition: foreignArn })),
      update,
    ],
    [
      "nothing changed: the snapshot has the release's task definition",
      { ...snapshot, taskDefinition: newArn },
      intent,
      seen(running),
      { kind: "follow", taskDefinition: newArn },
    ],
    ["a first deployment", first, intent, seen(running), { kind: "scale-to-zero" }],
    ["the service is gone", snapshot, intent, { primaryIsPinnedSnapshot: false }, follow],
  ])("%s", (_, snapshot, intent, observation, decision) => {
    expect(decideRollback(snapshot, intent, observation, "scale-to-zero")).toEqual(decision);
  });

  it("leaves a first deployment if the environment configures that", () => {
    expect(decideRollback(first, intent, seen(running), "leave")).toEqual(leave);
  });
});

const statuses = fc.constantFrom<ResolvedServiceDeployment["status"]>(
  ...(["PENDING", "SUCCESSFUL", "STOPPED", "STOP_REQUESTED", "IN_PROGRESS", "ROLLBACK_REQUESTED"] as const),
  ...(["ROLLBACK_IN_PROGRESS", "ROLLBACK_SUCCESSFUL", "ROLLBACK_FAILED"] as const),
);
const observations = fc
  .record({
    primary: fc.constantFrom(running, rolledBack, foreign),
    status: fc.option(statuses),
    source: fc.constantFrom(oldArn, foreignArn),
    rollback: fc.constantFrom(oldArn, foreignArn),
  })
  .map(({ primary, status, source, rollback }) =>
    seen(primary, {
      ...(status !== null && {
        serviceDeployment: ours(status, { sourceTaskDefinitions: [source], rollbackTaskDefinition: rollback }),
      }),
    }),
  );

it("never takes the release's own task definition for the rollback target", () => {
  fc.assert(
    fc.property(observations, fc.constantFrom(snapshot, first), (observation, snapshot) => {
      const decision = decideRollback(snapshot, intent, observation, "scale-to-zero");
      expect(decision).not.toMatchObject({ kind: "follow", taskDefinition: newArn });
    }),
  );
});

it("never changes a service that the release did not change", () => {
  fc.assert(
    fc.property(observations, fc.constantFrom(snapshot, first, undefined), (observation, snapshot) => {
      expect(decideRollback(snapshot, undefined, observation, "scale-to-zero")).toEqual(untouched);
    }),
  );
});
