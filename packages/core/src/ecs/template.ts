import { RejectedError } from "../lib/errors.ts";
import type { TaskDefinitions } from "./ports.ts";
import type { ServiceConfiguration } from "../policy/policy.ts";
import { renderTaskDefinition, type TaskDefinitionAnswer, type TaskDefinitionInput } from "./task-definition.ts";

/**
 * The task definition of a release: the one that the service runs, or the newest revision of its template, with the released
 * images. With a template it still has the service's own family, so that template and releases stay apart. A configured
 * container whose image is not released keeps the image that it runs, because the template's image is a placeholder.
 *
 * @param released image reference by container
 * @throws RejectedError CONTAINER_NOT_FOUND, TEMPLATE_NOT_FOUND
 */
export async function renderReleased(
  taskDefinitions: Pick<TaskDefinitions, "latestActive">,
  live: TaskDefinitionAnswer,
  { template, containers }: ServiceConfiguration,
  released: Readonly<Record<string, string>>,
): Promise<TaskDefinitionInput> {
  if (template === undefined) return renderTaskDefinition(live, released);
  const found = await taskDefinitions.latestActive(template);
  if (found === undefined) throw missing(template);
  const { family, containerDefinitions } = live.taskDefinition;
  const running = containerDefinitions
    .filter(({ name }) => Object.hasOwn(containers, name))
    .map(({ name, image }) => [name, image] as const);
  return { ...renderTaskDefinition(found, { ...Object.fromEntries(running), ...released }), family };
}

const missing = (template: string): RejectedError =>
  new RejectedError(
    `there is no active task definition ${template}, which the configuration names as a template. Register it, or correct the configuration, then redrive.`,
    { code: "TEMPLATE_NOT_FOUND" },
  );
