/** What a visitor of a service would meet: the answer of one of its tasks. */
import { trafficWeights } from "./shift-traffic.ts";
import type { EcsContext, ServiceRecord, ServiceTaskRecord } from "./state.ts";

export type Visit = (cluster: string, service: string) => Promise<{ status: number; body: string } | undefined>;

/** As a load balancer answers that has no healthy target. */
const unavailable = { status: 503, body: "<h1>503 Service Temporarily Unavailable</h1>" };

/** Asks one of a service's healthy tasks, old or new as the traffic goes. Undefined when there is no such service. */
export function visitService(context: EcsContext): Visit {
  return async (cluster, name) => {
    const service = context.clusters.get(cluster)?.services.get(name);
    if (service === undefined) return undefined;
    const serving = servingTasks(service, context.world.random() * 100);
    const task = serving[Math.floor(context.world.random() * serving.length)];
    return (await task?.running?.respond()) ?? unavailable;
  };
}

/** @param percentile where this visitor falls when traffic is divided between two revisions */
function servingTasks(service: ServiceRecord, percentile: number): ServiceTaskRecord[] {
  const healthy = [...service.tasks].filter(
    ({ counts, desiredStatus, status }) => counts && desiredStatus === "RUNNING" && status === "RUNNING",
  );
  const [current] = service.serviceDeployments;
  const weights = current && trafficWeights(service, current, current.target);
  if (current === undefined || weights === undefined) return healthy;
  const isOnTarget = percentile < weights.production;
  return healthy.filter(({ deployment }) => (deployment.revision === current.target) === isOnTarget);
}
