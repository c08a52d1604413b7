import * as v from "valibot";
import { RepositoryConfiguration } from "./schema.ts";

/** A repository's configuration as a test writes it, with every default filled in. */
export function configurationOf(input: v.InferInput<typeof RepositoryConfiguration>): RepositoryConfiguration {
  return v.parse(RepositoryConfiguration, input);
}
