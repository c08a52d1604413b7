import {
  type ConflictException,
  DescribeTasksCommand,
  type ECSClient,
  ListTasksCommand,
  RunTaskCommand,
  type RunTaskCommandInput,
  type Service,
  StopTaskCommand,
} from "@aws-sdk/client-ecs";
import { RejectedError } from "@lockmaster/core/lib/errors.ts";
import type { OneOffTasks, TaskRequest, TaskStart } from "@lockmaster/core/tasks/ports.ts";
import { incompleteAnswer, isAwsError, required, withTranslatedErrors } from "../lib/errors.ts";
import { essentialContainers } from "./essential-containers.ts";
import { describeServices } from "./services.ts";
import { observedTask } from "./shapes.ts";

/** ECS keeps at most this many characters of the reason for a stop. */
const maxReasonLength = 255;

/** One-off tasks of ECS. */
export function ecsTasks(client: ECSClient): OneOffTasks {
  const essentialOf = essentialContainers(client);
  return {
    async run(request) {
      const { cluster, service } = request;
      const found = (await describeServices(client, cluster, [service], ["TAGS"])).get(service);
      if (found === undefined) throw serviceNotFound(request);
      const call = { action: "ecs:RunTask", resource: request.taskDefinition };
      return withTranslatedErrors(call, async () => {
        try {
          const { tasks, failures } = await client.send(new RunTaskCommand(runTaskInput(request, found)));
          // Because of the client token, a retry starts no second task.
          if (!tasks?.[0] && !failures?.[0]) throw incompleteAnswer(call, "a task or a reason");
          return startOf(tasks?.[0]?.taskArn, failures?.[0]?.reason, failures?.[0]?.detail);
        } catch (error) {
          return startOfError(error);
        }
      });
    },
    async describe(cluster, taskArn) {
      const call = { action: "ecs:DescribeTasks", resource: taskArn };
      const { tasks } = await withTranslatedErrors(call, () =>
        client.send(new DescribeTasksCommand({ cluster, tasks: [taskArn] })),
      );
      const [task] = required(tasks, call, "a list of tasks");
      if (task === undefined) return undefined;
      // How containers ended matters only once the task has stopped.
      const essential = task.lastStatus === "STOPPED" ? await essentialOf([task]) : undefined;
      return observedTask(task, essential?.get(task.taskDefinitionArn ?? ""));
    },
    async startedBy(cluster, startedBy) {
      const call = { action: "ecs:ListTasks", resource: `tasks of ${startedBy} in cluster ${cluster}` };
      const answer = await withTranslatedErrors(call, () => client.send(new ListTasksCommand({ cluster, startedBy })));
      return required(answer.taskArns, call, "a list of tasks");
    },
    async stop(cluster, taskArn, reason) {
      await withTranslatedErrors({ action: "ecs:StopTask", resource: taskArn }, async () => {
        try {
          await client.send(new StopTaskCommand({ cluster, task: taskArn, reason: reason.slice(0, maxReasonLength) }));
        } catch (error) {
          if (!isAwsError(error, "InvalidParameterException")) throw error;
          // ECS no longer has the task: "The referenced task was not found."
          if (!/task was not found/i.test(error.message)) throw error;
        }
      });
    },
  };
}

/**
 * Uses the service's network, capacity, placement and tags; launch type and capacity providers exclude each other. RunTask takes no
 * Service Connect configuration, and propagates tags from task definitions only:
 * docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RunTask.html
 */
function runTaskInput(request: TaskRequest, service: Service): RunTaskCommandInput {
  const { cluster, taskDefinition, startedBy, clientToken, container, command } = request;
  const { capacityProviderStrategy = [], launchType, networkConfiguration, platformVersion } = service;
  const { placementConstraints = [], placementStrategy = [], enableECSManagedTags, propagateTags } = service;
  // `aws:` belongs to AWS: a request must not have such tags.
  const tags =
    propagateTags === "SERVICE" ? (service.tags ?? []).filter(({ key = "" }) => !key.startsWith("aws:")) : [];
  return {
    cluster,
    taskDefinition,
    count: 1,
    startedBy,
    clientToken,
    ...(networkConfiguration !== undefined && { networkConfiguration }),
    ...(capacityProviderStrategy.length > 0
      ? { capacityProviderStrategy }
      : launchType !== undefined && { launchType }),
    ...(platformVersion !== undefined && platformVersion !== "" && { platformVersion }),
    ...(placementConstraints.length > 0 && { placementConstraints }),
    ...(placementStrategy.length > 0 && { placementStrategy }),
    ...(enableECSManagedTags === true && { enableECSManagedTags }),
    ...(propagateTags === "TASK_DEFINITION" && { propagateTags }),
    ...(tags.length > 0 && { tags }),
    overrides: { containerOverrides: [{ name: container, command: [...command] }] },
  };
}

/**
 * Reasons that a later attempt can overcome: no capacity, no instances, or a disconnected agent.
 * docs.aws.amazon.com/AmazonECS/latest/developerguide/api_failures_messages.html
 */
const transientReason = /capacity|^RESOURCE|^AGENT$|^NO ACTIVE INSTANCES$|limit on the number of .* concurrently/i;

function startOf(
  taskArn: string | undefined,
  reason = "ECS returned neither a task nor a reason",
  detail = "",
): TaskStart {
  if (taskArn !== undefined) return { state: "started", taskArn };
  const full = detail === "" ? reason : `${reason}: ${detail}`;
  return { state: transientReason.test(reason) ? "no-capacity" : "refused", reason: full };
}

/** A conflict means that the token was used for another request, before the service changed: that task runs. */
function startOfError(error: unknown): TaskStart {
  if (isConflict(error) && error.resourceIds?.[0] !== undefined) {
    return { state: "started", taskArn: error.resourceIds[0] };
  }
  if (
    isAwsError(error, "ClientException", "InvalidParameterException", "ThrottlingException") &&
    lacksCapacity(error)
  ) {
    return { state: "no-capacity", reason: error.message };
  }
  throw error;
}

const isConflict = (error: unknown): error is ConflictException => isAwsError(error, "ConflictException");
const lacksCapacity = ({ message }: Error): boolean => /capacity is unavailable|limit on the number of/i.test(message);

const serviceNotFound = ({ cluster, service }: TaskRequest) =>
  new RejectedError(
    `the service ${service} does not exist in cluster ${cluster}; create it or correct the configuration, then redrive`,
    { code: "SERVICE_NOT_FOUND" },
  );
