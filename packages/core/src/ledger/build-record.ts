/** What the ledger holds of builds and of checks: plain data, times as ISO 8601 strings in UTC. */
import type { ErrorCode } from "../lib/errors.ts";

/** Somebody who waits for a build: an execution, at one of its redrives. */
export type BuildWaiter = { execution: string; redriveCount: number; taskToken: string };

/** What names a build in the ledger. */
export type BuildKey = Pick<BuildRecord, "repository" | "image" | "sha" | "recipe">;

/** One image of one commit: what was tried, what came of it, who waits for it. */
export type BuildRecord = {
  repository: string;
  image: string;
  sha: string;
  /** Hash of what the configuration makes of the commit: another context, Dockerfile, stage or platform is another image. */
  recipe: string;
  /** The ref that asked for the build: one that an environment follows, or the pull request of a check. */
  ref: string;
  /** Only the tests were run, for a pull request: there is no image, and the recipe is none of a release's. */
  check?: true;
  /** Counts from 1; a new attempt begins only after the last one ended without success. */
  attempt: number;
  /** `starting`: StartBuild may or may not have happened; `running`: it has, `buildId` is known. */
  status: "starting" | "running" | "succeeded" | "failed";
  startedAt: string;
  buildId?: string;
  digest?: string;
  sizeBytes?: number;
  durationSeconds?: number;
  failure?: { code: ErrorCode; message: string; logUrl?: string };
  /** Kept when the build has ended: whoever waited for this attempt gets its answer, everybody else a new attempt. */
  waiters: readonly BuildWaiter[];
  /** Counts writes; every write is conditional on it. */
  version: number;
};

/** One check of one commit. */
export type CheckRun = { executionArn: string; sha: string };

/** What became of a pull request last, and the checks that this made obsolete. */
export type PullRequestRecord = {
  repository: string;
  /** `refs/pull/7/head`. */
  ref: string;
  /** The newest check; without an execution when the pull request was closed. */
  latest: {
    /** When GitHub says that it happened. */
    requestedAt: string;
    /** When Lockmaster began to deal with it: decides between two of the same second. */
    receivedAt: string;
    sha: string;
    executionArn?: string;
  };
  /** Older checks, of which some may still be under way. */
  superseded: readonly CheckRun[];
  /** Counts writes; every write is conditional on it. */
  version: number;
};
