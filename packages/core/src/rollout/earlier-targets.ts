import type { ReleaseRecord, ServiceSnapshot } from "../records.ts";

/**
 * The snapshot of another attempt of a release. A service that runs what an earlier attempt put there, because the way back
 * was not finished, is not as it was before: it still goes back to where the earlier attempt would have.
 *
 * @param record of the release, with snapshot and intents of the earlier attempt
 * @param snapshot what runs now
 */
export function withEarlierTargets(
  record: Pick<ReleaseRecord, "snapshot" | "intents"> | undefined,
  snapshot: Readonly<Record<string, ServiceSnapshot>>,
): Readonly<Record<string, ServiceSnapshot>> {
  return Object.fromEntries(
    Object.entries(snapshot).map(([service, current]) => {
      const earlier = record?.snapshot?.[service];
      const put = record?.intents?.[service]?.taskDefinition;
      const isOurs = put !== undefined && put === current.taskDefinition;
      return [service, isOurs && earlier !== undefined ? { ...earlier, desiredCount: current.desiredCount } : current];
    }),
  );
}
