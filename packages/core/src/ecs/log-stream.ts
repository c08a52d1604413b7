import * as v from "valibot";
import { record } from "../lib/record.ts";
import type { DescribedTaskDefinition } from "./task-definition.ts";

export type LogStream = { group: string; stream: string };

/** Where a container's log lines are, if Lockmaster cannot read them; for people. */
export type LogLocation = { location: string };

const Logging = v.object({
  logConfiguration: v.optional(
    v.object({ logDriver: v.string(), options: v.optional(record(v.string(), v.string()), {}) }),
  ),
});

/**
 * Where a container's logs are: the awslogs driver names streams `prefix/container/task id`
 * (docs.aws.amazon.com/AmazonECS/latest/developerguide/using_awslogs.html). It is the one driver whose logs ECS puts into CloudWatch
 * by itself. Undefined for a container that the task definition does not have.
 */
export function logStreamOf(
  { containerDefinitions }: DescribedTaskDefinition,
  container: string,
  taskArn: string,
): LogStream | LogLocation | undefined {
  const found = containerDefinitions.find(({ name }) => name === container);
  if (found === undefined) return undefined;
  const parsed = v.safeParse(Logging, found);
  const { logDriver = "", options = {} } = (parsed.success ? parsed.output.logConfiguration : undefined) ?? {};
  if (logDriver === "") return { location: `the container ${container} has no log configuration` };
  if (logDriver !== "awslogs") return { location: placeOf(container, logDriver, options) };
  const { "awslogs-group": group = "", "awslogs-stream-prefix": prefix, "awslogs-region": logRegion } = options;
  const [, , , region] = taskArn.split(":");
  if (logRegion !== undefined && region !== undefined && logRegion !== region) {
    return { location: `the container ${container} logs to the log group ${group} in ${logRegion}` };
  }
  if (prefix === undefined) {
    const reason = "without awslogs-stream-prefix, its stream has the name of a container id";
    return { location: `the container ${container} logs to the log group ${group}; ${reason}` };
  }
  return { group, stream: `${prefix}/${container}/${taskArn.slice(taskArn.lastIndexOf("/") + 1)}` };
}

/** Options that name a destination. Others may hold credentials. */
const destinationOptions: readonly string[] = [
  "Name",
  "log_group_name",
  "log_group",
  "region",
  "delivery_stream",
  "stream",
  "bucket",
  "Host",
  "Index",
  "splunk-url",
  "gelf-address",
  "fluentd-address",
  "syslog-address",
];

/** Log drivers that keep the lines on the container instance. */
const onInstance: ReadonlySet<string> = new Set(["json-file", "journald", "local"]);

function placeOf(container: string, logDriver: string, options: Readonly<Record<string, string>>): string {
  if (onInstance.has(logDriver)) {
    return `the container ${container} logs through ${logDriver}, on its container instance`;
  }
  const driver = logDriver === "awsfirelens" ? "FireLens (awsfirelens)" : logDriver;
  const named = destinationOptions.flatMap((name) =>
    options[name] === undefined ? [] : `${name} ${withoutCredentials(options[name])}`,
  );
  const destination = named.length === 0 ? "" : ` to ${named.join(", ")}`;
  return `the container ${container} logs through ${driver}${destination}`;
}

/** `https://user:password@host` → `https://host` */
const withoutCredentials = (value: string): string => value.replace(/\/\/[^/@]*@/, "//");
