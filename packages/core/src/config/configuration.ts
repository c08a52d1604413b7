/** The whole configuration. Functions read only the part of one repository, from the ledger. */
import * as v from "valibot";
import { record } from "../lib/record.ts";
import { RepositoryName } from "./grammar.ts";
import { Installation } from "./installation.ts";
import { RepositoryConfiguration } from "./schema.ts";

export const Configuration = v.strictObject({
  repositories: v.pipe(
    record(RepositoryName, RepositoryConfiguration),
    v.minEntries(1, "is empty: write at least one repository"),
  ),
  installation: v.optional(Installation, {}),
});

/** As a user writes it: fields with a default are optional. */
export type ConfigurationInput = v.InferInput<typeof Configuration>;
export type Configuration = v.InferOutput<typeof Configuration>;
