import type { ClientTarget } from "@lockmaster/aws/lib/client-options.ts";
import { containerLogs, logsClient } from "@lockmaster/aws/logs/container-logs.ts";
import type { ContainerLogs, TaskDefinitions } from "@lockmaster/core/ecs/ports.ts";
import type { Log } from "@lockmaster/lambda/log.ts";

/** Container logs in one account and region, for one invocation: its log says why lines are missing. */
export function containerLogsOf(target: ClientTarget, taskDefinitions: TaskDefinitions): (log: Log) => ContainerLogs {
  const client = logsClient(target);
  return (log) =>
    containerLogs(client, taskDefinitions, (reason) => log.warn("Container logs cannot be read", { reason }));
}
