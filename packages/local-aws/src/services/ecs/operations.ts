/** The operations of the local ECS, and the request members that each of them implements. */
import * as sdk from "@aws-sdk/client-ecs";
import { operation } from "../../protocol/service.ts";
import type { Operation } from "../../protocol/service.ts";
import { createCluster, describeClusters, listClusters } from "./clusters.ts";
import { runTask } from "./run-task.ts";
import type { Scheduler } from "./scheduler.ts";
import {
  describeServiceDeployments,
  describeServiceRevisions,
  listServiceDeployments,
  stopServiceDeployment,
} from "./service-deployments.ts";
import { createService, deleteService, describeServices, listServices } from "./services.ts";
import type { EcsContext } from "./state.ts";
import {
  deregisterTaskDefinition,
  describeTaskDefinition,
  listTaskDefinitions,
  registerTaskDefinition,
} from "./task-definitions.ts";
import { describeTasks, listTasks, stopTaskOperation } from "./task-operations.ts";
import { updateService } from "./update-service.ts";

type Operations = Readonly<Record<string, Operation>>;

export function ecsOperations(context: EcsContext, scheduler: Scheduler): Operations {
  return {
    ...clusterOperations(context),
    ...taskDefinitionOperations(context),
    ...serviceOperations(context, scheduler),
    ...serviceDeploymentOperations(context, scheduler),
    ...taskOperations(context),
  };
}

function clusterOperations(context: EcsContext): Operations {
  return {
    CreateCluster: operation<sdk.CreateClusterRequest, sdk.CreateClusterResponse>(
      sdk.CreateCluster$,
      ["clusterName", "settings", "tags"],
      (input) => createCluster(context, input),
    ),
    DescribeClusters: operation<sdk.DescribeClustersRequest, sdk.DescribeClustersResponse>(
      sdk.DescribeClusters$,
      ["clusters", "include"],
      (input) => describeClusters(context, input),
    ),
    ListClusters: operation<sdk.ListClustersRequest, sdk.ListClustersResponse>(
      sdk.ListClusters$,
      ["nextToken", "maxResults"],
      (input) => listClusters(context, input),
    ),
  };
}

function taskDefinitionOperations(context: EcsContext): Operations {
  return {
    RegisterTaskDefinition: operation<sdk.RegisterTaskDefinitionRequest, sdk.RegisterTaskDefinitionResponse>(
      sdk.RegisterTaskDefinition$,
      [
        "containerDefinitions",
        "cpu",
        "enableFaultInjection",
        "ephemeralStorage",
        "executionRoleArn",
        "family",
        "inferenceAccelerators",
        "ipcMode",
        "memory",
        "networkMode",
        "pidMode",
        "placementConstraints",
        "proxyConfiguration",
        "requiresCompatibilities",
        "runtimePlatform",
        "tags",
        "taskRoleArn",
        "volumes",
      ],
      (input, call) => registerTaskDefinition(context, input, call),
    ),
    DescribeTaskDefinition: operation<sdk.DescribeTaskDefinitionRequest, sdk.DescribeTaskDefinitionResponse>(
      sdk.DescribeTaskDefinition$,
      ["taskDefinition", "include"],
      (input) => describeTaskDefinition(context, input),
    ),
    DeregisterTaskDefinition: operation<sdk.DeregisterTaskDefinitionRequest, sdk.DeregisterTaskDefinitionResponse>(
      sdk.DeregisterTaskDefinition$,
      ["taskDefinition"],
      (input) => deregisterTaskDefinition(context, input),
    ),
    ListTaskDefinitions: operation<sdk.ListTaskDefinitionsRequest, sdk.ListTaskDefinitionsResponse>(
      sdk.ListTaskDefinitions$,
      ["familyPrefix", "status", "sort", "nextToken", "maxResults"],
      (input) => listTaskDefinitions(context, input),
    ),
  };
}

