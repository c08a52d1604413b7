/** What a visitor of a service would meet: the answer of one of its tasks. */
import type { EcsContext, ServiceRecord, TaskRecord } from "./state.ts";

export type Visit = (cluster: string, service: string) => Promise<{ status: number; body: string } | undefined>;

/** As a load balancer answers that has no healthy target. */
const unavailable = { status: 503, body: "<h1>503 Service Temporarily Unavailable</h1>" };

/** Asks any of a service's healthy tasks, old or new. Undefined when there is no such service. */
export function visitService(context: EcsContext): Visit {
  return async (cluster, name) => {
    const service = context.clusters.get(cluster)?.services.get(name);
    if (service === undefined) return undefined;
    const serving = servingTasks(service);
    const task = serving[Math.floor(context.world.random() * serving.length)];
    return (await task?.running?.respond()) ?? unavailable;
  };
}

function servingTasks(service: ServiceRecord): TaskRecord[] {
  return [...service.tasks].filter(
    ({ counts, desiredStatus, status }) => counts && desiredStatus === "RUNNING" && status === "RUNNING",
  );
}
