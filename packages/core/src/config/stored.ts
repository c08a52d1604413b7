import { createHash } from "node:crypto";
import type { Configuration } from "./configuration.ts";
import type { StoredConfiguration } from "./schema.ts";

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
