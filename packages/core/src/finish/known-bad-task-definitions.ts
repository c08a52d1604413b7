import type { ReleaseRecord } from "../ledger/release-record.ts";

/**
 * Task definitions that the release brought and that nothing runs or will go back to: out of use, they cannot be picked up by
 * whoever asks for a family's newest revision.
 */
export function knownBadTaskDefinitions(
  { intents = {}, snapshot = {}, tasks = {} }: Pick<ReleaseRecord, "intents" | "snapshot" | "tasks">,
  inUse: ReadonlySet<string>,
): string[] {
  const kept = new Set(Object.values(snapshot).map(({ taskDefinition }) => taskDefinition));
  const brought = [...Object.values(intents), ...Object.values(tasks)].flatMap(
    ({ taskDefinition = [] }) => taskDefinition,
  );
  return [...new Set(brought)].filter((arn) => !kept.has(arn) && !inUse.has(arn));
}
