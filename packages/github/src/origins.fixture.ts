import type { Measurement } from "@lockmaster/core/contract/metrics.ts";
import type { RepositoryIdentity } from "@lockmaster/core/ledger/repository-identity.ts";
import type { StartRecord } from "@lockmaster/core/ledger/start-record.ts";
import type { WebhookPorts } from "./webhook.ts";

/** The webhook's ports for starts and repositories, in memory. */
export function inMemoryOrigins() {
  const identities = new Map<string, RepositoryIdentity>();
  const starts: StartRecord[] = [];
  const measured: Measurement[] = [];
  const ports: Pick<WebhookPorts, "origins" | "metrics"> = {
    origins: {
      recordStart: (start) => Promise.resolve(void starts.push(start)),
      repositoryIdentity: (repository) => Promise.resolve(identities.get(repository)),
      recordIdentity(identity) {
        identities.set(identity.repository, identity);
        return Promise.resolve(identity);
      },
      repositoryWithId: (id) => Promise.resolve([...identities.values()].find((one) => one.id === id)?.repository),
    },
    metrics: { record: (measurements) => void measured.push(...measurements) },
  };
  return { ports, starts, measured, identities };
}
