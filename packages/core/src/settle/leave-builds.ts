import { checkRecipeOf, recipeOf } from "../build/build-variables.ts";
import { leaveBuild, type LeavePorts } from "../build/leave-build.ts";
import type { StoredConfiguration } from "../config/schema.ts";
import type { BuildKey, ReleaseRecord, SettledExecution } from "../records.ts";

/** The builds that a release may have asked for, as the configuration has the images now. */
export function buildsOf(
  { kind, repository, sha }: Pick<ReleaseRecord, "kind" | "repository" | "sha">,
  stored: StoredConfiguration | undefined,
): BuildKey[] {
  if (kind === "promote" || kind === "rollback") return [];
  const recipe = kind === "check" ? checkRecipeOf : recipeOf;
  return Object.entries(stored?.configuration.images ?? {}).map(([image, configured]) => ({
    repository,
    image,
    sha,
    recipe: recipe(configured),
  }));
}

/**
 * Takes an execution that has ended off the builds that it waits for; those that nobody else waits for are stopped.
 *
 * @param status how the execution ended, for the builds' records
 * @throws RetryableError CONFLICT when somebody else wrote a build's record meanwhile
 */
export async function leaveBuilds(
  ports: LeavePorts,
  keys: readonly BuildKey[],
  { executionArn, redriveCount }: SettledExecution,
  { status, projectPrefix }: { status: string; projectPrefix: string },
): Promise<void> {
  const reason = `nobody waits for it any more: ${executionArn} ended as ${status}`;
  const leaving = { execution: executionArn, redriveCount, code: "EXECUTION_ENDED", reason, keep: false } as const;
  await Promise.all(keys.map((key) => leaveBuild(ports, key, { ...leaving, projectPrefix })));
}
