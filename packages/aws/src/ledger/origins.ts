import type { IdentityWriter, OriginLedger } from "@lockmaster/core/ledger/ports.ts";
import { readRepositoryIdentity } from "@lockmaster/core/ledger/repository-identity.ts";
import { readStartRecord, type StartRecord } from "@lockmaster/core/ledger/start-record.ts";
import * as v from "valibot";
import { expiring } from "./expiry.ts";
import type { Key, LedgerTable } from "./table.ts";

/**
 * Longer than an execution can be redriven (14 days) and GitHub redelivers (3 days), and shorter than Step Functions remembers an
 * execution's name (90 days): no person can start an execution of a recorded name again.
 */
const keptDays = 30;

const NamedRepository = v.object({ repository: v.string() });

/** The webhook's starts, and the identities of repositories. */
export function ledgerOrigins(table: LedgerTable): OriginLedger & IdentityWriter {
  return {
    start: (which) => table.get(startKey(which), readStartRecord),
    async recordStart(start) {
      await table.put(startKey(start), { ...start, ...expiring(new Date(start.at), keptDays) });
    },
    repositoryIdentity: (repository) => table.get(identityKey(repository), readRepositoryIdentity),
    async recordIdentity(identity) {
      const condition = { condition: "attribute_not_exists(#id)", names: { id: "id" } };
      const written = await table.put(identityKey(identity.repository), identity, condition);
      if (!written) return (await table.get(identityKey(identity.repository), readRepositoryIdentity)) ?? identity;
      await table.put(indexKey(identity.id), { repository: identity.repository });
      return identity;
    },
    async acceptIdentity(identity) {
      await table.put(identityKey(identity.repository), identity);
      await table.put(indexKey(identity.id), { repository: identity.repository });
    },
    repositoryWithId: async (id) =>
      (await table.get(indexKey(id), (found) => v.parse(NamedRepository, found)))?.repository,
  };
}

const startKey = ({
  repository,
  environment,
  name,
}: Pick<StartRecord, "repository" | "environment" | "name">): Key => ({
  pk: `${repository}#${environment}`,
  sk: `start#${name}`,
});

const identityKey = (repository: string): Key => ({ pk: repository, sk: "identity" });

const indexKey = (id: number): Key => ({ pk: "repositories", sk: `id#${id}` });
