import { createHash } from "node:crypto";
import * as v from "valibot";
import { RejectedError } from "../lib/errors.ts";
import { parseStored } from "../lib/parse.ts";
import type { Configuration } from "./configuration.ts";
import { type EnvironmentConfiguration, RepositoryConfiguration } from "./schema.ts";

/** What this version can honour. Version 0.2.0 is 1: it refuses every setting that it does not know. */
const reader = 2;

/** Settings that restrict releases, by the reader that honours them first: an older one must not release without them. */
const restrictions: readonly { reader: number; isUsed: (environment: EnvironmentConfiguration) => boolean }[] = [
  { reader: 2, isUsed: ({ on, verification }) => on.by !== undefined || verification !== undefined },
];

/** One repository's configuration as the ledger stores it. */
export const StoredConfiguration = v.object({
  repository: v.string(),
  configuration: RepositoryConfiguration,
  /** The reader that honours every setting that restricts releases; 1 when absent. */
  minimumReader: v.exactOptional(v.number()),
  /** SHA-256 over the canonical JSON, in hex: recorded with each release. */
  hash: v.string(),
});
export type StoredConfiguration = v.InferOutput<typeof StoredConfiguration>;

/**
 * Settings of a newer version are dropped: `requireReader` refuses a release that they restrict.
 *
 * @throws InvalidInputError INPUT_INVALID naming every offending path
 */
export const readStoredConfiguration = (value: unknown): StoredConfiguration => parseStored(StoredConfiguration, value);

/** One item of the ledger for each repository. */
export function storedConfigurations({ repositories }: Configuration): StoredConfiguration[] {
  return Object.entries(repositories).map(([repository, configuration]) => {
    const used = restrictions.filter(({ isUsed }) => Object.values(configuration.environments).some(isUsed));
    return {
      repository,
      configuration,
      ...(used.length > 0 && { minimumReader: Math.max(...used.map(({ reader: least }) => least)) }),
      hash: createHash("sha256").update(canonicalJson(configuration)).digest("hex"),
    };
  });
}

/**
 * For a step that has changed nothing yet: this version must honour every setting that restricts the release. A release that has
 * begun to change services goes on, because it was planned before the setting was deployed.
 *
 * @throws RejectedError CONFIGURATION_NEWER
 */
export function requireReader(stored: StoredConfiguration | undefined): void {
  if (stored === undefined || (stored.minimumReader ?? 1) <= reader) return;
  throw new RejectedError(
    `the configuration of ${stored.repository} restricts releases with a setting that this execution's version of Lockmaster does not know. Start a new execution with the same input: it runs the version that is deployed.`,
    { code: "CONFIGURATION_NEWER" },
  );
}

/** JSON with every object's keys in order, so that equal values have equal texts. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === "object" && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}
