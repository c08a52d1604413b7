import type { Configuration } from "@lockmaster/core/config/configuration.ts";
import type { EnvironmentConfiguration, ImageConfiguration } from "@lockmaster/core/config/schema.ts";
import { defaultEnvironment, defaultService, type WorkloadEnvironment } from "@lockmaster/core/config/workload.ts";
import { type InstallationSite } from "@lockmaster/installation/topology/names.ts";
import { loadBalancer, network, type Network } from "./network.ts";
import { workloadService } from "./service.ts";

/** Base URLs by repository and environment, for environments with a route. */
export type WorkloadUrls = Readonly<Record<string, $util.Output<string>>>;

/**
 * Optional network, clusters and services for the environments of this account. Releases decide which image a service runs, SST
 * manages the rest: services ignore changes of their task definition, and a release is made from the newest revision of the
 * template that is registered here.
 */
export function workload({
  site,
  configuration,
}: {
  site: InstallationSite;
  configuration: Configuration;
}): WorkloadUrls {
  const { installation, repositories } = configuration;
  if (installation.workload === undefined) return {};
  const settings = installation.workload.repositories;
  const shared = network(site, installation, installation.workload);
  const clusters = new Map<string, aws.ecs.Cluster>();
  const urls: Record<string, $util.Output<string>> = {};
  for (const [repository, { images, environments }] of Object.entries(repositories)) {
    for (const [name, environment] of Object.entries(environments)) {
      if (environment.account !== undefined) continue;
      const cluster = clusters.get(environment.cluster) ?? createCluster(environment.cluster);
      clusters.set(environment.cluster, cluster);
      const url = createEnvironment({
        // Two repositories can have environments of the same name, and only the slash distinguishes acme/shop-web from acme-shop/web.
        name: `${site.prefix}/${repository}/${name}`,
        site,
        configuration,
        images,
        environment,
        cluster,
        network: shared,
        settings: settings[repository]?.[name] ?? defaultEnvironment,
      });
      if (url !== undefined) urls[`${repository} ${name}`] = url;
    }
  }
  return urls;
}

export type EnvironmentInput = {
  /** Beginning of the names of resources that services share. */
  name: string;
  site: InstallationSite;
  configuration: Configuration;
  images: Readonly<Record<string, ImageConfiguration>>;
  environment: EnvironmentConfiguration;
  cluster: aws.ecs.Cluster;
  network: Network;
  settings: WorkloadEnvironment;
};

function createCluster(name: string): aws.ecs.Cluster {
  return new aws.ecs.Cluster(`Cluster-${name}`, {
    name,
    settings: [{ name: "containerInsights", value: "enabled" }],
  });
}

function createEnvironment(input: EnvironmentInput): $util.Output<string> | undefined {
  const { name, environment, settings, network } = input;
  const routed = Object.values(settings.services).some(({ route }) => route !== undefined);
  const balancer = routed ? loadBalancer(name, network, settings) : undefined;
  const namespace = settings.serviceConnect
    ? new aws.servicediscovery.HttpNamespace(`${name}-namespace`, { name })
    : undefined;
  const securityGroup = tasksSecurityGroup(input, balancer?.securityGroup);
  for (const [key, service] of Object.entries(environment.services)) {
    workloadService({
      ...input,
      service,
      serviceSettings: settings.services[key] ?? defaultService,
      securityGroup,
      balancer,
      namespace,
    });
  }
  return balancer?.url;
}

/** Allows connections from the load balancer to the ports of routes, and between tasks if Service Connect is used. */
function tasksSecurityGroup(
  { name, network, settings }: EnvironmentInput,
  balancer: aws.ec2.SecurityGroup | undefined,
): aws.ec2.SecurityGroup {
  const services = Object.values(settings.services);
  const routed = services.flatMap(({ route, containers }) => (route && containers[route.container]?.port) ?? []);
  const every = services.flatMap(({ containers }) => Object.values(containers).flatMap(({ port }) => port ?? []));
  const rule = (port: number) => ({ protocol: "tcp", fromPort: port, toPort: port });
  return new aws.ec2.SecurityGroup(`${name}-tasks`, {
    name: `${name}-tasks`,
    description: "Tasks: inbound connections",
    vpcId: network.vpc.id,
    ingress: [
      ...(balancer === undefined
        ? []
        : [...new Set(routed)].map((port) => ({ ...rule(port), securityGroups: [balancer.id] }))),
      ...(settings.serviceConnect ? [...new Set(every)].map((port) => ({ ...rule(port), self: true })) : []),
    ],
    egress: [{ protocol: "-1", fromPort: 0, toPort: 0, cidrBlocks: ["0.0.0.0/0"] }],
  });
}
