import { createHash } from "node:crypto";
import type { ReleaseKey } from "../ledger/release-ref.ts";
import type { TaskRun } from "../ledger/task-run.ts";

/** RunTask, `startedBy`: docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RunTask.html */
const startedByLength = 128;

/** What a release's tasks are started by, as ECS shows it: the release's id, in the signs that ECS takes. */
export function startedByOf({ id }: Pick<ReleaseKey, "id">): string {
  return id.replaceAll(/[^A-Za-z0-9\-/_]/g, "-").slice(0, startedByLength);
}

/** One for each run of a task: 64 characters, as many as ECS takes. */
export function clientTokenOf(key: ReleaseKey, task: string, { run }: Pick<TaskRun, "run">): string {
  const { repository, environment, startedAt, id } = key;
  const subject = [repository, environment, startedAt, id, task, run].join("\0");
  return createHash("sha256").update(subject).digest("hex");
}
