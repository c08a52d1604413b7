import { CloudWatchLogsClient, GetLogEventsCommand } from "@aws-sdk/client-cloudwatch-logs";
import { logStreamOf } from "@lockmaster/core/ecs/log-stream.ts";
import type { ContainerLogs, TaskDefinitions } from "@lockmaster/core/ecs/ports.ts";
import { isAwsError } from "../lib/errors.ts";
import { clientOptions, type ClientTarget } from "../lib/client-options.ts";

/** @param target the account and region to act in; Lockmaster's own when absent */
export const logsClient = (target?: ClientTarget) => new CloudWatchLogsClient(clientOptions(undefined, target));

/** Lines that are read: enough for a stack trace. */
const maxLines = 20;

/**
 * Reads the last lines that a container wrote, from the log stream of its awslogs driver.
 *
 * @param unreadable called with the reason when logs cannot be read: missing evidence is not worth a failure
 */
export function containerLogs(
  client: CloudWatchLogsClient,
  taskDefinitions: Pick<TaskDefinitions, "describe">,
  unreadable: (reason: unknown) => void,
): ContainerLogs {
  return {
    async tail({ taskDefinition, taskArn, container }) {
      try {
        const { taskDefinition: described } = await taskDefinitions.describe(taskDefinition);
        const found = logStreamOf(described, container, taskArn);
        if (found === undefined) return { lines: [] };
        if ("location" in found) return { lines: [], ...found };
        const { events = [] } = await client.send(
          new GetLogEventsCommand({
            logGroupName: found.group,
            logStreamName: found.stream,
            limit: maxLines,
            startFromHead: false,
          }),
        );
        return { lines: events.flatMap(({ message }) => message?.trimEnd() ?? []) };
      } catch (error) {
        // No such stream: the container never ran, or wrote nothing.
        if (!isAwsError(error, "ResourceNotFoundException")) unreadable(error);
        return { lines: [] };
      }
    },
  };
}
