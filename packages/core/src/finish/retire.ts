import type { EnvironmentConfiguration } from "../config/schema.ts";
import { RejectedError } from "../lib/errors.ts";
import type { TaskDefinitionRegistry } from "../ecs/ports.ts";
import type { ReleaseRecord } from "../ledger/release-record.ts";
import { knownBadTaskDefinitions } from "./known-bad-task-definitions.ts";

/** Runs what a release's end does not depend on: a refusal is a note for an operator, since it is over either way. */
export async function noteRefusal(what: string, run: () => Promise<unknown>): Promise<string[]> {
  try {
    await run();
    return [];
  } catch (error) {
    if (!(error instanceof RejectedError)) throw error;
    return [`${what}: ${error.message}`];
  }
}

/**
 * Takes the refuted task definitions out of use. Only for who holds the environment's lock: another release that wants the
 * same images finds them registered, and uses them.
 *
 * @returns notes for an operator
 */
export async function retire(
  taskDefinitions: TaskDefinitionRegistry,
  record: ReleaseRecord,
  { cluster, services }: EnvironmentConfiguration,
): Promise<string[]> {
  const names = Object.values(services).map(({ service }) => service);
  return await noteRefusal("The refuted task definitions are still registered", async () => {
    const knownBad = knownBadTaskDefinitions(record, await taskDefinitions.inUse(cluster, names));
    for (const arn of knownBad) await taskDefinitions.deregister(arn);
  });
}
