import { RetryableError } from "@lockmaster/core/lib/errors.ts";
import type { PullRequestLedger } from "@lockmaster/core/ledger/ports.ts";
import { PullRequestRecord, readPullRequestRecord } from "@lockmaster/core/ledger/pull-request-record.ts";
import { checksEnvironment } from "@lockmaster/core/lib/names.ts";
import { expiring } from "./expiry.ts";
import type { Key, LedgerTable } from "./table.ts";
import { follows } from "./version.ts";

const attributes = Object.keys(PullRequestRecord.entries);

/** Longer than any check of the pull request and any delivery of GitHub's takes. */
const keptDays = 90;

/** Pull requests, in the partition of their checks. */
export function ledgerPullRequests(table: LedgerTable): PullRequestLedger {
  return {
    pullRequest: (which) => table.get(keyOf(which), readPullRequestRecord),
    async writePullRequest(record) {
      const item = { ...record, ...expiring(new Date(record.latest.receivedAt), keptDays) };
      if (await table.rewrite(keyOf(record), item, attributes, follows(record))) return;
      throw new RetryableError(`another function changed ${record.ref} of ${record.repository} at the same time`, {
        code: "CONFLICT",
      });
    },
  };
}

const keyOf = ({ repository, ref }: Pick<PullRequestRecord, "repository" | "ref">): Key => ({
  pk: `${repository}#${checksEnvironment}`,
  sk: `pull-request#${ref}`,
});
