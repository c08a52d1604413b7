import { isDeepStrictEqual } from "node:util";
import { RejectedError } from "../lib/errors.ts";
import type { ReleaseLedger } from "../ledger/ports.ts";
import type { ReleaseSummary } from "../ledger/release-record.ts";

/** How far back a release is looked for. */
const releasesLookedAt = 500;

type EnvironmentKey = { repository: string; environment: string };

/**
 * The releases that succeeded in an environment, in the order in which they took effect, the newest first: what runs now, and
 * what ran before. A release that started early may have been redriven late, so the start says nothing.
 */
export async function successfulReleases(
  ledger: Pick<ReleaseLedger, "releases">,
  { repository, environment }: EnvironmentKey,
): Promise<ReleaseSummary[]> {
  const releases = await ledger.releases(repository, environment, releasesLookedAt);
  return releases
    .filter(({ status }) => status === "succeeded")
    .toSorted((a, b) => (b.endedAt ?? "").localeCompare(a.endedAt ?? "") || b.startedAt.localeCompare(a.startedAt));
}

/**
 * Finds the release that a rollback goes back to.
 *
 * `previous` is the newest success before what runs now that ran something else. What a rollback brought back counts as the
 * release that it returned to: two rollbacks to `previous` go back by two, and never to and fro.
 *
 * @param standing see `successfulReleases`
 * @param to `previous`, or a release's id
 * @throws RejectedError ROLLBACK_TARGET_MISSING
 */
export function findTarget(successful: readonly ReleaseSummary[], to: string, place: EnvironmentKey): ReleaseSummary {
  const found = to === "previous" ? previousOf(successful) : successful.find(({ id }) => id === to);
  if (found !== undefined) return found;
  const what =
    to === "previous"
      ? "no release before what runs now is known to have succeeded"
      : `no release ${to} is known to have succeeded`;
  throw new RejectedError(
    `${what} in ${place.environment} of ${place.repository}, among its last ${releasesLookedAt}. Name one that has, or release a commit that mends what is wrong.`,
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
