/** The load balancer in front of a service: routes an HTTP request to one of the service's tasks. */
import type { HttpRequest, Route } from "../../protocol/http.ts";
import { trafficWeights } from "./shift-traffic.ts";
import type { EcsContext, ServiceRecord, ServiceTaskRecord } from "./state.ts";

/** Sends a request to a service. Undefined when the service does not exist. */
export type RequestService = (
  cluster: string,
  service: string,
) => Promise<{ status: number; body: string } | undefined>;

/** A load balancer's answer when it has no healthy target. */
const unavailable = { status: 503, body: "<h1>503 Service Temporarily Unavailable</h1>" };

/** Chooses one of the service's healthy tasks, of the old or the new revision according to the traffic weights. */
export function loadBalancer(context: EcsContext): RequestService {
  return async (cluster, name) => {
    const service = context.clusters.get(cluster)?.services.get(name);
    if (service === undefined) return undefined;
    const serving = servingTasks(service, context.world.random() * 100);
    const task = serving[Math.floor(context.world.random() * serving.length)];
    return (await task?.running?.respond()) ?? unavailable;
  };
}

/** @param percentile decides between the two revisions when traffic is divided between them */
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

/** Services have load balancers and DNS names at AWS; here they have paths: `/probe/<cluster>/<service>`. */
export const probePath = "/probe/";

/** @param parkReply marks the reply to a request as deliberately delayed, until the returned function is called */
export function probeRoute(requestService: RequestService, parkReply: (request: HttpRequest) => () => void): Route {
  return async (request) => {
    const [, , cluster = "", service = ""] = request.path.split("/");
    const release = parkReply(request);
    const { status, body } = (await requestService(cluster, service)) ?? { status: 404, body: "" };
    release();
    return { status, headers: { "content-type": "application/json" }, body };
  };
}
