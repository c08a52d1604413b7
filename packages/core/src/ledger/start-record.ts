import * as v from "valibot";
import { parseInput } from "../lib/parse.ts";
import type { Stored } from "./stored.ts";

/** An execution that the webhook is about to start: Plan recognises by it that no person has started the execution. */
export const StartRecord = v.object({
  repository: v.string(),
  /** `checks` for a check. */
  environment: v.string(),
  /** Name of the execution. */
  name: v.string(),
  at: v.string(),
  /** See `fingerprintOf` in contract/fingerprint.ts. */
  input: v.string(),
  /** GitHub's id of the App's installation that delivered the event; absent for a repository's own webhook. */
  installation: v.exactOptional(v.number()),
});
export type StartRecord = Stored<typeof StartRecord>;

/** @throws InvalidInputError INPUT_INVALID naming every offending path */
export const readStartRecord = (value: unknown): StartRecord => parseInput(StartRecord, value);
