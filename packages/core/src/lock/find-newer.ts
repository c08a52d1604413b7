import type { ReleaseSummary } from "../ledger/release-record.ts";

/**
 * The release at the end of those that superseded one after the other; undefined when it is not among the searched ones.
 *
 * @param all the searched releases of one environment
 */
export function findNewer<Release extends Pick<ReleaseSummary, "id" | "status" | "supersededBy">>(
  all: readonly Release[],
  { supersededBy }: Pick<ReleaseSummary, "supersededBy">,
): Release | undefined {
  const known = new Map(all.map((one) => [one.id, one]));
  let newer = known.get(supersededBy ?? "");
  // Each release is followed once: records in a circle have no end.
  while (newer?.status === "superseded" && newer.supersededBy !== undefined) {
    known.delete(newer.id);
    newer = known.get(newer.supersededBy);
  }
  return newer;
}
