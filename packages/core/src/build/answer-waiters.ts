import { RejectedError } from "../errors.ts";
import type { Executions } from "../ports.ts";
import type { BuildRecord } from "../records.ts";
import type { BuiltImage } from "../steps.ts";

export type TaskTokens = Pick<Executions, "succeedTask" | "failTask">;

/**
 * Tells the outcome of an ended build to each that waits for it. A token that nobody waits for any more is no trouble.
 *
 * @throws the first failure, once everybody else was told
 */
export async function answerWaiters(tokens: TaskTokens, record: BuildRecord, repositoryUri: string): Promise<void> {
  const told = await Promise.allSettled(
    record.waiters.map(({ taskToken }) => answer(tokens, taskToken, record, repositoryUri)),
  );
  const failure = told.find((result) => result.status === "rejected");
  if (failure !== undefined) throw failure.reason;
}

/** The image as the state machine gets it. */
export function builtImage(image: string, repositoryUri: string, digest: string, buildId: string): BuiltImage {
  return { image, repositoryUri, digest, buildId };
}

/** Fails a waiting task with what Step Functions would show had the function thrown it. */
export function failBuild(
  tokens: TaskTokens,
  taskToken: string,
  { image, sha, attempt }: Pick<BuildRecord, "image" | "sha" | "attempt">,
  failure: NonNullable<BuildRecord["failure"]>,
): Promise<boolean> {
  const log = failure.logUrl === undefined ? "" : `. Log: ${failure.logUrl}`;
  const error = new RejectedError(
    `attempt ${attempt} at image ${image} of ${sha.slice(0, 12)}: ${failure.message}${log}. Redrive builds it again`,
    { code: failure.code },
  );
  return tokens.failTask(taskToken, error.name, JSON.stringify({ errorType: error.name, errorMessage: error.message }));
}

function answer(tokens: TaskTokens, taskToken: string, record: BuildRecord, repositoryUri: string): Promise<boolean> {
  const { image, digest, buildId, failure } = record;
  if (record.status === "failed" && failure !== undefined) return failBuild(tokens, taskToken, record, failure);
  if (record.status === "succeeded" && digest !== undefined && buildId !== undefined) {
    return tokens.succeedTask(taskToken, builtImage(image, repositoryUri, digest, buildId));
  }
  return Promise.resolve(false);
}
