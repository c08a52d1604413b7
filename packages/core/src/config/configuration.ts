/** The whole configuration. Functions read one repository's of the ledger: how Lockmaster is installed is none of theirs. */
import * as v from "valibot";
import { RepositoryName } from "./grammar.ts";
import { Installation } from "./installation.ts";
import { RepositoryConfiguration } from "./schema.ts";

export const Configuration = v.strictObject({
  repositories: v.pipe(
    v.record(RepositoryName, RepositoryConfiguration),
    v.minEntries(1, "is empty: name at least one repository"),
  ),
  installation: v.optional(Installation, {}),
});

/** As a user writes it: what has a default may be left out. */
export type ConfigurationInput = v.InferInput<typeof Configuration>;
export type Configuration = v.InferOutput<typeof Configuration>;
