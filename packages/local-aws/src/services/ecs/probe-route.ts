import type { HttpRequest, Route } from "../../protocol/dispatch.ts";
import type { Visit } from "./visit.ts";

/** Services have load balancers and names at AWS; here they are paths: `/probe/<cluster>/<service>`. */
export const probePath = "/probe/";

/**
 * Answers as the service's tasks would.
 *
 * @param keepBack says that the answer to a request is kept back on purpose, until the returned function is called
 */
export function probeRoute(visit: Visit, keepBack: (request: HttpRequest) => () => void): Route {
  return async (request) => {
    const [, , cluster = "", service = ""] = request.path.split("/");
    const release = keepBack(request);
    const { status, body } = (await visit(cluster, service)) ?? { status: 404, body: "" };
    release();
    return { status, headers: { "content-type": "application/json" }, body };
  };
}
