import * as v from "valibot";
import type { DescribedTaskDefinition } from "./task-definition.ts";

export type LogStream = { group: string; stream: string };

/** The log driver that writes to CloudWatch. */
const AwsLogs = v.object({
  name: v.string(),
  logConfiguration: v.object({
    logDriver: v.literal("awslogs"),
    options: v.object({ "awslogs-group": v.string(), "awslogs-stream-prefix": v.string() }),
  }),
});

/**
 * Where a container's logs are: the awslogs driver names streams `prefix/container/task id`
 * (docs.aws.amazon.com/AmazonECS/latest/developerguide/using_awslogs.html). Undefined with any other driver.
 */
export function logStreamOf(
  { containerDefinitions }: DescribedTaskDefinition,
  container: string,
  taskArn: string,
): LogStream | undefined {
  const parsed = v.safeParse(
    AwsLogs,
    containerDefinitions.find(({ name }) => name === container),
  );
  if (!parsed.success) return undefined;
  const { "awslogs-group": group, "awslogs-stream-prefix": prefix } = parsed.output.logConfiguration.options;
  return { group, stream: `${prefix}/${container}/${taskArn.slice(taskArn.lastIndexOf("/") + 1)}` };
}
