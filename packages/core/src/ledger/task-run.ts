import * as v from "valibot";
import { StoredErrorCode, type Stored } from "./stored.ts";

/**
 * One run of a task of the configuration. Another run follows only if this one did not succeed, or if services were deployed
 * again after the run that tested them.
 */
export const TaskRun = v.object({
  when: v.picklist(["before", "after"]),
  /** Epoch of the environment's lock, and redrive of the release, under which it was started. */
  attempt: v.number(),
  redriveCount: v.number(),
  /** Counts from 1; ECS starts each run once. */
  run: v.number(),
  taskDefinition: v.string(),
  /** When it was started, or when the first attempt to start it was made. */
  startedAt: v.string(),
  /**
   * `starting`: RunTask may or may not have happened; `running`: it has, `taskArn` is known. `stopped`: the task was stopped
   * with the release; a function that is just starting it must stop it.
   */
  status: v.picklist(["starting", "running", "succeeded", "failed", "stopped"]),
  taskArn: v.exactOptional(v.string()),
  exitCode: v.exactOptional(v.number()),
  failure: v.exactOptional(v.object({ code: StoredErrorCode, message: v.string() })),
  endedAt: v.exactOptional(v.string()),
  /** Counts writes; every write is conditional on it. */
  version: v.number(),
});
export type TaskRun = Stored<typeof TaskRun>;
