import { DescribeAlarmsCommand } from "@aws-sdk/client-cloudwatch";
import { DescribeClustersCommand } from "@aws-sdk/client-ecs";
import type { Seen } from "../checking/asking.ts";
import { check } from "../checking/check.ts";
import { trouble, troublesOr, type Finding } from "../checking/finding.ts";

type Facts = {
  environment: string;
  role?: { arn: string; refused: boolean };
  cluster: string;
  /** ECS's own: ACTIVE, PROVISIONING, … */
  clusterStatus: Seen<string>;
  /** Alarms that the configuration names and CloudWatch does not have. */
  missingAlarms: Seen<readonly string[]>;
};

/** CloudWatch, DescribeAlarms: AlarmNames. */
const mostAlarmNames = 100;

/** Is the environment where the configuration says? */
export const environmentCheck = check("environment", "Environments", {
  targets: ({ scope }) => scope.environments,
  gather: async ({ asking, session, place }, target): Promise<Facts> => {
    const { name, environment } = target;
    const { cluster, account, health } = environment;
    const assumed = account === undefined ? undefined : await session(account.role);
    const facts = {
      environment: name,
      ...(account !== undefined && { role: { arn: account.role, refused: assumed === "absent" } }),
      cluster,
    };
    const where = await place(target);
    if (where === undefined) return { ...facts, clusterStatus: "unseen", missingAlarms: "unseen" };
    const { ecs, cloudWatch } = where.clients;
    return {
      ...facts,
      clusterStatus: await asking.ask({ action: "ecs:DescribeClusters", resource: cluster }, async () => {
        const { clusters = [] } = await ecs.send(new DescribeClustersCommand({ clusters: [cluster] }));
        return clusters[0]?.status ?? "absent";
      }),
      missingAlarms:
        health.alarms.length === 0
          ? []
          : await asking.ask({ action: "cloudwatch:DescribeAlarms", resource: "*" }, async () => {
              const { MetricAlarms = [], CompositeAlarms = [] } = await cloudWatch.send(
                new DescribeAlarmsCommand({
                  AlarmNames: health.alarms.slice(0, mostAlarmNames),
                  AlarmTypes: ["MetricAlarm", "CompositeAlarm"],
                  MaxRecords: mostAlarmNames,
                }),
              );
              const known = new Set([...MetricAlarms, ...CompositeAlarms].map(({ AlarmName }) => AlarmName));
              return health.alarms.slice(0, mostAlarmNames).filter((alarm) => !known.has(alarm));
            }),
    };
  },
  judge: judgeEnvironment,
});

export function judgeEnvironment({ environment, role, cluster, clusterStatus, missingAlarms }: Facts): Finding[] {
  const troubles = [];
  if (role?.refused === true) {
    const seen = `AWS does not let these credentials assume ${role.arn}`;
    troubles.push(trouble("environment.role-refused", environment, seen, { role: role.arn }));
  }
  if (clusterStatus !== "ACTIVE" && clusterStatus !== "unseen") {
    const seen =
      clusterStatus === "absent" ? `there is no cluster ${cluster}` : `the cluster ${cluster} is ${clusterStatus}`;
    troubles.push(trouble("environment.cluster-absent", environment, seen));
  }
  if (typeof missingAlarms !== "string") {
    for (const alarm of missingAlarms) {
      troubles.push(trouble("environment.alarm-absent", environment, `there is no alarm ${alarm}`));
    }
  }
  if (clusterStatus === "unseen") return troubles;
  return troublesOr(troubles, "environment", environment, `the cluster ${cluster} is active`);
}
