import { createHash } from "node:crypto";
import type { ReleaseKey } from "../ledger/release-ref.ts";
import type { TaskRun } from "../ledger/task-run.ts";

/** RunTask, `startedBy`: docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RunTask.html */
const startedByLength = 128;

/** `startedBy` of a release's tasks: the release's id in the characters that ECS allows. */
export function startedByOf({ id }: Pick<ReleaseKey, "id">): string {
  return id.replaceAll(/[^A-Za-z0-9\-/_]/g, "-").slice(0, startedByLength);
}

/** A token for each run of a task: 64 characters, ECS's maximum. */
export function clientTokenOf(key: ReleaseKey, task: string, { run }: Pick<TaskRun, "run">): string {
  const { repository, environment, startedAt, id } = key;
  const identity = [repository, environment, startedAt, id, task, run].join("\0");
  return createHash("sha256").update(identity).digest("hex");
}
