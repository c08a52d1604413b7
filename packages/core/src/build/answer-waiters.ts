import { RejectedError } from "../lib/errors.ts";
import type { Executions } from "../contract/executions.ts";
import type { BuildRecord } from "../ledger/build-record.ts";
import type { BuiltImage } from "../contract/steps.ts";

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

/** What the state machine gets for a check: the tests have passed, and there is no digest. */
type TestedImage = Pick<BuiltImage, "image" | "buildId">;

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

/** Tells one of those who wait. */
export function answer(
  tokens: TaskTokens,
  taskToken: string,
  record: BuildRecord,
  repositoryUri: string,
): Promise<boolean> {
  const { image, digest, buildId, failure, check } = record;
  if (record.status === "failed" && failure !== undefined) return failBuild(tokens, taskToken, record, failure);
  if (record.status !== "succeeded" || buildId === undefined) return Promise.resolve(false);
  if (check === true) return tokens.succeedTask(taskToken, { image, buildId } satisfies TestedImage);
  if (digest === undefined) return Promise.resolve(false);
  return tokens.succeedTask(taskToken, { image, repositoryUri, digest, buildId } satisfies BuiltImage);
}
