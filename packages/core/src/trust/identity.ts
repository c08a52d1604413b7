import type { OriginLedger } from "../ledger/ports.ts";
import type { RepositoryIdentity } from "../ledger/repository-identity.ts";

type IdentityLedger = Pick<OriginLedger, "repositoryIdentity" | "recordIdentity">;

/**
 * Compares GitHub's id of a repository with the one in the ledger, where the first one that Lockmaster sees is recorded.
 *
 * @param seen what GitHub says now
 * @returns why the name stands for another repository; undefined when it does not
 */
export async function whyReplaced(ledger: IdentityLedger, seen: RepositoryIdentity): Promise<string | undefined> {
  const known = (await ledger.repositoryIdentity(seen.repository)) ?? (await ledger.recordIdentity(seen));
  return known.id === seen.id ? undefined : describeReplaced(known, seen);
}

/** @param known as the ledger has it */
export function describeReplaced(known: RepositoryIdentity, { repository, id }: RepositoryIdentity): string {
  return `${repository} is another repository than before: GitHub's id was ${known.id} since ${known.since}, and is ${id} now. The name has passed to it, or the repository was deleted and created again. If this is meant, accept it: lockmaster accept-repository --repository ${repository} --id ${id}`;
}

/** GitHub redirects requests for the old name, and sends events with the new name only. */
export const describeRenamed = (from: string, to: string): string =>
  `GitHub's repository ${from} is ${to} now: it was renamed or transferred. Write its new name in lockmaster.config.ts, and deploy Lockmaster again`;
