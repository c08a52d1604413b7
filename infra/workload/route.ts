import type { WorkloadService } from "@lockmaster/core/config/workload.ts";
import { shortName } from "@lockmaster/installation/topology/short-name.ts";
import type { ServiceInput } from "./service.ts";

type Route = {
  target: { targetGroupArn: $util.Output<string>; containerName: string; containerPort: number };
  rule: aws.lb.ListenerRule;
};

/** Connects a service that has a route to the load balancer of its environment. */
export function routeTo(input: ServiceInput, family: string): Route | undefined {
  const { balancer, network, settings: environment, serviceSettings: settings } = input;
  const { route } = settings;
  const port = route && settings.containers[route.container]?.port;
  if (balancer === undefined || route === undefined || port === undefined) return undefined;
  const fixed = { targetType: "ip", port, protocol: "HTTP" } as const;
  const group = new aws.lb.TargetGroup(`Service-${family}-targets`, {
    // A change of these settings replaces the target group, and both exist for a while: the new one needs another name.
    name: $resolve([network.vpc.id]).apply(([vpc]) => targetGroupName(family, [JSON.stringify(fixed), vpc])),
    ...fixed,
    vpcId: network.vpc.id,
    deregistrationDelay: 30,
    healthCheck: {
      path: route.healthPath,
      matcher: "200-299",
      interval: 10,
      timeout: 5,
      healthyThreshold: 2,
      unhealthyThreshold: 3,
    },
  });
  const conditions = [
    ...(route.paths.length > 0 ? [{ pathPattern: { values: [...route.paths] } }] : []),
    ...(route.hosts.length > 0 ? [{ hostHeader: { values: [...route.hosts] } }] : []),
  ];
  const rule = new aws.lb.ListenerRule(`Service-${family}-rule`, {
    listenerArn: balancer.listener.arn,
    priority: priorityOf(environment.services, settings),
    conditions: conditions.length > 0 ? conditions : [{ pathPattern: { values: ["/*"] } }],
    actions: [{ type: "forward", targetGroupArn: group.arn }],
  });
  return { target: { targetGroupArn: group.arn, containerName: route.container, containerPort: port }, rule };
}

/**
 * At most 32 letters, digits and hyphens. A name that Pulumi generates is not cut, and AWS refuses a longer one.
 *
 * @see https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateTargetGroup.html
 */
function targetGroupName(family: string, settings: readonly string[]): string {
  return shortName(family, [family, ...settings], 32);
}

/** In the order of the configuration; the route for all paths comes last, with the highest number, 50,000. */
function priorityOf(services: Readonly<Record<string, WorkloadService>>, settings: WorkloadService): number {
  const takesAll = settings.route !== undefined && settings.route.paths.length + settings.route.hosts.length === 0;
  return takesAll ? 50_000 : (Object.values(services).indexOf(settings) + 1) * 100;
}
