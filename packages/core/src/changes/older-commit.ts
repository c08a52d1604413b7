import { RejectedError } from "../lib/errors.ts";
import type { Changes } from "./ports.ts";
import type { ReleaseRef } from "../ledger/release-ref.ts";

/**
 * Refuses a commit that the running commit contains already. When GitHub does not answer it, only the queue's order decides.
 *
 * @param lastSuccess the newest release that succeeded in the environment
 * @throws RejectedError OLDER_COMMIT
 */
export async function refuseOlderCommit(
  changes: Pick<Changes, "isAncestor">,
  { repository, environment, sha }: Pick<ReleaseRef, "repository" | "environment" | "sha">,
  lastSuccess: { release: string; sha: string },
): Promise<void> {
  if (lastSuccess.sha === sha || (await changes.isAncestor(repository, sha, lastSuccess.sha)) !== true) return;
  throw new RejectedError(
    `${environment} runs ${lastSuccess.sha} (release ${lastSuccess.release}), which contains ${sha} already. To undo a change, push a commit that reverts it, or roll back.`,
    { code: "OLDER_COMMIT" },
  );
}
