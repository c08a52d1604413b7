import type { Configuration } from "@lockmaster/core/config/configuration.ts";
import type { EnvironmentConfiguration, ImageConfiguration } from "@lockmaster/core/config/schema.ts";
import { defaultEnvironment, defaultService, type WorkloadEnvironment } from "@lockmaster/core/config/workload.ts";
import { type InstallationSite } from "@lockmaster/installation/topology/names.ts";
import { loadBalancer, network, type Network } from "./network.ts";
import { workloadService } from "./service.ts";

/** Where requests go, by repository and environment; none where no service has a route. */
export type WorkloadUrls = Readonly<Record<string, $util.Output<string>>>;

/**
 * A network, clusters and services for the environments of this account, where the installation asks for them. Lockmaster owns which
 * image a service runs, this owns the rest: services ignore changes of their task definition, and releases are made from the newest
 * revision of the template that is registered here.
 */
export function workload({
  place,
  configuration,
}: {
  place: InstallationSite;
  configuration: Configuration;
}): WorkloadUrls {
  const { installation, repositories } = configuration;
  if (installation.workload === undefined) return {};
  const settings = installation.workload.repositories;
  const shared = network(place, installation, installation.workload);
  const clusters = new Map<string, aws.ecs.Cluster>();
  const urls: Record<string, $util.Output<string>> = {};
  for (const [repository, { images, environments }] of Object.entries(repositories)) {
    for (const [name, environment] of Object.entries(environments)) {
      if (environment.account !== undefined) continue;
      const cluster = clusters.get(environment.cluster) ?? createCluster(environment.cluster);
      clusters.set(environment.cluster, cluster);
      const url = createEnvironment({
        // Two repositories may both have a production, and only the slashes keep acme/shop-web from acme-shop/web.
        name: `${place.prefix}/${repository}/${name}`,
        place,
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
  /** Begins the names of what several services share. */
  name: string;
  place: InstallationSite;
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

/** Tasks are connected to by the load balancer on the ports of routes, and by each other where they find each other by name. */
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
    description: "Tasks: who may connect",
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
