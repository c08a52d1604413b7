import type { IdentityWriter, OriginLedger } from "@lockmaster/core/ledger/ports.ts";
import { readRepositoryIdentity } from "@lockmaster/core/ledger/repository-identity.ts";
import { readStartRecord, type StartRecord } from "@lockmaster/core/ledger/start-record.ts";
import * as v from "valibot";
import { expiring } from "./expiry.ts";
import type { Key, LedgerTable } from "./table.ts";

/**
 * A release may wait so long in a frozen environment, and then be planned again. Shorter than the 90 days for which Step Functions
 * refuses the name of an execution again: no person can start another execution under a recorded name. DynamoDB removes an expired
 * item within a few days.
 */
const keptDays = 80;

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
      // First the index: once the identity is recorded, no later call would write it.
      await table.put(indexKey(identity.id), { repository: identity.repository });
      if (await table.put(identityKey(identity.repository), identity, condition)) return identity;
      return (await table.get(identityKey(identity.repository), readRepositoryIdentity)) ?? identity;
    },
    async acceptIdentity(identity) {
      await table.put(indexKey(identity.id), { repository: identity.repository });
      await table.put(identityKey(identity.repository), identity);
    },
    async repositoryWithId(id) {
      const found = await table.get(indexKey(id), (item) => v.parse(NamedRepository, item));
      if (found === undefined) return undefined;
      const { repository } = found;
      // The index keeps the id of a repository whose name an operator has accepted for another one.
      const identity = await table.get(identityKey(repository), readRepositoryIdentity);
      return identity?.id === id ? repository : undefined;
    },
  };
}

/** In partitions of their own: the webhook alone may write starts, and functions that change an environment may not. */
const startKey = ({
  repository,
  environment,
  name,
}: Pick<StartRecord, "repository" | "environment" | "name">): Key => ({
  pk: `starts#${repository}`,
  sk: `${environment}#${name}`,
});

const identityKey = (repository: string): Key => ({ pk: `identity#${repository}`, sk: "identity" });

const indexKey = (id: number): Key => ({ pk: "repository-ids", sk: `id#${id}` });
