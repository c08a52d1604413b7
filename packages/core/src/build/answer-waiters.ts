import { RejectedError } from "../lib/errors.ts";
import type { Executions } from "../contract/executions.ts";
import type { BuildRecord } from "../ledger/build-record.ts";
import type { BuiltImage } from "../contract/steps.ts";

export type TaskTokens = Pick<Executions, "succeedTask" | "failTask">;

/**
 * Answers every waiter of an ended build with its outcome. A token that has expired is ignored.
 *
 * @throws the first failure, once every other waiter is answered
 */
export async function answerWaiters(tokens: TaskTokens, record: BuildRecord, repositoryUri: string): Promise<void> {
  const answers = await Promise.allSettled(
    record.waiters.map(({ taskToken }) => answerWaiter(tokens, taskToken, record, repositoryUri)),
  );
  const failure = answers.find((result) => result.status === "rejected");
  if (failure !== undefined) throw failure.reason;
}

/** What the state machine gets for a check: the tests have passed, and there is no digest. */
type TestedImage = Pick<BuiltImage, "image" | "buildId">;

/** Fails a waiting task; Step Functions shows the same as when a function throws the error. */
export function failWaiter(
  tokens: TaskTokens,
  taskToken: string,
  { image, sha, attempt }: Pick<BuildRecord, "image" | "sha" | "attempt">,
  failure: NonNullable<BuildRecord["failure"]>,
): Promise<boolean> {
  const log = failure.logUrl === undefined ? "" : `. Log: ${failure.logUrl}`;
  const error = new RejectedError(
    `attempt ${attempt} to build image ${image} of ${sha.slice(0, 12)}: ${failure.message}${log}. Push a fix, or redrive to build the image again`,
    { code: failure.code },
  );
  return tokens.failTask(taskToken, error.name, JSON.stringify({ errorType: error.name, errorMessage: error.message }));
}

/** Answers one waiter. @returns false when there is nothing to answer with, or the token has expired */
export function answerWaiter(
  tokens: TaskTokens,
  taskToken: string,
  record: BuildRecord,
  repositoryUri: string,
): Promise<boolean> {
  const { image, digest, buildId, failure, check } = record;
  if (record.status === "failed" && failure !== undefined) return failWaiter(tokens, taskToken, record, failure);
  if (record.status !== "succeeded" || buildId === undefined) return Promise.resolve(false);
  if (check === true) return tokens.succeedTask(taskToken, { image, buildId } satisfies TestedImage);
  if (digest === undefined) return Promise.resolve(false);
  return tokens.succeedTask(taskToken, { image, repositoryUri, digest, buildId } satisfies BuiltImage);
}
