import type { EnvironmentConfiguration } from "../config/schema.ts";
import { RejectedError } from "../errors.ts";
import type { TaskDefinitionRegistry } from "../ports.ts";
import type { ReleaseRecord } from "../records.ts";
import { refutedTaskDefinitions } from "./refuted-task-definitions.ts";

/**
 * Takes the refuted task definitions out of use; a refusal is a note, since the release is over either way.
 *
 * @returns notes for an operator
 */
export async function retire(
  taskDefinitions: TaskDefinitionRegistry,
  record: ReleaseRecord,
  { cluster, services }: EnvironmentConfiguration,
): Promise<string[]> {
  const names = Object.values(services).map(({ service }) => service);
  try {
    const refuted = refutedTaskDefinitions(record, await taskDefinitions.inUse(cluster, names));
    for (const arn of refuted) await taskDefinitions.deregister(arn);
    return [];
  } catch (error) {
    if (!(error instanceof RejectedError)) throw error;
    return [`The refuted task definitions are still registered: ${error.message}`];
  }
}
