import type * as v from "valibot";
import type { EnvironmentConfiguration } from "../config/schema.ts";
import { requireLock } from "../lock/hold-lock.ts";
import type { ConfigurationLedger, LockLedger, ReleaseLedger } from "../ledger/ports.ts";
import type { Evidence } from "../ledger/evidence.ts";
import type { ReleaseRecord } from "../ledger/release-record.ts";
import type { CheckHealthInput, CheckHealthOutput, Rollout } from "../contract/steps.ts";
import { requestProbe } from "./request-probe.ts";
import { raisedAlarms } from "../ecs/alarms.ts";
import { describeFailure, withTail } from "../ecs/describe-failure.ts";
import type { Expectation } from "./expectation.ts";
import { judgeHealth, type Findings, type HealthPolicy } from "./judge-health.ts";
import { judgeRollout } from "./judge.ts";
import { observeRollouts, type ObservedRollout } from "./observe-rollouts.ts";
import type { AlarmObservations, ContainerLogs, HttpProbe, ServiceObservations } from "../ecs/ports.ts";
import { environmentOf, recordOf, serviceOf } from "../policy/policy.ts";

export type HealthPorts = {
  ledger: ConfigurationLedger & Pick<ReleaseLedger, "release" | "recordEvidence"> & Pick<LockLedger, "lock">;
  ecs: ServiceObservations;
  logs: ContainerLogs;
  alarms: AlarmObservations;
  probe: HttpProbe;
};

/**
 * Polls every service of a release once, during a rollout or a rollback. While waiting it returns the input of the next poll. A
 * failure is recorded with all its evidence; the state machine gets one line.
 *
 * A rollback is proven healthy by its services and the probe's status. It ignores alarms, because those that the release raised
 * stay raised for a while, and has no bake time, because there is no further rollback target.
 *
 * @throws LockLostError
 */
export async function checkHealth(
  ports: HealthPorts,
  input: v.InferOutput<typeof CheckHealthInput>,
  now: Date,
): Promise<CheckHealthOutput> {
  const { ledger, logs } = ports;
  const since = new Date(input.since);
  const environment = await environmentOf(ledger, input.release);
  const poll = { input, environment, since, now };
  const { findings, observed } = await collectFindings(ports, poll);
  const verdict = judgeHealth(findings, healthPolicyOf(poll), input.tracking ?? {}, poll);
  switch (verdict.state) {
    case "healthy":
      return verdict;
    case "waiting":
      return { ...verdict, rollouts: observed.map(({ rollout }) => rollout) };
    case "failed": {
      // If another release holds the lock now, it changes the services: that is no failure of this one. A success is checked
      // when the release is finished.
      await requireLock(ledger, input.release, input.epoch);
      const evidence = await withLogs(logs, verdict.evidence, observed);
      await ledger.recordEvidence(input.release, evidence);
      return describeFailure(evidence);
    }
  }
}

type Poll = {
  input: v.InferOutput<typeof CheckHealthInput>;
  environment: EnvironmentConfiguration;
  since: Date;
  now: Date;
};

const healthPolicyOf = ({ input: { direction }, environment: { health } }: Poll): HealthPolicy => ({
  deadlineMinutes: health.deadlineMinutes,
  bakeSeconds: direction === "deploy" ? health.bakeSeconds : 0,
});

/** Reads services and alarms first. The probe is requested only if all of them are healthy. */
async function collectFindings(
  ports: HealthPorts,
  { input, environment, since, now }: Poll,
): Promise<{ findings: Findings; observed: readonly ObservedRollout[] }> {
  const { release, direction } = input;
  const { deadlineMinutes, alarms: alarmNames, probe } = environment.health;
  const needsRecord = direction === "rollback" || probe?.revisionPath !== undefined;
  const record = needsRecord ? await recordOf(ports.ledger, release) : undefined;
  const watched = input.rollouts.map((rollout) => ({ rollout, serviceName: serviceNameOf(environment, rollout) }));
  const [observed, alarms] = await Promise.all([
    observeRollouts(ports.ecs, environment.cluster, watched, { since, now }),
    direction === "deploy" && alarmNames.length > 0 ? ports.alarms.describe(alarmNames) : [],
  ]);
  const services = observed.map(({ rollout, observation }) => ({
    service: rollout.service,
    verdict: judgeRollout(observation, { ...expectationOf(rollout, record), since, deadlineMinutes }, now),
  }));
  const allHealthy = services.every(({ verdict }) => verdict.state === "healthy");
  const objection =
    probe !== undefined && allHealthy && raisedAlarms(alarms) === undefined
      ? await requestProbe(ports.probe, probe, { direction, observed, release, record })
      : undefined;
  return { findings: { services, alarms, ...(objection !== undefined && { objection }) }, observed };
}

/** A service that is left alone may have been removed from the configuration. */
const serviceNameOf = (environment: EnvironmentConfiguration, { service, expect }: Rollout) =>
  expect === "none" ? service : serviceOf(environment, service).service;

/** @param record during a rollback: it names the failed task definition and the rollback target */
function expectationOf(rollout: Rollout, record: ReleaseRecord | undefined): Pick<Expectation, "rollout"> {
  const failed = record?.intents?.[rollout.service]?.taskDefinition;
  const snapshot = record?.snapshot?.[rollout.service]?.taskDefinition;
  return {
    rollout,
    ...(failed !== undefined && { failedTaskDefinition: failed }),
    ...(snapshot !== undefined && { snapshotTaskDefinition: snapshot }),
  };
}

/** Adds the containers' last log lines. */
async function withLogs(
  logs: ContainerLogs,
  evidence: readonly Evidence[],
  observed: readonly ObservedRollout[],
): Promise<readonly Evidence[]> {
  const tasks = new Map(
    observed.flatMap(({ observation }) => observation.stoppedTasks.map((task) => [task.taskArn, task] as const)),
  );
  return Promise.all(
    evidence.map(async (entry) => {
      const task = tasks.get(entry.taskArn ?? "");
      if (task === undefined || entry.container === undefined) return entry;
      const { taskArn, taskDefinition } = task;
      return withTail(entry, await logs.tail({ taskDefinition, taskArn, container: entry.container }));
    }),
  );
}
