import type {
  DescribeTasksRequest,
  DescribeTasksResponse,
  ListTasksRequest,
  ListTasksResponse,
  StopTaskRequest,
  StopTaskResponse,
} from "@aws-sdk/client-ecs";
import type { Parsed } from "../../protocol/service.ts";
import { ecsArn } from "./arns.ts";
import { describeTask } from "./describe-task.ts";
import { invalidParameter } from "./errors.ts";
import { findCluster, findService } from "./lookup.ts";
import { ecsPage } from "./pages.ts";
import { taskIdIn } from "./references.ts";
import type { ClusterRecord, EcsContext } from "./state.ts";
import { stopTask, stoppedTaskShownMs } from "./tasks.ts";

/** ListTasks: by default the tasks with the desired status RUNNING. */
export function listTasks(context: EcsContext, input: Parsed<ListTasksRequest>): ListTasksResponse {
  const cluster = findCluster(context, input.cluster);
  removeOldTasks(context, cluster);
  const service = input.serviceName === undefined ? undefined : findService(context, cluster, input.serviceName);
  refuseCombined(input);
  // ECS never sets the desired status PENDING: API reference of ListTasks.
  const desiredStatus = input.desiredStatus ?? "RUNNING";
  const arns = [...cluster.tasks.values()]
    .filter((task) => task.desiredStatus === desiredStatus)
    .filter((task) => service === undefined || task.service === service)
    .filter((task) => input.startedBy === undefined || task.options.startedBy === input.startedBy)
    .filter((task) => input.family === undefined || task.definition.family === input.family)
    .filter((task) => input.launchType === undefined || task.options.launchType === input.launchType)
    .map(({ arn }) => arn);
  const page = ecsPage(arns, input, { max: 100, default: 100 });
  return { taskArns: page.items, nextToken: page.nextToken };
}

/** API reference of ListTasks: `startedBy` must be the only filter. */
function refuseCombined({ startedBy, serviceName, family, launchType }: Parsed<ListTasksRequest>): void {
  if (startedBy === undefined) return;
  if (serviceName === undefined && family === undefined && launchType === undefined) return;
  throw invalidParameter("startedBy cannot be combined with another filter.");
}

export function describeTasks(context: EcsContext, input: Parsed<DescribeTasksRequest>): DescribeTasksResponse {
  const cluster = findCluster(context, input.cluster);
  removeOldTasks(context, cluster);
  const tasks: NonNullable<DescribeTasksResponse["tasks"]> = [];
  const failures: NonNullable<DescribeTasksResponse["failures"]> = [];
  for (const reference of input.tasks) {
    const id = taskIdIn(context.world, cluster.name, reference);
    const task = cluster.tasks.get(id);
    if (task === undefined) {
      failures.push({ arn: ecsArn(context.world, `task/${cluster.name}/${id}`), reason: "MISSING" });
    } else {
      tasks.push(describeTask(task, input.include ?? []));
    }
  }
  return { tasks, failures };
}

export function stopTaskOperation(context: EcsContext, input: Parsed<StopTaskRequest>): StopTaskResponse {
  const cluster = findCluster(context, input.cluster);
  removeOldTasks(context, cluster);
  const task = cluster.tasks.get(taskIdIn(context.world, cluster.name, input.task));
  if (task === undefined) throw invalidParameter("The referenced task was not found.");
  stopTask(context, task, { code: "UserInitiated", reason: input.reason ?? "Task stopped by user" });
  task.listener.stoppedByUser();
  return { task: describeTask(task) };
}

export function removeOldTasks(context: EcsContext, cluster: ClusterRecord): void {
  const horizon = context.world.clock.now() - stoppedTaskShownMs;
  for (const [id, { times }] of cluster.tasks) {
    if (times.stoppedAt !== undefined && times.stoppedAt <= horizon) cluster.tasks.delete(id);
  }
}
