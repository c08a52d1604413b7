import { closingGaps, describeGaps, gapsIn } from "../config/coverage.ts";
import type { EnvironmentConfiguration } from "../config/schema.ts";
import { RejectedError, type ErrorCode } from "../lib/errors.ts";
import { deadlockOf, type DeploymentSettings } from "../ecs/deployment-room.ts";
import type { InspectedService } from "../ecs/ports.ts";

type Problem = { code: ErrorCode; message: string };

/**
 * Refuses an environment with services that a release could not change.
 *
 * @param name of the environment in the configuration
 * @throws RejectedError with the code of the first problem; the message has every problem with its remedy
 */
export function checkServices(
  environment: EnvironmentConfiguration,
  name: string,
  inspected: readonly InspectedService[],
): void {
  const found = new Map(inspected.map((service) => [service.service, service]));
  const services = Object.entries(environment.services).map(([key, configured]) => ({
    configured,
    label: `service ${key} (${environment.cluster}/${configured.service})`,
    found: found.get(configured.service),
  }));
  const problems = [
    ...services.flatMap((service) => problemsOf(service, environment)),
    ...uncovered(environment, name, services),
  ];
  const [first] = problems;
  if (first === undefined) return;
  const list = problems.map(({ message }) => message).join("; ");
  throw new RejectedError(`${list}. Then redrive.`, { code: first.code });
}

/** A service as configured, and as ECS has it. */
type ConfiguredService = {
  configured: EnvironmentConfiguration["services"][string];
  /** For messages. */
  label: string;
  found: InspectedService | undefined;
};

/** Families and roles that Lockmaster has no permission for: found now, before the release has changed anything. */
function uncovered(
  environment: EnvironmentConfiguration,
  name: string,
  services: readonly ConfiguredService[],
): Problem[] {
  const uses = services.map(({ label, found }) => [label, found?.uses ?? {}] as const);
  const gaps = gapsIn(environment, Object.fromEntries(uses));
  if (gaps.length === 0) return [];
  return [
    {
      code: "TASK_DEFINITION_NOT_COVERED",
      message: `${describeGaps(gaps)}, which Lockmaster has no permission for: set ${closingGaps(name, gaps)}, and deploy Lockmaster again`,
    },
  ];
}

function problemsOf(
  { label, configured: { containers, template }, found }: ConfiguredService,
  { firstDeployment }: EnvironmentConfiguration,
): Problem[] {
  if (found === undefined || found.status === "MISSING") {
    return [
      { code: "SERVICE_NOT_FOUND", message: `${label} does not exist: create it, or remove it from the configuration` },
    ];
  }
  if (found.status !== "ACTIVE") {
    return [
      {
        code: "SERVICE_INACTIVE",
        message: `${label} is ${found.status}: create it again, or remove it from the configuration`,
      },
    ];
  }
  if (found.deploymentController !== "ECS") {
    return [
      {
        code: "DEPLOYMENT_CONTROLLER_UNSUPPORTED",
        message: `${label} has the deployment controller ${found.deploymentController}: create it again with the controller ECS, which supports rolling, blue/green, canary and linear deployments`,
      },
    ];
  }
  if (found.templateMissing === true) return [withoutTemplate(label, template)];
  const source = template === undefined ? label : `the template ${template} of ${label}`;
  const missing = Object.keys(containers).filter((container) => !found.containers.includes(container));
  return [
    ...missing.map((container): Problem => ({
      code: "CONTAINER_NOT_FOUND",
      message: `${source} has no container ${container}, only ${found.containers.join(", ")}: correct the container name in the configuration or in the task definition`,
    })),
    ...deadlocks(label, found.deployment, firstDeployment),
  ];
}

/** Settings with which ECS could not carry out the deployment, or Lockmaster not undo it. */
function deadlocks(
  label: string,
  deployment: DeploymentSettings | undefined,
  firstDeployment: EnvironmentConfiguration["firstDeployment"],
): Problem[] {
  if (deployment === undefined) return [];
  const problems: Problem[] = [];
  const deadlock = deadlockOf(deployment);
  if (deadlock !== undefined) {
    const message = `${label} cannot be deployed: ${deadlock.problem}: ${deadlock.remedy}`;
    problems.push({ code: "DEPLOYMENT_DEADLOCKED", message });
  }
  if (deployment.isDaemon && firstDeployment === "scale-to-zero") {
    problems.push({
      code: "SCALE_TO_ZERO_IMPOSSIBLE",
      message: `${label} is a daemon, which ECS cannot scale to zero if its first deployment fails: set firstDeployment to "leave", and deploy Lockmaster again`,
    });
  }
  return problems;
}

const withoutTemplate = (label: string, template = ""): Problem => ({
  code: "TEMPLATE_NOT_FOUND",
  message: `${label} has the template ${template}, which has no ACTIVE task definition: register one, or correct the configuration`,
});
