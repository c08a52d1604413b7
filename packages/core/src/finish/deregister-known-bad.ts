import type { EnvironmentConfiguration } from "../config/schema.ts";
import { RejectedError } from "../lib/errors.ts";
import type { TaskDefinitionRegistry } from "../ecs/ports.ts";
import type { ReleaseRecord } from "../ledger/release-record.ts";

/** Runs cleanup that a release's outcome does not depend on: a refusal becomes a note for the operator. */
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
 * Deregisters the known-bad task definitions of a release. The caller must hold the environment's lock: another release with the
 * same images would find them registered and use them.
 *
 * @returns notes for the operator
 */
export async function deregisterKnownBad(
  taskDefinitions: TaskDefinitionRegistry,
  record: ReleaseRecord,
  { cluster, services }: EnvironmentConfiguration,
): Promise<string[]> {
  const names = Object.values(services).map(({ service }) => service);
  return await noteRefusal("Known-bad task definitions are still registered", async () => {
    const knownBad = knownBadTaskDefinitions(record, await taskDefinitions.inUse(cluster, names));
    for (const arn of knownBad) await taskDefinitions.deregister(arn);
  });
}

/** Task definitions that the release registered, and that nothing runs or is to run again. */
function knownBadTaskDefinitions(
  { intents = {}, snapshot = {}, tasks = {} }: Pick<ReleaseRecord, "intents" | "snapshot" | "tasks">,
  inUse: ReadonlySet<string>,
): string[] {
  const kept = new Set(Object.values(snapshot).map(({ taskDefinition }) => taskDefinition));
  const registered = [...Object.values(intents), ...Object.values(tasks)].flatMap(
    ({ taskDefinition = [] }) => taskDefinition,
  );
  return [...new Set(registered)].filter((arn) => !kept.has(arn) && !inUse.has(arn));
}
