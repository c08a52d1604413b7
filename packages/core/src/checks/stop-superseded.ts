import { checkRecipeOf } from "../config/recipe.ts";
import { abandonBuild } from "../build/abandon-build.ts";
import type { RepositoryConfiguration } from "../config/schema.ts";
import type { BuildLedger, PullRequestLedger } from "../ledger/ports.ts";
import type { Builds } from "../build/ports.ts";
import type { Executions } from "../contract/executions.ts";
import type { CheckRun, PullRequestRecord } from "../ledger/pull-request-record.ts";

export type StopPorts = {
  ledger: BuildLedger & PullRequestLedger;
  builds: Pick<Builds, "recent" | "stop">;
  executions: Pick<Executions, "stop">;
  buildProjectPrefix: string;
};

/** As the execution that was stopped shows it in the console. */
const superseded = "CheckSuperseded";

/**
 * Stops the checks that the newest event of a pull request made obsolete, and each of their builds that nobody else waits
 * for. Builds of the very commit that is to be checked now go on. Once more changes nothing.
 *
 * The records of these checks stay open here: an execution that was aborted, by whomever, is settled from outside.
 *
 * @throws RetryableError CONFLICT when somebody else wrote one of the records meanwhile: who is the newest now goes on
 */
export async function stopSuperseded(
  ports: StopPorts,
  record: PullRequestRecord,
  images: RepositoryConfiguration["images"],
): Promise<void> {
  if (record.superseded.length === 0) return;
  for (const run of record.superseded) await stopCheck(ports, record, run, images);
  await ports.ledger.writePullRequest({ ...record, superseded: [], version: record.version + 1 });
}

async function stopCheck(
  ports: StopPorts,
  { repository, ref, latest }: PullRequestRecord,
  { executionArn, sha }: CheckRun,
  images: RepositoryConfiguration["images"],
): Promise<void> {
  const isClosed = latest.executionArn === undefined;
  const reason = isClosed ? `${ref} was closed` : `${ref} is at ${latest.sha} now, checked by ${latest.executionArn}`;
  // The execution goes first: it could ask for another build otherwise.
  await ports.executions.stop(executionArn, superseded, reason);
  const leaving = {
    execution: executionArn,
    code: "CHECK_SUPERSEDED" as const,
    reason,
    keep: !isClosed && latest.sha === sha,
    projectPrefix: ports.buildProjectPrefix,
  };
  const recipes = Object.entries(images).map(([image, configured]) => ({ image, recipe: checkRecipeOf(configured) }));
  await Promise.all(
    recipes.map(({ image, recipe }) => abandonBuild(ports, { repository, image, sha, recipe }, leaving)),
  );
}
