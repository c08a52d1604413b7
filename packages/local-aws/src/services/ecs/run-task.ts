/** RunTask: a one-off task, which no service replaces. */
import { isDeepStrictEqual } from "node:util";
import type { Failure, RunTaskRequest, RunTaskResponse } from "@aws-sdk/client-ecs";
import { passRole } from "../../protocol/demand.ts";
import { notInLocalAws } from "../../protocol/errors.ts";
import type { Call, Parsed } from "../../protocol/service.ts";
import type { AccountRegion } from "./arns.ts";
import { instancesOf, placeOnInstance } from "./container-instances.ts";
import { describeTask } from "./describe-task.ts";
import { clientError, conflict, invalidParameter } from "./errors.ts";
import { newTask, startTask, taskSpec, taskTags } from "./launch.ts";
import { findCluster, launchableTaskDefinition } from "./lookup.ts";
import { checkRole, isFargateSize } from "./task-definition-rules.ts";
import type { ClusterRecord, EcsContext, RegisteredTaskDefinition, TaskOptions, TaskRecord } from "./state.ts";
import { removeOldTasks } from "./task-operations.ts";
import { refuseLaunchType, validateWorkload } from "./workload.ts";

/** docs.aws.amazon.com/AmazonECS/latest/APIReference/ECS_Idempotency.html */
const clientTokenMs = 24 * 3_600_000;

/** All overrides of a request together: docs.aws.amazon.com/AmazonECS/latest/APIReference/API_TaskOverride.html */
const maxOverrideCharacters = 8192;

/**
 * RunTask. As at AWS, a lack of capacity is not an error but a `failure` in the answer, for each task that cannot be placed,
 * and a client token starts its tasks at most once.
 */
export function runTask(context: EcsContext, input: Parsed<RunTaskRequest>, call: Call): RunTaskResponse {
  const cluster = findCluster(context, input.cluster);
  removeOldTasks(context, cluster);
  checkRequest(input);
  const { clientToken, ...request } = input;
  const earlier = earlierTasks(context, cluster, clientToken, request);
  if (earlier !== undefined) return { tasks: earlier.map((task) => describeTask(task)), failures: [] };

  const { definition } = launchableTaskDefinition(context, input.taskDefinition);
  requirePassRole(context, definition, input, call);
  checkPlacement(context.world, definition, input, instancesOf(context, cluster).length > 0);
  const { started, failures } = startTasks(context, cluster, definition, input);
  if (clientToken !== undefined && started.length > 0) {
    cluster.clientTokens.set(clientToken, { usedAt: context.world.clock.now(), request, tasks: started });
  }
  return { tasks: started.map((task) => describeTask(task)), failures };
}

function startTasks(
  context: EcsContext,
  cluster: ClusterRecord,
  definition: RegisteredTaskDefinition,
  input: Parsed<RunTaskRequest>,
): { started: readonly TaskRecord[]; failures: Failure[] } {
  const started: TaskRecord[] = [];
  const failures: Failure[] = [];
  const tags = taskTags(context, {
    cluster,
    definition,
    propagateTags: input.propagateTags,
    managed: input.enableECSManagedTags === true,
    requested: input.tags ?? [],
  });
  const subnets = input.networkConfiguration?.awsvpcConfiguration?.subnets ?? [];
  for (let index = 0; index < (input.count ?? 1); index += 1) {
    const options = optionsOf(definition, input);
    const placed =
      options.launchType === "EC2" ? placeOnInstance(context, cluster, { definition, options }) : undefined;
    if (placed !== undefined && "refusal" in placed) {
      const { message, instance: arn, resource: reason = message } = placed.refusal;
      failures.push({ reason, ...(arn !== undefined && { arn }) });
      continue;
    }
    const instance = placed && { containerInstanceArn: placed.instance };
    const task = newTask(context, cluster, definition, { ...options, ...instance }, { tags, subnets });
    const spec = taskSpec(task);
    const refusal = context.engine.refusal(spec);
    if (refusal?.type === "unlaunched" && started.length === 0) throw clientError(refusal.message);
    if (refusal !== undefined) {
      failures.push({ reason: refusal.message });
      continue;
    }
    startTask(context, task, spec);
    started.push(task);
  }
  return { started, failures };
}

/** The caller must be permitted to pass the task's roles: docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html */
function requirePassRole(
  { world }: EcsContext,
  definition: RegisteredTaskDefinition,
  { overrides }: Parsed<RunTaskRequest>,
  call: Call,
): void {
  const taskRole = overrides?.taskRoleArn ?? definition.taskRoleArn;
  for (const role of [taskRole, overrides?.executionRoleArn ?? definition.executionRoleArn]) {
    if (role === undefined) continue;
    checkRole(world, role);
    world.authorize?.(call, passRole(role, "ecs-tasks.amazonaws.com"));
  }
}

