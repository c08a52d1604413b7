import * as v from "valibot";
import { parseInput } from "../lib/parse.ts";
import { StoredErrorCode, type Stored } from "./stored.ts";

/** An execution that waits for a build, at one of its redrives. */
export const BuildWaiter = v.object({ execution: v.string(), redriveCount: v.number(), taskToken: v.string() });
export type BuildWaiter = Stored<typeof BuildWaiter>;

/** The build of one image of one commit: its newest attempt, the result, and the executions that wait for it. */
export const BuildRecord = v.object({
  repository: v.string(),
  image: v.string(),
  sha: v.string(),
  /** Hash of the build's configuration: another context, Dockerfile, stage or platform makes another image of a commit. */
  recipe: v.string(),
  /** The ref that requested the build: one that an environment follows, or the pull request of a check. */
  ref: v.string(),
  /** Only the tests were run, for a pull request: there is no image, and no release has this recipe. */
  check: v.exactOptional(v.literal(true)),
  /** Counts from 1; a new attempt begins only after the last one ended without success. */
  attempt: v.number(),
  /** `starting`: StartBuild may or may not have happened; `running`: it has, `buildId` is known. */
  status: v.picklist(["starting", "running", "succeeded", "failed"]),
  startedAt: v.string(),
  buildId: v.exactOptional(v.string()),
  /** Since when the build, which is `starting`, waits for a slot in CodeBuild's queue. */
  waitsForSlotSince: v.exactOptional(v.string()),
  digest: v.exactOptional(v.string()),
  sizeBytes: v.exactOptional(v.number()),
  durationSeconds: v.exactOptional(v.number()),
  failure: v.exactOptional(
    v.object({
      code: StoredErrorCode,
      message: v.string(),
      logUrl: v.exactOptional(v.string()),
      /** The last lines that the failed commands wrote, oldest first, at most 20. */
      logLines: v.exactOptional(v.array(v.string())),
    }),
  ),
  /** Kept when the build has ended: these executions get the result of this attempt, all others a new attempt. */
  waiters: v.array(BuildWaiter),
  /** Counts writes; every write is conditional on it. */
  version: v.number(),
});
export type BuildRecord = Stored<typeof BuildRecord>;

/** The key of a build in the ledger. */
export type BuildKey = Pick<BuildRecord, "repository" | "image" | "sha" | "recipe">;

/** @throws InvalidInputError INPUT_INVALID naming every offending path */
export const readBuildRecord = (value: unknown): BuildRecord => parseInput(BuildRecord, value);
