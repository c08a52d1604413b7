import type * as v from "valibot";
import type { EnvironmentConfiguration } from "../config/schema.ts";
import { requireLock } from "../lock/hold-lock.ts";
import type { ConfigurationLedger, LockLedger, ReleaseLedger } from "../ledger/ports.ts";
import type { Evidence } from "../ledger/evidence.ts";
import type { ReleaseRecord } from "../ledger/release-record.ts";
import type { CheckHealthInput, CheckHealthOutput, Rollout } from "../contract/steps.ts";
import { askProbe } from "./ask-probe.ts";
import { raisedAlarms } from "../ecs/alarms.ts";
import { describeFailure } from "../ecs/describe-failure.ts";
import type { Expectation } from "./expectation.ts";
import { judgeHealth, type Findings, type HealthPolicy } from "./judge-health.ts";
import { judgeRollout } from "./judge.ts";
import { observeRollouts, type ObservedRollout } from "./observe-rollouts.ts";
import type { AlarmObservations, ContainerLogs, HttpProbe, ServiceObservations } from "../ecs/ports.ts";
import { environmentOf, recordOf, serviceOf } from "../policy/service-of-release.ts";

export type HealthPorts = {
  ledger: ConfigurationLedger & Pick<ReleaseLedger, "release" | "recordEvidence"> & Pick<LockLedger, "lock">;
  ecs: ServiceObservations;
  logs: ContainerLogs;
  alarms: AlarmObservations;
  probe: HttpProbe;
};

/**
 * One look at every service of a release, on the way forward or back. What it returns while waiting is what it is to be
 * given next time. A failure is recorded with all its evidence; the state machine gets one line.
 *
 * The way back is proven by its services and the probe's status. Alarms that the release raised take their time to become
 * quiet again, and nothing is gained by a bake: there is nowhere else to go.
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
  const look = { input, environment, since, now };
  const { findings, observed } = await find(ports, look);
  const verdict = judgeHealth(findings, policyOf(look), input.soFar ?? {}, look);
  switch (verdict.state) {
    case "healthy":
      return verdict;
    case "waiting":
      return { ...verdict, rollouts: observed.map(({ rollout }) => rollout) };
    case "failed": {
      // Whoever has the lock now changes the services: that is no failure of this release, and no evidence against it. Of a
      // success the conclusion makes sure.
      await requireLock(ledger, input.release, input.epoch);
      const evidence = await withLogs(logs, verdict.evidence, observed);
      await ledger.recordEvidence(input.release, evidence);
      return describeFailure(evidence);
    }
  }
}

type Look = {
  input: v.InferOutput<typeof CheckHealthInput>;
  environment: EnvironmentConfiguration;
  since: Date;
  now: Date;
};

const policyOf = ({ input: { direction }, environment: { health } }: Look): HealthPolicy => ({
  deadlineMinutes: health.deadlineMinutes,
  bakeSeconds: direction === "forward" ? health.bakeSeconds : 0,
});

/** Services and alarms first; the probe is asked when nothing is left to object or to wait for. */
async function find(
  ports: HealthPorts,
  { input, environment, since, now }: Look,
): Promise<{ findings: Findings; observed: readonly ObservedRollout[] }> {
  const { release, direction } = input;
  const { deadlineMinutes, alarms: alarmNames, probe } = environment.health;
  const needsRecord = direction === "back" || probe?.revisionPath !== undefined;
  const record = needsRecord ? await recordOf(ports.ledger, release) : undefined;
  const watched = input.rollouts.map((rollout) => ({ rollout, serviceName: nameOf(environment, rollout) }));
  const [observed, alarms] = await Promise.all([
    observeRollouts(ports.ecs, environment.cluster, watched, { since, now }),
    direction === "forward" && alarmNames.length > 0 ? ports.alarms.describe(alarmNames) : [],
  ]);
  const services = observed.map(({ rollout, observation }) => ({
    service: rollout.service,
    verdict: judgeRollout(observation, { ...expectationOf(rollout, record), since, deadlineMinutes }, now),
  }));
  const allHealthy = services.every(({ verdict }) => verdict.state === "healthy");
  const objection =
    probe !== undefined && allHealthy && raisedAlarms(alarms) === undefined
      ? await askProbe(ports.probe, probe, { direction, observed, release, record })
      : undefined;
  return { findings: { services, alarms, ...(objection !== undefined && { objection }) }, observed };
}

/** A service that is left alone may have gone from the configuration. */
const nameOf = (environment: EnvironmentConfiguration, { service, expect }: Rollout) =>
  expect === "none" ? service : serviceOf(environment, service).service;

/** @param record on the way back, where it tells what was left behind and what is returned to */
function expectationOf(rollout: Rollout, record: ReleaseRecord | undefined): Pick<Expectation, "rollout"> {
  const knownBad = record?.intents?.[rollout.service]?.taskDefinition;
  const snapshot = record?.snapshot?.[rollout.service]?.taskDefinition;
  return {
    rollout,
    ...(knownBad !== undefined && { failedTaskDefinition: knownBad }),
    ...(snapshot !== undefined && { snapshotTaskDefinition: snapshot }),
  };
}

/** Adds what the containers themselves wrote last. */
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
      const logLines = await logs.tail({ taskDefinition, taskArn, container: entry.container });
      return logLines.length === 0 ? entry : { ...entry, logLines };
    }),
  );
}
