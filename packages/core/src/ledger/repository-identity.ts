import * as v from "valibot";
import { parseInput } from "../lib/parse.ts";
import type { Stored } from "./stored.ts";

/** Which repository has a name at GitHub: a name can pass to another repository, an id cannot. */
export const RepositoryIdentity = v.object({
  /** `owner/name`. */
  repository: v.string(),
  /** GitHub's numeric id. */
  id: v.number(),
  /** When Lockmaster first saw the id, or an operator accepted it. */
  since: v.string(),
  /** ARN of the operator who accepted it; absent for an id that Lockmaster saw first. */
  acceptedBy: v.exactOptional(v.string()),
});
export type RepositoryIdentity = Stored<typeof RepositoryIdentity>;

/** @throws InvalidInputError INPUT_INVALID naming every offending path */
export const readRepositoryIdentity = (value: unknown): RepositoryIdentity => parseInput(RepositoryIdentity, value);
