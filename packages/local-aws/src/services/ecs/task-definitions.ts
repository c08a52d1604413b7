import type {
  DeregisterTaskDefinitionRequest,
  DeregisterTaskDefinitionResponse,
  DescribeTaskDefinitionRequest,
  DescribeTaskDefinitionResponse,
  ListTaskDefinitionsRequest,
  ListTaskDefinitionsResponse,
  RegisterTaskDefinitionRequest,
  RegisterTaskDefinitionResponse,
} from "@aws-sdk/client-ecs";
import type { Call, Parsed } from "../../protocol/service.ts";
import { ecsArn } from "./arns.ts";
import { date } from "./dates.ts";
import { clientError } from "./errors.ts";
import { findTaskDefinition } from "./lookup.ts";
import { ecsPage } from "./pages.ts";
import { taskDefinitionIn } from "./references.ts";
import { principalOf } from "../../protocol/principal.ts";
import type { EcsContext, RegisteredTaskDefinition, TaskDefinitionRecord } from "./state.ts";
import {
  attributesOf,
  compatibilitiesOf,
  completeContainer,
  taskSize,
  validateTaskDefinition,
} from "./task-definition-rules.ts";

/** RegisterTaskDefinition: always creates a revision, even an equal one. Keeps the input unchanged, also empty strings. */
export function registerTaskDefinition(
  context: EcsContext,
  request: Parsed<RegisterTaskDefinitionRequest>,
  call: Call,
): RegisterTaskDefinitionResponse {
  const input = { ...request, ...taskSize(request) };
  validateTaskDefinition(input, context.world);
  const { tags = [], ...sent } = input;
  const { family } = input;
  const revisions = context.families.get(family) ?? [];
  const revision = revisions.length + 1;
  const definition: RegisteredTaskDefinition = {
    volumes: [],
    placementConstraints: [],
    ...sent,
    containerDefinitions: input.containerDefinitions.map((one) => completeContainer(one, input.networkMode)),
    taskDefinitionArn: ecsArn(context.world, `task-definition/${family}:${revision}`),
    revision,
    status: "ACTIVE",
    requiresAttributes: attributesOf(input),
    compatibilities: compatibilitiesOf(input),
    registeredAt: date(context.world.clock.now()),
    registeredBy: principalOf(context.world, call.caller).arn,
  };
  context.families.set(family, [...revisions, { definition, tags }]);
  return { taskDefinition: definition, tags };
}

/** DescribeTaskDefinition. Tags must be requested; an INACTIVE revision is found by its number only. */
export function describeTaskDefinition(
  context: EcsContext,
  input: Parsed<DescribeTaskDefinitionRequest>,
): DescribeTaskDefinitionResponse {
  const { definition, tags } = existing(context, input.taskDefinition);
  return { taskDefinition: definition, tags: input.include?.includes("TAGS") === true ? tags : [] };
}

/** DeregisterTaskDefinition: the revision becomes INACTIVE; its running tasks continue. */
export function deregisterTaskDefinition(
  context: EcsContext,
  input: Parsed<DeregisterTaskDefinitionRequest>,
): DeregisterTaskDefinitionResponse {
  const { revision } = taskDefinitionIn(context.world, input.taskDefinition);
  if (revision === undefined) throw clientError("Task definition must include a revision.");
  const { definition } = existing(context, input.taskDefinition);
  definition.status = "INACTIVE";
  definition.deregisteredAt ??= date(context.world.clock.now());
  return { taskDefinition: definition };
}

export function listTaskDefinitions(
  context: EcsContext,
  input: Parsed<ListTaskDefinitionsRequest>,
): ListTaskDefinitionsResponse {
  const status = input.status ?? "ACTIVE";
  const families = [...context.families.keys()].toSorted();
  const arns = families
    .filter((family) => input.familyPrefix === undefined || family === input.familyPrefix)
    .flatMap((family) => context.families.get(family) ?? [])
    .filter(({ definition }) => definition.status === status)
    .map(({ definition }) => definition.taskDefinitionArn);
  const page = ecsPage(input.sort === "DESC" ? arns.toReversed() : arns, input, { max: 100, default: 100 });
  return { taskDefinitionArns: page.items, nextToken: page.nextToken };
}

function existing(context: EcsContext, reference: string): TaskDefinitionRecord {
  const found = findTaskDefinition(context, reference);
  if (found === undefined) throw clientError("Unable to describe task definition.");
  return found;
}
