import type { EnvironmentConfiguration } from "@lockmaster/core/config/schema.ts";
import { familyOf, templateOf, type WorkloadService } from "@lockmaster/core/config/workload.ts";
import { inlineOnly, serviceRole } from "../app/role.ts";
import { firstContainers, templateContainers } from "@lockmaster/installation/workload/containers.ts";
import type { Balancer } from "./network.ts";
import { collectorStatements, executionStatements } from "@lockmaster/installation/workload/permissions.ts";
import { routeTo } from "./route.ts";
import type { EnvironmentInput } from "./workload.ts";

export type ServiceInput = EnvironmentInput & {
  service: EnvironmentConfiguration["services"][string];
  serviceSettings: WorkloadService;
  /** Security group of the tasks. */
  securityGroup: aws.ec2.SecurityGroup;
  balancer: Balancer | undefined;
  /** Namespace of Service Connect. */
  namespace: aws.servicediscovery.HttpNamespace | undefined;
};

/** One Fargate service with its log group, roles, template, route and autoscaling. */
export function workloadService(input: ServiceInput): void {
  const { environment, service, serviceSettings: settings, cluster } = input;
  const family = familyOf(environment, service.service);
  const first = taskDefinitions(input, family);
  const { securityGroup, network, namespace } = input;
  const route = routeTo(input, family);
  const created = new aws.ecs.Service(
    `Service-${family}`,
    {
      name: service.service,
      cluster: cluster.arn,
      taskDefinition: first.arn,
      desiredCount: settings.tasks.minimum,
      launchType: "FARGATE",
      deploymentMinimumHealthyPercent: 100,
      deploymentMaximumPercent: 200,
      deploymentCircuitBreaker: { enable: true, rollback: true },
      networkConfiguration: {
        subnets: network.subnets,
        securityGroups: [securityGroup.id],
        assignPublicIp: network.assignPublicIp,
      },
      ...(route !== undefined && { loadBalancers: [route.target], healthCheckGracePeriodSeconds: 60 }),
      ...(namespace !== undefined && { serviceConnectConfiguration: connect(namespace, settings) }),
      enableEcsManagedTags: true,
      propagateTags: "SERVICE",
    },
    {
      // Lockmaster changes the task definition, autoscaling the number of tasks.
      ignoreChanges: ["taskDefinition", "desiredCount"],
      // ECS refuses a target group without a listener.
      dependsOn: route === undefined ? [] : [route.rule],
    },
  );
  autoscale(input, family, created);
}

/**
 * Registers the template that releases are made from, and the task definition that runs before the first release.
 *
 * @returns the task definition that runs before the first release
 */
function taskDefinitions(input: ServiceInput, family: string): aws.ecs.TaskDefinition {
  const { site, configuration, images, service, serviceSettings: settings, settings: environmentSettings } = input;
  const { installation } = configuration;
  const { telemetry } = environmentSettings;
  const logs = new aws.cloudwatch.LogGroup(`Service-${family}-logs`, {
    name: `/ecs/${family}`,
    retentionInDays: installation.logRetentionDays,
  });
  const trust = {
    service: "ecs-tasks.amazonaws.com",
    // docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html: against the confused deputy
    trustCondition: {
      StringEquals: { "aws:SourceAccount": site.account },
      ArnLike: { "aws:SourceArn": `arn:${site.partition}:ecs:${site.region}:${site.account}:*` },
    },
  };
  const execution = serviceRole(`Service-${family}-execution`, installation, {
    ...trust,
    name: `${family}-execution`,
    policies: inlineOnly(executionStatements({ site, service, images, settings, logGroup: `/ecs/${family}` })),
  });
  const task = serviceRole(`Service-${family}-task`, installation, {
    ...trust,
    name: `${family}-task`,
    policies: inlineOnly(telemetry ? collectorStatements(site) : []),
  });
  for (const policyArn of settings.policies) {
    const name = `Service-${family}-task-${policyArn.slice(policyArn.lastIndexOf("/") + 1)}`;
    new aws.iam.RolePolicyAttachment(name, { role: task.name, policyArn });
  }
  const containers = { service, settings, telemetry, logGroup: `/ecs/${family}`, region: site.region };
  const common = {
    requiresCompatibilities: ["FARGATE"],
    networkMode: "awsvpc",
    cpu: String(settings.cpu),
    memory: String(settings.memoryMegabytes),
    runtimePlatform: { cpuArchitecture: architectureOf(input), operatingSystemFamily: "LINUX" },
    executionRoleArn: execution.arn,
    taskRoleArn: task.arn,
  };
  new aws.ecs.TaskDefinition(`Service-${family}-template`, {
    ...common,
    family: templateOf(family),
    containerDefinitions: JSON.stringify(templateContainers(containers)),
  });
  return new aws.ecs.TaskDefinition(
    `Service-${family}-first`,
    { ...common, family, containerDefinitions: JSON.stringify(firstContainers(containers)) },
    // After the first release, Lockmaster registers revisions of this family.
    { ignoreChanges: ["*"], dependsOn: [logs] },
  );
}

/** All containers of a task have the same: validation refuses other configurations. */
function architectureOf({ service, images }: ServiceInput): string {
  const platforms = Object.values(service.containers).map((image) => images[image]?.platform);
  return platforms.includes("linux/amd64") ? "X86_64" : "ARM64";
}

/** Each container with a port gets a name in Service Connect. */
function connect(namespace: aws.servicediscovery.HttpNamespace, { containers }: WorkloadService) {
  return {
    enabled: true,
    namespace: namespace.arn,
    services: Object.entries(containers).flatMap(([name, { port }]) =>
      port === undefined ? [] : [{ portName: name, clientAlias: [{ dnsName: name, port }] }],
    ),
  };
}

function autoscale(
  { environment, service, serviceSettings }: ServiceInput,
  family: string,
  created: aws.ecs.Service,
): void {
  const { minimum, maximum, cpuPercent } = serviceSettings.tasks;
  const target = new aws.appautoscaling.Target(
    `Service-${family}-scaling`,
    {
      serviceNamespace: "ecs",
      resourceId: `service/${environment.cluster}/${service.service}`,
      scalableDimension: "ecs:service:DesiredCount",
      minCapacity: minimum,
      maxCapacity: maximum,
    },
    { dependsOn: [created] },
  );
  new aws.appautoscaling.Policy(`Service-${family}-cpu`, {
    name: `${family}-cpu`,
    policyType: "TargetTrackingScaling",
    serviceNamespace: target.serviceNamespace,
    resourceId: target.resourceId,
    scalableDimension: target.scalableDimension,
    targetTrackingScalingPolicyConfiguration: {
      predefinedMetricSpecification: { predefinedMetricType: "ECSServiceAverageCPUUtilization" },
      targetValue: cpuPercent,
    },
  });
}
