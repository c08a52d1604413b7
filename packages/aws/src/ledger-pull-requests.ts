import { RetryableError } from "@lockmaster/core/errors.ts";
import type { PullRequestLedger } from "@lockmaster/core/ports.ts";
import type { PullRequestRecord } from "@lockmaster/core/records.ts";
import { checksEnvironment } from "@lockmaster/core/names.ts";
import { readPullRequestRecord } from "@lockmaster/core/stored-records.ts";
import type { Key, LedgerTable } from "./ledger-table.ts";
import { follows } from "./ledger-version.ts";

/** Pull requests, beside the records of their checks. */
export function ledgerPullRequests(table: LedgerTable): PullRequestLedger {
  return {
    pullRequest: (which) => table.get(keyOf(which), readPullRequestRecord),
    async writePullRequest(record) {
      if (await table.put(keyOf(record), record, follows(record))) return;
      throw new RetryableError(`somebody else wrote ${record.ref} of ${record.repository} first`, { code: "CONFLICT" });
    },
  };
}

const keyOf = ({ repository, ref }: Pick<PullRequestRecord, "repository" | "ref">): Key => ({
  pk: `${repository}#${checksEnvironment}`,
  sk: `pull-request#${ref}`,
});
