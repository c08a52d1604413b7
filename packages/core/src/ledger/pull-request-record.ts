import * as v from "valibot";
import { parseInput } from "../lib/parse.ts";
import type { Stored } from "./stored.ts";

/** One check of one commit. */
export const CheckRun = v.object({ executionArn: v.string(), sha: v.string() });
export type CheckRun = Stored<typeof CheckRun>;

/** The newest event of a pull request, and the checks that it superseded. */
export const PullRequestRecord = v.object({
  repository: v.string(),
  /** `refs/pull/7/head`. */
  ref: v.string(),
  /** The newest check; without an execution when the pull request was closed. */
  latest: v.object({
    /** The event's time by GitHub's clock. */
    requestedAt: v.string(),
    /** When Lockmaster began to handle the event: decides between two events of the same second. */
    receivedAt: v.string(),
    sha: v.string(),
    executionArn: v.exactOptional(v.string()),
  }),
  /** Older checks, some of which may still run. */
  superseded: v.array(CheckRun),
  /** Counts writes; every write is conditional on it. */
  version: v.number(),
});
export type PullRequestRecord = Stored<typeof PullRequestRecord>;

/** @throws InvalidInputError INPUT_INVALID naming every offending path */
export const readPullRequestRecord = (value: unknown): PullRequestRecord => parseInput(PullRequestRecord, value);
