import * as v from "valibot";
import type { Stored } from "./stored.ts";

/**
 * `deploy` builds a commit, `promote` deploys what another environment has verified, `rollback` deploys what ran before,
 * `check` only runs the tests.
 */
export const ReleaseKind = v.picklist(["deploy", "promote", "rollback", "check"]);
export type ReleaseKind = v.InferOutput<typeof ReleaseKind>;

/** The release that a step works for. `plan-release` makes it, and the state machine passes it to every later step. */
export const ReleaseRef = v.object({
  /** The execution's name. */
  id: v.string(),
  executionArn: v.string(),
  /** When the execution started; part of the release's key in the ledger, so that releases sort by time. */
  startedAt: v.string(),
  kind: ReleaseKind,
  repository: v.string(),
  /** `checks` for a check: no environment can have that name. */
  environment: v.string(),
  ref: v.string(),
  /** The commit: 40 hexadecimal digits. */
  sha: v.string(),
});
export type ReleaseRef = Stored<typeof ReleaseRef>;

/** Where a release is found in the ledger. */
export type ReleaseKey = Pick<ReleaseRef, "repository" | "environment" | "startedAt" | "id">;

/** An execution, and the redrive of it that ended. */
export const RecoveredExecution = v.object({ executionArn: v.string(), redriveCount: v.number() });
export type RecoveredExecution = Stored<typeof RecoveredExecution>;
