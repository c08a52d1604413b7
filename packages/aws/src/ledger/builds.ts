import { RetryableError } from "@lockmaster/core/lib/errors.ts";
import type { BuildLedger } from "@lockmaster/core/ledger/ports.ts";
import { type BuildKey, BuildRecord, readBuildRecord } from "@lockmaster/core/ledger/build-record.ts";
import type { Key, LedgerTable } from "./table.ts";
import { follows } from "./version.ts";

const attributes = Object.keys(BuildRecord.entries);

/** Builds, by repository, image, commit and recipe. */
export function ledgerBuilds(table: LedgerTable): BuildLedger {
  return {
    build: (key) => table.get(keyOf(key), readBuildRecord),
    async writeBuild(record) {
      if (await table.rewrite(keyOf(record), record, attributes, follows(record))) return;
      throw new RetryableError(
        `another function changed the build of ${record.image} at ${record.sha} at the same time`,
        {
          code: "CONFLICT",
        },
      );
    },
  };
}

const keyOf = ({ repository, image, sha, recipe }: BuildKey): Key => ({
  pk: repository,
  sk: `build#${image}#${sha}#${recipe}`,
});
