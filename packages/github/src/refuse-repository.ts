import { notConfigured } from "@lockmaster/core/contract/routing.ts";
import type { Metrics } from "@lockmaster/core/contract/metrics.ts";
import type { OriginLedger } from "@lockmaster/core/ledger/ports.ts";
import { describeRenamed, whyReplaced } from "@lockmaster/core/trust/identity.ts";

export type RepositoryPorts = {
  origins: Pick<OriginLedger, "repositoryIdentity" | "recordIdentity" | "repositoryWithId">;
  metrics: Metrics;
};

/** The repository that a signed delivery names. */
type Delivered = { repository: string; repositoryId?: number };

/**
 * Why an event of a configured repository starts nothing: another repository has its name now. Such an event is counted, and an
 * alarm reports it. The first id that Lockmaster sees is recorded.
 */
export async function whyRefused(
  { origins, metrics }: RepositoryPorts,
  { repository, repositoryId: id }: Delivered,
  receivedAt: Date,
): Promise<string | undefined> {
  if (id === undefined) return undefined;
  const why = await whyReplaced(origins, { repository, id, since: receivedAt.toISOString() });
  if (why !== undefined) count(metrics, repository);
  return why;
}

/**
 * Why an event of a repository that is not configured starts nothing. When the ledger has its id under another name, the repository
 * was renamed or transferred: that is counted, too.
 */
export async function whyUnknown(
  { origins, metrics }: RepositoryPorts,
  { repository, repositoryId: id }: Delivered,
): Promise<string> {
  const before = id === undefined ? undefined : await origins.repositoryWithId(id);
  if (before === undefined || before === repository) return notConfigured(repository);
  count(metrics, repository);
  return describeRenamed(before, repository);
}

const count = (metrics: Metrics, repository: string): void =>
  metrics.record([{ metric: "MovedRepositories", value: 1 }], { repository });
