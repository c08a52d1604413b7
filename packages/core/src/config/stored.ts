import { createHash } from "node:crypto";
import * as v from "valibot";
import { parseInput } from "../lib/parse.ts";
import type { Configuration } from "./configuration.ts";
import { RepositoryConfiguration } from "./schema.ts";

/** One repository's configuration as the ledger stores it. */
export const StoredConfiguration = v.object({
  repository: v.string(),
  configuration: RepositoryConfiguration,
  /** SHA-256 over the canonical JSON, in hex: recorded with each release. */
  hash: v.string(),
});
export type StoredConfiguration = v.InferOutput<typeof StoredConfiguration>;

/** @throws InvalidInputError INPUT_INVALID naming every offending path */
export const readStoredConfiguration = (value: unknown): StoredConfiguration => parseInput(StoredConfiguration, value);

/** One item of the ledger for each repository. */
export function storedConfigurations({ repositories }: Configuration): StoredConfiguration[] {
  return Object.entries(repositories).map(([repository, configuration]) => ({
    repository,
    configuration,
    hash: createHash("sha256").update(canonicalJson(configuration)).digest("hex"),
  }));
}

/** JSON with every object's keys in order, so that equal values have equal texts. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === "object" && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}
