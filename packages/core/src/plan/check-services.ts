import { closingGaps, describeGaps, gapsIn } from "../config/coverage.ts";
import type { EnvironmentConfiguration } from "../config/schema.ts";
import { RejectedError, type ErrorCode } from "../lib/errors.ts";
import type { InspectedService } from "../ecs/ports.ts";

type Problem = { code: ErrorCode; message: string };

/**
 * Refuses an environment whose services Lockmaster could not release to.
 *
 * @param name of the environment, as the configuration calls it
 * @throws RejectedError with the code of the first problem, and every problem with its remedy in the message
 */
export function checkServices(
  environment: EnvironmentConfiguration,
  name: string,
  inspected: readonly InspectedService[],
): void {
  const found = new Map(inspected.map((service) => [service.service, service]));
  const services = Object.entries(environment.services).map(([key, configured]) => ({
    configured,
    title: `service ${key} (${environment.cluster}/${configured.service})`,
    found: found.get(configured.service),
  }));
  const problems = [...services.flatMap(problemsOf), ...uncovered(environment, name, services)];
  const [first] = problems;
  if (first === undefined) return;
  const list = problems.map(({ message }) => message).join("; ");
  throw new RejectedError(`${list}. Then redrive.`, { code: first.code });
}

type Subject = {
  configured: EnvironmentConfiguration["services"][string];
  /** For messages. */
  title: string;
  found: InspectedService | undefined;
};

/** What a release would register and pass, and Lockmaster may not: found out now, and not when half of it is deployed. */
function uncovered(environment: EnvironmentConfiguration, name: string, services: readonly Subject[]): Problem[] {
  const uses = services.map(({ title, found }) => [title, found?.uses ?? {}] as const);
  const gaps = gapsIn(environment, Object.fromEntries(uses));
  if (gaps.length === 0) return [];
  return [
    {
      code: "TASK_DEFINITION_NOT_COVERED",
      message: `${describeGaps(gaps)}, which Lockmaster has no permission for: set ${closingGaps(name, gaps)}, and deploy Lockmaster again`,
    },
  ];
}

function problemsOf({ title: name, configured: { containers, template }, found }: Subject): Problem[] {
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
  if (found.templateMissing === true) return [withoutTemplate(name, template)];
  const source = template === undefined ? name : `${name}, by its template ${template},`;
  const missing = Object.keys(containers).filter((container) => !found.containers.includes(container));
  return missing.map((container) => ({
    code: "CONTAINER_NOT_FOUND",
    message: `${source} has no container ${container}, only ${found.containers.join(", ")}: correct the name in the configuration or in the task definition`,
  }));
}

const withoutTemplate = (name: string, template = ""): Problem => ({
  code: "TEMPLATE_NOT_FOUND",
  message: `${name} has the template ${template}, of which there is no active task definition: register it, or correct the configuration`,
});
