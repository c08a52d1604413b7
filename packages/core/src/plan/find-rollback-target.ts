import { isDeepStrictEqual } from "node:util";
import { RejectedError } from "../lib/errors.ts";
import type { ReleaseLedger } from "../ledger/ports.ts";
import type { ReleaseSummary } from "../ledger/release-record.ts";

/** How many of an environment's newest releases are searched for a rollback target. */
const releasesSearchedForTarget = 500;

type EnvironmentKey = { repository: string; environment: string };

/**
 * The releases that succeeded in an environment, the one that ended last first: what runs now, and what ran before. A release
 * that started early may have been redriven late, so the order is not that of their starts.
 */
export async function findSuccessfulReleases(
  ledger: Pick<ReleaseLedger, "releases">,
  { repository, environment }: EnvironmentKey,
): Promise<ReleaseSummary[]> {
  const releases = await ledger.releases(repository, environment, releasesSearchedForTarget);
  return releases
    .filter(({ status }) => status === "succeeded")
    .toSorted((a, b) => (b.endedAt ?? "").localeCompare(a.endedAt ?? "") || b.startedAt.localeCompare(a.startedAt));
}

/**
 * Finds the release that a rollback rolls back to.
 *
 * `previous` is the newest success before what runs now that ran something different. A rollback counts as the release that it
 * rolled back to: two rollbacks to `previous` roll back by two releases, and do not alternate between two.
 *
 * @param successful see `findSuccessfulReleases`
 * @param to `previous`, or a release's id
 * @throws RejectedError ROLLBACK_TARGET_MISSING
 */
export function findRollbackTarget(
  successful: readonly ReleaseSummary[],
  to: string,
  { repository, environment }: EnvironmentKey,
): ReleaseSummary {
  const found = to === "previous" ? previousOf(successful) : successful.find(({ id }) => id === to);
  if (found !== undefined) return found;
  const what = to === "previous" ? "no release before the running one has succeeded" : `no release ${to} has succeeded`;
  throw new RejectedError(
    `${what} in ${environment} of ${repository}, among its last ${releasesSearchedForTarget} releases. Name a release that succeeded, or push a commit that fixes the problem.`,
    { code: "ROLLBACK_TARGET_MISSING" },
  );
}

function previousOf(successful: readonly ReleaseSummary[]): ReleaseSummary | undefined {
  const [current] = successful;
  if (current === undefined) return undefined;
  const effective = current.rollsBackTo ?? current.id;
  const at = successful.findIndex(({ id }) => id === effective);
  return successful
    .slice(at + 1)
    .find(({ kind, services }) => kind !== "rollback" && !isDeepStrictEqual(services, current.services));
}
