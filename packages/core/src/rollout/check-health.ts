import type * as v from "valibot";
import type { EnvironmentConfiguration } from "../config/schema.ts";
import type { ConfigurationLedger, ReleaseLedger } from "../ports.ts";
import type { Evidence, ReleaseRecord } from "../records.ts";
import type { CheckHealthInput, CheckHealthOutput, Rollout } from "../steps.ts";
import type { Expectation } from "./expectation.ts";
import { judgeRollout } from "./judge.ts";
import { failureOf, judgeRelease } from "./judge-release.ts";
import { observeRollouts, type ObservedRollout } from "./observe-rollouts.ts";
import type { ContainerLogs, ServiceObservations } from "./ports.ts";
import { environmentOf, recordOf, serviceOf } from "./service-of-release.ts";

export type HealthPorts = {
  ledger: ConfigurationLedger & Pick<ReleaseLedger, "release" | "recordEvidence">;
  ecs: ServiceObservations;
  logs: ContainerLogs;
};

/**
 * One look at every service of a release, on the way forward or back. What it returns while waiting is what it is to be
 * given next time. A failure is recorded with all its evidence; the state machine gets one line.
 */
export async function checkHealth(
  { ledger, ecs, logs }: HealthPorts,
  input: v.InferOutput<typeof CheckHealthInput>,
  now: Date,
): Promise<CheckHealthOutput> {
  const { release, direction } = input;
  const since = new Date(input.since);
  const environment = await environmentOf(ledger, release);
  const record = direction === "back" ? await recordOf(ledger, release) : undefined;
  const watched = input.rollouts.map((rollout) => ({ rollout, serviceName: nameOf(environment, rollout) }));
  const observed = await observeRollouts(ecs, environment.cluster, watched, { since, now });
  const { deadlineMinutes } = environment.health;
  const judged = observed.map((one) => ({
    ...one,
    verdict: judgeRollout(one.observation, { ...expectationOf(one.rollout, record), since, deadlineMinutes }, now),
  }));
  const verdict = judgeRelease(judged, (now.getTime() - since.getTime()) / 1000, deadlineMinutes * 60);
  switch (verdict.state) {
    case "healthy":
      return verdict;
    case "waiting":
      return { ...verdict, rollouts: observed.map(({ rollout }) => rollout) };
    case "failed": {
      const evidence = await withLogs(logs, verdict.evidence, observed);
      await ledger.recordEvidence(release, evidence);
      return failureOf(evidence);
    }
  }
}

/** A service that is left alone may have gone from the configuration. */
const nameOf = (environment: EnvironmentConfiguration, { service, expect }: Rollout) =>
  expect === "none" ? service : serviceOf(environment, service).service;

function expectationOf(rollout: Rollout, record: ReleaseRecord | undefined): Pick<Expectation, "rollout"> {
  const refuted = record?.intents?.[rollout.service]?.taskDefinition;
  const snapshot = record?.snapshot?.[rollout.service]?.taskDefinition;
  return {
    rollout,
    ...(refuted !== undefined && { refutedTaskDefinition: refuted }),
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
