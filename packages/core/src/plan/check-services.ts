import type { EnvironmentConfiguration } from "../config/schema.ts";
import { RejectedError, type ErrorCode } from "../errors.ts";
import type { InspectedService } from "../ports.ts";

type Problem = { code: ErrorCode; message: string };

/**
 * Refuses an environment whose services Lockmaster could not release to.
 *
 * @throws RejectedError with the code of the first problem, and every problem with its remedy in the message
 */
export function checkServices(environment: EnvironmentConfiguration, inspected: readonly InspectedService[]): void {
  const found = new Map(inspected.map((service) => [service.service, service]));
  const problems = Object.entries(environment.services).flatMap(([name, { service, containers }]) =>
    problemsOf(`service ${name} (${environment.cluster}/${service})`, Object.keys(containers), found.get(service)),
  );
  const [first] = problems;
  if (first === undefined) return;
  const list = problems.map(({ message }) => message).join("; ");
  throw new RejectedError(`${list}. Then redrive.`, { code: first.code });
}

function problemsOf(name: string, containers: readonly string[], found: InspectedService | undefined): Problem[] {
  if (found === undefined || found.status === "MISSING") {
    return [
      { code: "SERVICE_NOT_FOUND", message: `${name} does not exist: create it, or take it out of the configuration` },
    ];
  }
  if (found.status !== "ACTIVE") {
    return [
      {
        code: "SERVICE_INACTIVE",
        message: `${name} is ${found.status}: create it again, or take it out of the configuration`,
      },
    ];
  }
  if (found.deploymentController !== "ECS") {
    return [
      {
        code: "DEPLOYMENT_CONTROLLER_UNSUPPORTED",
        message: `${name} is deployed by the controller ${found.deploymentController}: create it again with ECS's own, which knows rolling, blue/green, canary and linear deployments`,
      },
    ];
  }
  return containers
    .filter((container) => !found.containers.includes(container))
    .map((container) => ({
      code: "CONTAINER_NOT_FOUND",
      message: `${name} has no container ${container}, only ${found.containers.join(", ")}: correct the name in the configuration or in the task definition`,
    }));
}
