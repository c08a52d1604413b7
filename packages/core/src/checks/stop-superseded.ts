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

/** Name of the error that the console shows for a stopped execution. */
const supersededError = "CheckSuperseded";

/**
 * Stops the checks that the newest event of a pull request supersedes, and their builds that have no other waiter. Builds of
 * the commit that is checked now go on. Idempotent.
 *
 * The records of these checks stay open here: recovery closes them, as of every aborted execution.
 *
 * @throws RetryableError CONFLICT when another function wrote one of the records meanwhile
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
  const reason = isClosed
    ? `${ref} was closed`
    : latest.sha === sha
      ? `${ref} has changed since, and ${latest.executionArn} checks the same commit`
      : `${ref} has the newer commit ${latest.sha}, which ${latest.executionArn} checks`;
  // First the execution: otherwise it could request another build.
  await ports.executions.stop(executionArn, supersededError, reason);
  const departure = {
    execution: executionArn,
    code: "CHECK_SUPERSEDED" as const,
    reason,
    keepsRunning: !isClosed && latest.sha === sha,
    projectPrefix: ports.buildProjectPrefix,
  };
  const recipes = Object.entries(images).map(([image, configured]) => ({ image, recipe: checkRecipeOf(configured) }));
  await Promise.all(
    recipes.map(({ image, recipe }) => abandonBuild(ports, { repository, image, sha, recipe }, departure)),
  );
}
