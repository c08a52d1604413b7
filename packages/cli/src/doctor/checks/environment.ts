import { DescribeAlarmsCommand } from "@aws-sdk/client-cloudwatch";
import { DescribeClustersCommand } from "@aws-sdk/client-ecs";
import type { ReadResult } from "../checking/aws-reader.ts";
import { check } from "../checking/check.ts";
import { problem, problemsOr, type Finding } from "../checking/finding.ts";

type Facts = {
  environment: string;
  role?: { arn: string; denied: boolean };
  cluster: string;
  /** ECS's status: ACTIVE, PROVISIONING, … */
  clusterStatus: ReadResult<string>;
  /** Alarms of the configuration that CloudWatch does not have. */
  missingAlarms: ReadResult<readonly string[]>;
};

/** CloudWatch, DescribeAlarms: AlarmNames. */
const maxAlarmNames = 100;

/** Do the cluster and the alarms of the environment exist? */
export const environmentCheck = check("environment", "Environments", {
  targets: ({ scope }) => scope.environments,
  gather: async ({ aws, session, accountOf }, target): Promise<Facts> => {
    const { name, environment } = target;
    const { cluster, account, health } = environment;
    const assumed = account === undefined ? undefined : await session(account.role);
    const facts = {
      environment: name,
      ...(account !== undefined && { role: { arn: account.role, denied: assumed === "absent" } }),
      cluster,
    };
    const checked = await accountOf(target);
    if (checked === undefined) return { ...facts, clusterStatus: "unknown", missingAlarms: "unknown" };
    const { ecs, cloudWatch } = checked.clients;
    return {
      ...facts,
      clusterStatus: await aws.read({ action: "ecs:DescribeClusters", resource: cluster }, async () => {
        const { clusters = [] } = await ecs.send(new DescribeClustersCommand({ clusters: [cluster] }));
        return clusters[0]?.status ?? "absent";
      }),
      missingAlarms:
        health.alarms.length === 0
          ? []
          : await aws.read({ action: "cloudwatch:DescribeAlarms", resource: "*" }, async () => {
              const { MetricAlarms = [], CompositeAlarms = [] } = await cloudWatch.send(
                new DescribeAlarmsCommand({
                  AlarmNames: health.alarms.slice(0, maxAlarmNames),
                  AlarmTypes: ["MetricAlarm", "CompositeAlarm"],
                  MaxRecords: maxAlarmNames,
                }),
              );
              const known = new Set([...MetricAlarms, ...CompositeAlarms].map(({ AlarmName }) => AlarmName));
              return health.alarms.slice(0, maxAlarmNames).filter((alarm) => !known.has(alarm));
            }),
    };
  },
  judge: judgeEnvironment,
});

export function judgeEnvironment({ environment, role, cluster, clusterStatus, missingAlarms }: Facts): Finding[] {
  const problems = [];
  if (role?.denied === true) {
    const seen = `AWS denies these credentials sts:AssumeRole on ${role.arn}`;
    problems.push(problem("environment.role-denied", environment, seen, { role: role.arn }));
  }
  if (clusterStatus !== "ACTIVE" && clusterStatus !== "unknown") {
    const seen =
      clusterStatus === "absent"
        ? `the cluster ${cluster} does not exist`
        : `the cluster ${cluster} is ${clusterStatus}`;
    problems.push(problem("environment.cluster-absent", environment, seen));
  }
  if (typeof missingAlarms !== "string") {
    for (const alarm of missingAlarms) {
      problems.push(problem("environment.alarm-absent", environment, `the alarm ${alarm} does not exist`));
    }
  }
  if (clusterStatus === "unknown") return problems;
  return problemsOr(problems, "environment", environment, `the cluster ${cluster} is active`);
}
