/** RunTask: a one-off task, which no service replaces. */
import { isDeepStrictEqual } from "node:util";
import type { RunTaskRequest, RunTaskResponse } from "@aws-sdk/client-ecs";
import { passRole } from "../../protocol/demand.ts";
import { notInLocalAws } from "../../protocol/errors.ts";
import type { Call, Parsed } from "../../protocol/service.ts";
import { describeTask } from "./describe-task.ts";
import { clientError, conflict, invalidParameter } from "./errors.ts";
import { newTask, startTask, taskSpec } from "./launch.ts";
import { findCluster, launchableTaskDefinition } from "./lookup.ts";
import type { ClusterRecord, EcsContext, RegisteredTaskDefinition, TaskOptions } from "./state.ts";
import { removeOldTasks } from "./task-operations.ts";
import { validateWorkload } from "./workload.ts";

/** API reference of RunTask. */
const clientTokenPattern = /^[\x21-\x7e]{1,64}$/;
const startedByPattern = /^[A-Za-z0-9\-/_]{1,128}$/;
/** docs.aws.amazon.com/AmazonECS/latest/APIReference/ECS_Idempotency.html */
const clientTokenMs = 24 * 3_600_000;

/**
 * RunTask with a count of 1. As at AWS, a lack of capacity is not an error but a `failure` in the answer, and a client
 * token starts at most one task.
 */
export function runTask(context: EcsContext, input: Parsed<RunTaskRequest>, call: Call): RunTaskResponse {
  const cluster = findCluster(context, input.cluster);
  removeOldTasks(context, cluster);
  checkRequest(input);
  const { clientToken, ...request } = input;
  const earlier = earlierTask(context, cluster, clientToken, request);
  if (earlier !== undefined) return { tasks: [describeTask(earlier)], failures: [] };

  const { definition } = launchableTaskDefinition(context, input.taskDefinition);
  requirePassRole(context, definition, call);
  checkPlacement(definition, input);
  const task = newTask(context, cluster, definition, optionsOf(definition, input));
  const spec = taskSpec(task);
  const refusal = context.engine.refusal(spec);
  if (refusal?.type === "unlaunched") throw clientError(refusal.message);
  if (refusal !== undefined) return { tasks: [], failures: [{ reason: refusal.message }] };
  if (clientToken !== undefined) {
    cluster.clientTokens.set(clientToken, { usedAt: context.world.clock.now(), request, task });
  }
  startTask(context, task, spec);
  return { tasks: [describeTask(task)], failures: [] };
}

/** The caller must be permitted to pass the task's roles: docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html */
function requirePassRole({ world }: EcsContext, definition: RegisteredTaskDefinition, call: Call): void {
  for (const role of [definition.taskRoleArn, definition.executionRoleArn]) {
    if (role !== undefined) world.authorize?.(call, passRole(role, "ecs-tasks.amazonaws.com"));
  }
}

/** AWS publishes the limits but not these messages. */
function checkRequest({ clientToken, count, overrides, startedBy }: Parsed<RunTaskRequest>): void {
  if ((count ?? 1) !== 1) throw notInLocalAws("RunTask with a count other than 1");
  if (clientToken !== undefined && !clientTokenPattern.test(clientToken)) {
    throw invalidParameter("clientToken must have 1 to 64 characters in the range of 33-126.");
  }
  if (startedBy !== undefined && !startedByPattern.test(startedBy)) {
    throw invalidParameter("startedBy can have up to 128 letters, numbers, hyphens, forward slashes and underscores.");
  }
  const { containerOverrides = [], ...others } = overrides ?? {};
  const [other] = Object.keys(others);
  if (other !== undefined) throw notInLocalAws(`overrides.${other} of RunTask`);
  for (const { name: _, command: __, ...rest } of containerOverrides) {
    const [member] = Object.keys(rest);
    if (member !== undefined) throw notInLocalAws(`overrides.containerOverrides.${member} of RunTask`);
  }
}

function checkPlacement(definition: RegisteredTaskDefinition, input: Parsed<RunTaskRequest>): void {
  const { capacityProviderStrategy, launchType, networkConfiguration, overrides } = input;
  if (launchType !== undefined && capacityProviderStrategy !== undefined) {
    throw invalidParameter(
      "Specifying both a launch type and capacity provider strategy is not supported. Remove one and try again.",
    );
  }
  // The default launch type is EC2, and the local clusters have no instances.
  if (launchType !== "FARGATE" && capacityProviderStrategy === undefined) {
    throw invalidParameter("No Container Instances were found in your cluster.");
  }
  validateWorkload({
    taskDefinition: definition,
    ...(launchType !== undefined && { launchType }),
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
  return {
    group: group ?? `family:${definition.family}`,
    ...(startedBy !== undefined && { startedBy }),
    // The capacity providers FARGATE and FARGATE_SPOT have the launch type FARGATE.
    launchType: launchType ?? "FARGATE",
    ...(provider !== undefined && { capacityProviderName: provider.capacityProvider }),
    platformVersion: input.platformVersion ?? "1.4.0",
    enableExecuteCommand: enableExecuteCommand ?? false,
    overrides: { containerOverrides: overrides?.containerOverrides ?? [], inferenceAcceleratorOverrides: [] },
  };
}

/**
 * The task that the same client token started, as long as ECS shows it.
 *
 * @throws AwsError ConflictException when an earlier, different request used the token
 */
function earlierTask(context: EcsContext, cluster: ClusterRecord, clientToken: string | undefined, request: unknown) {
  const horizon = context.world.clock.now() - clientTokenMs;
  for (const [token, { task, usedAt }] of cluster.clientTokens) {
    if (usedAt <= horizon || !cluster.tasks.has(task.id)) cluster.clientTokens.delete(token);
  }
  const known = clientToken === undefined ? undefined : cluster.clientTokens.get(clientToken);
  if (known === undefined || isDeepStrictEqual(known.request, request)) return known?.task;
  throw conflict("The clientToken is in use with another RunTask request.", [known.task.arn]);
}
