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
const onlyMeant: ServiceIntent = { at: after(0).toISOString() };

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
const back = oldDeployment({ status: "PRIMARY" });
const foreign = deployment({ id: "ecs-svc/3", taskDefinition: foreignArn, createdAt: after(50) });

const follow = { kind: "follow", taskDefinition: oldArn };
const followOurs = { kind: "follow", taskDefinition: oldArn, serviceDeploymentArn };
const stop = { kind: "stop", serviceDeploymentArn };
const update = { kind: "update" };
const untouched = { kind: "untouched" };
const leave = expect.objectContaining({ kind: "leave" });

type Row = [string, ServiceSnapshot | undefined, ServiceIntent | undefined, RollbackObservation, unknown];

describe("one service goes back", () => {
  it.each<Row>([
    ["never touched", snapshot, undefined, seen(back), untouched],
    ["the step died before the update", snapshot, intent, seen(back), follow],
    ["the step died before it registered anything", snapshot, onlyMeant, seen(back), follow],
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
      "under way, began from the snapshot",
      snapshot,
      intent,
      seen(running, { serviceDeployment: ours("IN_PROGRESS") }),
      stop,
    ],
    ["not even begun", snapshot, intent, seen(running, { serviceDeployment: ours("PENDING") }), stop],
    [
      "under way, began from something else",
      snapshot,
      intent,
      seen(running, { serviceDeployment: ours("IN_PROGRESS", { sourceTaskDefinitions: [foreignArn] }) }),
      update,
    ],
    [
      "under way, began from several",
      snapshot,
      intent,
      seen(running, { serviceDeployment: ours("IN_PROGRESS", { sourceTaskDefinitions: [oldArn, foreignArn] }) }),
      update,
    ],
    ["no service deployment known", snapshot, intent, seen(running), update],
    [
      "completed well; another service failed",
      snapshot,
      intent,
      seen(running, { serviceDeployment: ours("SUCCESSFUL") }),
      update,
    ],
    ["stopped without rollback", snapshot, intent, seen(running, { serviceDeployment: ours("STOPPED") }), update],
    ["ECS could not go back", snapshot, intent, seen(running, { serviceDeployment: ours("ROLLBACK_FAILED") }), update],
    [
      "ECS was asked to go back",
      snapshot,
      intent,
      seen(running, { serviceDeployment: ours("ROLLBACK_REQUESTED") }),
      followOurs,
    ],
    [
      "ECS is going back to the snapshot",
      snapshot,
      intent,
      seen(running, { serviceDeployment: ours("ROLLBACK_IN_PROGRESS", { rollbackTaskDefinition: oldArn }) }),
      followOurs,
    ],
    [
      "ECS is going back to something else",
      snapshot,
      intent,
      seen(running, { serviceDeployment: ours("ROLLBACK_IN_PROGRESS", { rollbackTaskDefinition: foreignArn }) }),
      update,
    ],
    [
      "ECS is going back, and the old deployment is primary",
      snapshot,
      intent,
      seen(back, { serviceDeployment: ours("ROLLBACK_IN_PROGRESS") }),
      followOurs,
    ],
    ["ECS has gone back", snapshot, intent, seen(back, { serviceDeployment: ours("ROLLBACK_SUCCESSFUL") }), follow],
    [
      "under way, and not primary before traffic shifts",
      snapshot,
      intent,
      seen(back, { serviceDeployment: ours("IN_PROGRESS") }),
      stop,
    ],
    [
      "an earlier run registered the snapshot with digests",
      snapshot,
      intent,
      seen(foreign, { primaryIsPinnedSnapshot: true }),
      { kind: "follow", taskDefinition: foreignArn },
    ],
    ["somebody else deployed meanwhile", snapshot, intent, seen(foreign), leave],
    ["somebody else deployed before we had registered anything", snapshot, onlyMeant, seen(foreign), leave],
    [
      "ECS went back to something older than the snapshot",
      snapshot,
      intent,
      seen(oldDeployment({ id: "ecs-svc/0", status: "PRIMARY", taskDefinition: foreignArn })),
      update,
    ],
    [
      "nothing changed: the snapshot is what we wanted",
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

  it("leaves a first deployment where the environment says so", () => {
    expect(decideRollback(first, intent, seen(running), "leave")).toEqual(leave);
  });
});

const statuses = fc.constantFrom<ResolvedServiceDeployment["status"]>(
  ...(["PENDING", "SUCCESSFUL", "STOPPED", "STOP_REQUESTED", "IN_PROGRESS", "ROLLBACK_REQUESTED"] as const),
  ...(["ROLLBACK_IN_PROGRESS", "ROLLBACK_SUCCESSFUL", "ROLLBACK_FAILED"] as const),
);
const observations = fc
  .record({
    primary: fc.constantFrom(running, back, foreign),
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

it("never takes what the release brought for the way back", () => {
  fc.assert(
    fc.property(observations, fc.constantFrom(snapshot, first), (observation, snapshot) => {
      const decision = decideRollback(snapshot, intent, observation, "scale-to-zero");
      expect(decision).not.toMatchObject({ kind: "follow", taskDefinition: newArn });
    }),
  );
});

it("never changes a service that the release did not touch", () => {
  fc.assert(
    fc.property(observations, fc.constantFrom(snapshot, first, undefined), (observation, snapshot) => {
      expect(decideRollback(snapshot, undefined, observation, "scale-to-zero")).toEqual(untouched);
    }),
  );
});
