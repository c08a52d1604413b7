import type { ReleaseLedger } from "../ledger/ports.ts";
import type { ReleaseRef } from "../ledger/release-ref.ts";
import { hasEndedInVain } from "../lock/drop-failed.ts";
import { findNewer } from "../lock/find-newer.ts";

/** Among this many of an environment's newest releases the superseding one is searched. */
const releasesSearched = 100;

/**
 * Whether the release that supersedes another one has ended without success meanwhile, so that neither is deployed. The
 * superseding release may itself be superseded: then the last one of the chain counts.
 *
 * @param by the superseding release's id
 */
export async function isSupersededInVain(
  ledger: Pick<ReleaseLedger, "releases">,
  { repository, environment }: Pick<ReleaseRef, "repository" | "environment">,
  by: string,
): Promise<boolean> {
  const releases = await ledger.releases(repository, environment, releasesSearched);
  const last = findNewer(releases, { supersededBy: by });
  return last !== undefined && hasEndedInVain(last);
}