function checkRequest({ overrides, propagateTags }: Parsed<RunTaskRequest>): void {
  if (propagateTags === "SERVICE") throw invalidParameter("propagateTags SERVICE is not supported for RunTask.");
  if (overrides === undefined) return;
  if (JSON.stringify(overrides).length > maxOverrideCharacters) {
    throw invalidParameter(`Container Overrides length must be at most ${maxOverrideCharacters}`);
  }
  if ((overrides.inferenceAcceleratorOverrides ?? []).length > 0) {
    throw notInLocalAws("overrides.inferenceAcceleratorOverrides of RunTask");
  }
  for (const { resourceRequirements = [] } of overrides.containerOverrides ?? []) {
    if (resourceRequirements.length > 0)
      throw notInLocalAws("overrides.containerOverrides.resourceRequirements of RunTask");
  }
}

function checkPlacement(
  site: AccountRegion,
  definition: RegisteredTaskDefinition,
  input: Parsed<RunTaskRequest>,
  hasInstances: boolean,
): void {
  const { capacityProviderStrategy = [], launchType, networkConfiguration, overrides } = input;
  const hasStrategy = capacityProviderStrategy.length > 0;
  refuseLaunchType(launchType);
  if (launchType !== undefined && hasStrategy) {
    throw invalidParameter(
      "Specifying both a launch type and capacity provider strategy is not supported. Remove one and try again.",
    );
  }
  // The default launch type is EC2.
  const onInstances = launchType !== "FARGATE" && !hasStrategy;
  if (onInstances && !hasInstances) {
    throw invalidParameter("No Container Instances were found in your cluster.");
  }
  for (const [members, title] of [
    [input.placementConstraints ?? [], "Placement constraints"],
    [input.placementStrategy ?? [], "Placement strategies"],
  ] as const) {
    if (members.length > 0 && !onInstances)
      throw invalidParameter(`${title} are not supported with FARGATE launch type.`);
  }
  const cpu = overrides?.cpu ?? definition.cpu;
  const memory = overrides?.memory ?? definition.memory;
  if (!onInstances && (overrides?.cpu ?? overrides?.memory) !== undefined && !isFargateSize(cpu, memory)) {
    throw invalidParameter("No Fargate configuration exists for given values.");
  }
  validateWorkload(site, {
    taskDefinition: definition,
    launchType: onInstances ? "EC2" : "FARGATE",
    ...(hasStrategy && { capacityProviderStrategy }),
    ...(input.platformVersion !== undefined && { platformVersion: input.platformVersion }),
    ...(networkConfiguration !== undefined && { networkConfiguration }),
  });
  for (const { name } of overrides?.containerOverrides ?? []) {
    if (definition.containerDefinitions.some((container) => container.name === name)) continue;
    throw invalidParameter(`Override for container named ${name ?? ""} is not a container in the TaskDefinition.`);
  }
}

function optionsOf(definition: RegisteredTaskDefinition, input: Parsed<RunTaskRequest>): TaskOptions {
  const { capacityProviderStrategy, enableExecuteCommand, group, launchType, overrides, startedBy } = input;
  const [provider] = capacityProviderStrategy ?? [];
  const type = launchType ?? (provider === undefined ? "EC2" : "FARGATE");
  return {
    group: group ?? `family:${definition.family}`,
    ...(startedBy !== undefined && { startedBy }),
    // The capacity providers FARGATE and FARGATE_SPOT have the launch type FARGATE.
    launchType: type,
    ...(provider !== undefined && { capacityProviderName: provider.capacityProvider }),
    ...(type === "FARGATE" && { platformVersion: input.platformVersion ?? "1.4.0" }),
    enableExecuteCommand: enableExecuteCommand ?? false,
    overrides: {
      ...overrides,
      containerOverrides: overrides?.containerOverrides ?? [],
      inferenceAcceleratorOverrides: [],
    },
  };
}

/**
 * The tasks that the same client token started, as long as ECS shows one of them.
 *
 * @throws AwsError ConflictException when an earlier, different request used the token
 */
function earlierTasks(context: EcsContext, cluster: ClusterRecord, clientToken: string | undefined, request: unknown) {
  const horizon = context.world.clock.now() - clientTokenMs;
  for (const [token, { tasks, usedAt }] of cluster.clientTokens) {
    if (usedAt <= horizon || !tasks.some(({ id }) => cluster.tasks.has(id))) cluster.clientTokens.delete(token);
  }
  const known = clientToken === undefined ? undefined : cluster.clientTokens.get(clientToken);
  if (known === undefined || isDeepStrictEqual(known.request, request)) return known?.tasks;
  const arns = known.tasks.map(({ arn }) => arn);
  throw conflict("The clientToken is in use with another RunTask request.", arns);
}