function serviceOperations(context: EcsContext, scheduler: Scheduler): Operations {
  return {
    CreateService: operation<sdk.CreateServiceRequest, sdk.CreateServiceResponse>(
      sdk.CreateService$,
      [
        "availabilityZoneRebalancing",
        "capacityProviderStrategy",
        "clientToken",
        "cluster",
        "deploymentConfiguration",
        "deploymentController",
        "desiredCount",
        "enableECSManagedTags",
        "enableExecuteCommand",
        "healthCheckGracePeriodSeconds",
        "launchType",
        "loadBalancers",
        "networkConfiguration",
        "placementConstraints",
        "placementStrategy",
        "platformVersion",
        "propagateTags",
        "schedulingStrategy",
        "serviceName",
        "tags",
        "taskDefinition",
      ],
      (input, call) => createService(context, scheduler, input, call),
    ),
    UpdateService: operation<sdk.UpdateServiceRequest, sdk.UpdateServiceResponse>(
      sdk.UpdateService$,
      [
        "availabilityZoneRebalancing",
        "cluster",
        "deploymentConfiguration",
        "desiredCount",
        "enableECSManagedTags",
        "enableExecuteCommand",
        "forceNewDeployment",
        "healthCheckGracePeriodSeconds",
        "loadBalancers",
        "networkConfiguration",
        "platformVersion",
        "propagateTags",
        "service",
        "taskDefinition",
      ],
      (input) => updateService(context, scheduler, input),
    ),
    DeleteService: operation<sdk.DeleteServiceRequest, sdk.DeleteServiceResponse>(
      sdk.DeleteService$,
      ["cluster", "service", "force"],
      (input) => deleteService(context, scheduler, input),
    ),
    DescribeServices: operation<sdk.DescribeServicesRequest, sdk.DescribeServicesResponse>(
      sdk.DescribeServices$,
      ["cluster", "services", "include"],
      (input) => describeServices(context, input),
    ),
    ListServices: operation<sdk.ListServicesRequest, sdk.ListServicesResponse>(
      sdk.ListServices$,
      ["cluster", "launchType", "nextToken", "maxResults"],
      (input) => listServices(context, input),
    ),
  };
}

function serviceDeploymentOperations(context: EcsContext, scheduler: Scheduler): Operations {
  return {
    ListServiceDeployments: operation<sdk.ListServiceDeploymentsRequest, sdk.ListServiceDeploymentsResponse>(
      sdk.ListServiceDeployments$,
      ["cluster", "service", "status", "createdAt", "nextToken", "maxResults"],
      (input) => listServiceDeployments(context, input),
    ),
    DescribeServiceDeployments: operation<
      sdk.DescribeServiceDeploymentsRequest,
      sdk.DescribeServiceDeploymentsResponse
    >(sdk.DescribeServiceDeployments$, ["serviceDeploymentArns"], (input) =>
      describeServiceDeployments(context, input),
    ),
    DescribeServiceRevisions: operation<sdk.DescribeServiceRevisionsRequest, sdk.DescribeServiceRevisionsResponse>(
      sdk.DescribeServiceRevisions$,
      ["serviceRevisionArns"],
      (input) => describeServiceRevisions(context, input),
    ),
    StopServiceDeployment: operation<sdk.StopServiceDeploymentRequest, sdk.StopServiceDeploymentResponse>(
      sdk.StopServiceDeployment$,
      ["serviceDeploymentArn", "stopType"],
      (input) => stopServiceDeployment(context, scheduler, input),
    ),
  };
}

function taskOperations(context: EcsContext): Operations {
  return {
    RunTask: operation<sdk.RunTaskRequest, sdk.RunTaskResponse>(
      sdk.RunTask$,
      [
        "capacityProviderStrategy",
        "clientToken",
        "cluster",
        "count",
        "enableECSManagedTags",
        "enableExecuteCommand",
        "group",
        "launchType",
        "networkConfiguration",
        "overrides",
        "placementConstraints",
        "placementStrategy",
        "platformVersion",
        "propagateTags",
        "referenceId",
        "startedBy",
        "tags",
        "taskDefinition",
      ],
      (input, call) => runTask(context, input, call),
    ),
    ListTasks: operation<sdk.ListTasksRequest, sdk.ListTasksResponse>(
      sdk.ListTasks$,
      ["cluster", "serviceName", "desiredStatus", "startedBy", "family", "launchType", "nextToken", "maxResults"],
      (input) => listTasks(context, input),
    ),
    DescribeTasks: operation<sdk.DescribeTasksRequest, sdk.DescribeTasksResponse>(
      sdk.DescribeTasks$,
      ["cluster", "tasks", "include"],
      (input) => describeTasks(context, input),
    ),
    StopTask: operation<sdk.StopTaskRequest, sdk.StopTaskResponse>(
      sdk.StopTask$,
      ["cluster", "task", "reason"],
      (input) => stopTaskOperation(context, input),
    ),
  };
}
