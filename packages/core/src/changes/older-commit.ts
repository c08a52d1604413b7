import { RejectedError } from "../lib/errors.ts";
import type { Changes } from "./ports.ts";
import type { ReleaseRef } from "../ledger/release-ref.ts";

/**
 * Refuses a commit that what runs contains already. Where nobody can tell, the queue's order decides alone.
 *
 * @param standing what the last success brought to the environment
 * @throws RejectedError OLDER_COMMIT
 */
export async function refuseOlderCommit(
  changes: Pick<Changes, "isAncestor">,
  { repository, environment, sha }: Pick<ReleaseRef, "repository" | "environment" | "sha">,
  lastSuccess: { release: string; sha: string },
): Promise<void> {
  if (lastSuccess.sha === sha || (await changes.isAncestor(repository, sha, lastSuccess.sha)) !== true) return;
  throw new RejectedError(
    `${environment} runs ${lastSuccess.sha} (${lastSuccess.release}), which contains ${sha} already: an older commit does not overwrite a newer one. To go back, revert what is wrong and push.`,
    { code: "OLDER_COMMIT" },
  );
}
