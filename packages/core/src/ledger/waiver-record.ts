import * as v from "valibot";
import { Waiver } from "../config/gates.ts";
import { parseInput } from "../lib/parse.ts";

/** A waiver that an operator added at run time; for every environment of the repository unless it names some. */
export const StoredWaiver = v.object({
  ...Waiver.entries,
  environments: v.exactOptional(v.array(v.string())),
  /** ARN of the operator. */
  addedBy: v.string(),
  addedAt: v.string(),
  revokedBy: v.exactOptional(v.string()),
  revokedAt: v.exactOptional(v.string()),
});
export type StoredWaiver = v.InferOutput<typeof StoredWaiver>;

/** @throws InvalidInputError INPUT_INVALID naming every offending path */
export const readStoredWaiver = (value: unknown): StoredWaiver => parseInput(StoredWaiver, value);
